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
_BUDGET = 2**24  # largest number of float64 values held for one batch: 128 MB
_BATCH = 256  # largest number of samples in one batch
TESTED = 6  # number of columns of the self-test
_AGREES = 1e6  # rounding units by which the two sides of the self-test may differ


class Engine(abc.ABC):
    """Abstract: computes `J Omega` batch by batch for one model at one set of inputs.

    Attributes:
        name: The method that computes the columns.
        note: A limitation of the method for this model, or None.
        shapes: For each leaf, the shape of the matrix as which it is treated; the
            directions are rank-one matrices of this shape.
        outputs: Number of scalar outputs of one sample.
        samples: Number of samples.
        batch: Number of samples that are differentiated at once.
        epsilon: Rounding unit of the least precise operation.
        pieces: Whether the derivative of the model can jump.
    """

    name: str
    note: str | None
    shapes: tuple[tuple[int, int], ...]
    outputs: int
    samples: int
    batch: int
    epsilon: float
    pieces: bool

    @abc.abstractmethod
    def blocks(self, start: int, stop: int, pairs: list[Pair]) -> list[np.ndarray]:
        """The contribution of each leaf: arrays `(stop - start, outputs, columns)`."""

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    @abc.abstractmethod
    def probes(self, key: Key[Array, ""]) -> Probes:
        """Random directions in which the model is differentiated."""


def differs(
    entries: list[Any],
    gradients: list[np.ndarray],
    pairs: list[Pair],
    epsilon: float,
    merged: Mapping[int, int] | None = None,
) -> str | None:
    """Compare a row of `J Omega` with the products of its gradient.

    Args:
        entries: The contribution of each parameter array to the row.
        gradients: The gradient in each array, as a matrix.
        pairs: The directions.
        epsilon: Rounding unit.
        merged: Arrays whose contribution is included in that of another array.

    Returns:
        A sentence about the first difference, or None where the two agree.
    """
    total = math.sqrt(sum(float((matrix**2).sum()) for matrix in gradients))
    expected = [
        ((u @ matrix) * v).sum(1)
        for matrix, (u, v) in zip(gradients, pairs, strict=True)
    ]
    for leaf, into in (merged or {}).items():
        expected[into] = expected[into] + expected[leaf]
        expected[leaf] = np.zeros_like(expected[leaf])
    parts = zip(entries, expected, gradients, strict=True)
    for number, (row, exact, matrix) in enumerate(parts):
        scale = np.linalg.norm(matrix) + np.abs(exact).max(initial=0.0)
        # The second term allows for a gradient that is rounding noise in one array.
        allowed = epsilon * (_AGREES * scale + 100.0 * total)
        if not np.all(np.abs(row - exact) <= allowed):
            return (
                "the self-test failed: the tapped columns of parameter array "
                f"{number} differ from J Omega by {np.abs(row - exact).max():.1e}"
            )
    return None


def batch_size(samples: int, size: int) -> int:
    """The size of equal batches of at most 256 samples and 128 MB."""
    most = max(1, min(samples, _BATCH, _BUDGET // max(1, 2 * size)))
    return math.ceil(samples / math.ceil(samples / most))
