"""The inertia of an embedding, predicted from the narrow network."""

from typing import NamedTuple

import numpy as np

from suffice.landscape._network._balance import VISIBLE
from suffice.landscape._network._signals import Forms
from suffice.landscape._network._signature import Inertia, NEAR, Signature

RESOLUTION = 1e-8
_LEAST = 1e-13  # relative size of a fraction whose sign may be a rounding error
MANY = 500  # largest number of copies for which their restricted form is computed


class Gain(NamedTuple):
    """The numbers of eigenvalues that copies of a neuron add.

    Attributes:
        positive: Number of additional positive eigenvalues.
        negative: Number of additional negative eigenvalues.
        doubtful: Number of second derivatives among them near the threshold for zero.
    """

    positive: int
    negative: int
    doubtful: int = 0


class Prediction(NamedTuple):
    """A predicted signature, and the number of doubtful second derivatives in it."""

    signature: Signature
    doubtful: int


def split_gain(shape: Forms, t: int, fractions: np.ndarray, least: float = 0.0) -> Gain:
    r"""The eigenvalues that `l` copies of a neuron, with fractions of sum 1, add.

        (l - 1) g + (p - 1) b₊ + q b₋   and   (l - 1) g + (p - 1) b₋ + q b₊

    where `g` is the rank of `G`, `b₊` and `b₋` are the numbers of positive and negative
    eigenvalues of `B` on its kernel, and `p`, `q` the numbers of positive and negative
    fractions.

    Args:
        shape: The forms `G` and `B` of a layer of the narrow network.
        t: The neuron.
        fractions: The fraction of each copy.
        least: A second derivative that is not larger counts as zero.

    Source:
        Derived and verified here; the signs of `B` for two copies: Fukumizu and Amari
        2000.
    """
    copies = len(fractions)
    if copies == 1:
        return Gain(0, 0)
    _, size, right = np.linalg.svd(shape.mixed[t])
    level = max(RESOLUTION * shape.mixed_size, least)
    g = int(np.sum(size > level))
    kernel = right[g:].T
    bends = np.linalg.eigvalsh(kernel.T @ shape.inner[t] @ kernel)
    floor = float(np.abs(bends).max(initial=0.0))
    floor = max(RESOLUTION * max(floor, VISIBLE * shape.inner_size[t]), least)
    up, down = int(np.sum(bends > floor)), int(np.sum(bends < -floor))
    p, q = int(np.sum(fractions > 0)), int(np.sum(fractions < 0))
    part = np.abs(fractions) / np.abs(fractions).max()
    hidden = int(np.sum((part > 0) & (part < _LEAST)))
    return Gain(
        (copies - 1) * g + (p - 1) * up + q * down,
        (copies - 1) * g + (p - 1) * down + q * up,
        near(size, level) + near(bends, floor) + hidden,
    )


def restricted(fractions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and eigenvectors of `diag(alpha)` on the complement of `alpha`."""
    basis = np.linalg.svd(fractions[None])[2][1:].T
    values, vectors = np.linalg.eigh(basis.T @ (fractions[:, None] * basis))
    return values, basis @ vectors


def complete(narrow: Inertia, gains: list[Gain], parameters: int) -> Prediction:
    """The signature of a wide point from the inertia of a narrow one and the gains."""
    before = narrow.signature
    positive = before.positive + sum(gain.positive for gain in gains)
    negative = before.negative + sum(gain.negative for gain in gains)
    doubtful = narrow.doubtful + sum(gain.doubtful for gain in gains)
    signature = Signature(positive, negative, parameters - positive - negative)
    return Prediction(signature, doubtful)


def near(values: np.ndarray, floor: float) -> int:
    """The number of values within a factor of 100 of the threshold for zero."""
    size = np.abs(values)
    return int(np.sum((size > floor / NEAR) & (size < floor * NEAR)))


def resolution(hessian: np.ndarray) -> float:
    """The threshold for zero second derivatives, relative to the largest one."""
    return RESOLUTION * float(np.linalg.norm(hessian, 2)) if hessian.size else 0.0
