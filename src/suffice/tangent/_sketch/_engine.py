"""Products of a model's tangent matrix with random directions, in bounded memory."""

import abc
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Array, Key

from ._probes import Pair, Probes

KHATRI_RAO = "Khatri-Rao sketch"
JVP = "JVP sketch"
_BUDGET = 2**24  # numbers held for one batch: 128 MB
_BATCH = 256  # samples in one batch, at most
TESTED = 6  # columns of the self-test
_AGREES = 1e6  # rounding units by which the two sides of the self-test may differ


class Engine(abc.ABC):
    """Abstract: computes `J Omega` batch by batch for one model at one set of inputs.

    Attributes:
        name: How the columns are obtained.
        note: What a reader should know about it, or None.
        shapes: The matrix in which each leaf is seen; directions are rank one in it.
        outputs: Scalar outputs of one sample.
        samples: Number of samples.
        batch: Samples differentiated at once.
        epsilon: Rounding unit of the least precise operation.
    """

    name: str
    note: str | None
    shapes: tuple[tuple[int, int], ...]
    outputs: int
    samples: int
    batch: int
    epsilon: float

    @abc.abstractmethod
    def blocks(self, start: int, stop: int, pairs: list[Pair]) -> list[np.ndarray]:
        """The part of every leaf for some samples: `(stop - start, outputs, s)`."""

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    @abc.abstractmethod
    def probes(self, key: Key[Array, ""]) -> Probes:
        """Directions in which to differentiate."""


def differs(
    got: list[Any],
    gradients: list[np.ndarray],
    pairs: list[Pair],
    epsilon: float,
    merged: Mapping[int, int] | None = None,
) -> str | None:
    """Say where a row of `J Omega` is not what its gradient makes of it.

    Args:
        got: Entries of the row that belong to each parameter array.
        gradients: The gradient in each array, as a matrix.
        pairs: The directions.
        epsilon: Rounding unit.
        merged: Arrays whose entries are found with those of another.
    """
    total = math.sqrt(sum(float((matrix**2).sum()) for matrix in gradients))
    wants = [
        ((u @ matrix) * v).sum(1)
        for matrix, (u, v) in zip(gradients, pairs, strict=True)
    ]
    for leaf, into in (merged or {}).items():
        wants[into] = wants[into] + wants[leaf]
        wants[leaf] = np.zeros_like(wants[leaf])
    parts = zip(got, wants, gradients, strict=True)
    for number, (row, want, matrix) in enumerate(parts):
        scale = np.linalg.norm(matrix) + np.abs(want).max(initial=0.0)
        # The gradient in one array may be rounding noise, hence the second term.
        allowed = epsilon * (_AGREES * scale + 100.0 * total)
        if not np.all(np.abs(row - want) <= allowed):
            return (
                "the self-test failed: the tapped columns of parameter array "
                f"{number} differ from J Omega by {np.abs(row - want).max():.1e}"
            )
    return None


def batch_size(samples: int, size: int) -> int:
    """Equal batches of at most 128 samples and 128 MB."""
    most = max(1, min(samples, _BATCH, _BUDGET // max(1, 2 * size)))
    return math.ceil(samples / math.ceil(samples / most))
