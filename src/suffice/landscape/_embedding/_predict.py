"""The inertia of an embedding, predicted from the narrow network."""

from typing import NamedTuple

import numpy as np

from suffice.landscape._network._signature import NEAR, Signature

RESOLUTION = 1e-8
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


def split_gain(
    mixed: np.ndarray, inner: np.ndarray, fractions: np.ndarray, floor: float
) -> Gain:
    r"""The eigenvalues that `l` copies of a neuron, with fractions of sum 1, add.

        (l - 1) g + (p - 1) b₊ + q b₋   and   (l - 1) g + (p - 1) b₋ + q b₊

    where `g` is the rank of `G`, `b₊` and `b₋` are the numbers of positive and negative
    eigenvalues of `B` on its kernel, and `p`, `q` the numbers of positive and negative
    fractions.

    Args:
        mixed: The matrix `G`, `(fan_out, D)`.
        inner: The matrix `B`, `(D, D)`.
        fractions: The fraction of each copy.
        floor: Largest absolute value of `G` and `B` that counts as zero.

    Source:
        Derived and verified here; the signs of `B` for two copies: Fukumizu and Amari
        2000.
    """
    copies = len(fractions)
    if copies == 1:
        return Gain(0, 0)
    _, size, right = np.linalg.svd(mixed)
    g = int(np.sum(size > floor))
    kernel = right[g:].T
    bends = np.linalg.eigvalsh(kernel.T @ inner @ kernel)
    up, down = int(np.sum(bends > floor)), int(np.sum(bends < -floor))
    p, q = int(np.sum(fractions > 0)), int(np.sum(fractions < 0))
    # By interlacing the eigenvalues lie between neighbouring fractions.
    weights = restricted(fractions)[0] if copies <= MANY else fractions
    weights = weights[np.abs(weights) > 1e-14 * np.abs(fractions).max()]
    curvatures = np.multiply.outer(bends[np.abs(bends) > floor], weights)
    hidden = int(np.sum(np.abs(curvatures) < NEAR * floor))  # near zero
    return Gain(
        (copies - 1) * g + (p - 1) * up + q * down,
        (copies - 1) * g + (p - 1) * down + q * up,
        near(size, floor) + near(bends, floor) + hidden,
    )


def restricted(fractions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and eigenvectors of `diag(alpha)` on the complement of `alpha`."""
    basis = np.linalg.svd(fractions[None])[2][1:].T
    values, vectors = np.linalg.eigh(basis.T @ (fractions[:, None] * basis))
    return values, basis @ vectors


def complete(
    hessian: np.ndarray, gains: list[Gain], parameters: int, floor: float
) -> Prediction:
    """The signature of a wide point from a narrow Hessian and the gains."""
    values = np.linalg.eigvalsh(hessian)
    positive = int(np.sum(values > floor)) + sum(gain.positive for gain in gains)
    negative = int(np.sum(values < -floor)) + sum(gain.negative for gain in gains)
    doubtful = near(values, floor) + sum(gain.doubtful for gain in gains)
    signature = Signature(positive, negative, parameters - positive - negative)
    return Prediction(signature, doubtful)


def near(values: np.ndarray, floor: float) -> int:
    """The number of values within a factor of 100 of the threshold for zero."""
    size = np.abs(values)
    return int(np.sum((size > floor / NEAR) & (size < floor * NEAR)))


def resolution(hessian: np.ndarray) -> float:
    """The threshold for zero second derivatives, relative to the largest one."""
    return RESOLUTION * float(np.linalg.norm(hessian, 2)) if hessian.size else 0.0
