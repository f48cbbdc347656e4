"""The inertia of an embedding, predicted from the narrow network alone."""

from typing import NamedTuple

import numpy as np

from suffice.landscape._network._signature import NEAR, Signature

RESOLUTION = 1e-8
MANY = 500  # copies up to which their restricted form is written down


class Gain(NamedTuple):
    """What copies of a neuron add to the numbers of positive, negative eigenvalues.

    Attributes:
        positive: More positive ones.
        negative: More negative ones.
        doubtful: Second derivatives among them whose size is near what counts as zero.
    """

    positive: int
    negative: int
    doubtful: int = 0


class Prediction(NamedTuple):
    """A predicted signature, and on how many doubtful second derivatives it rests."""

    signature: Signature
    doubtful: int


def split_gain(
    mixed: np.ndarray, inner: np.ndarray, fractions: np.ndarray, floor: float
) -> Gain:
    r"""What `l` copies of a neuron, with fractions that sum to 1, add.

        (l - 1) g + (p - 1) b₊ + q b₋   and   (l - 1) g + (p - 1) b₋ + q b₊

    with `g` the rank of `G`, `b` the signs of `B` on its kernel, and `p`, `q` the
    numbers of positive and negative fractions.

    Args:
        mixed: `G`, `(fan_out, D)`.
        inner: `B`, `(D, D)`.
        fractions: One for each copy.
        floor: Absolute value of `G` and `B` that counts as zero.

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
    hidden = int(np.sum(np.abs(curvatures) < NEAR * floor))  # a count may miss them
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
    """How many values are within a factor of 100 of the one that counts as zero."""
    size = np.abs(values)
    return int(np.sum((size > floor / NEAR) & (size < floor * NEAR)))


def resolution(hessian: np.ndarray) -> float:
    """Absolute second derivative that counts as zero: a share of the largest one."""
    return RESOLUTION * float(np.linalg.norm(hessian, 2)) if hessian.size else 0.0
