"""The inertia that an embedding must have, from the narrow network alone."""

from typing import NamedTuple

import numpy as np

from ._inertia import Signature

RESOLUTION = 1e-8


class Gain(NamedTuple):
    """What copies of a neuron add to the numbers of positive, negative eigenvalues."""

    positive: int
    negative: int


def inner_signature(
    mixed: np.ndarray, inner: np.ndarray, tolerance: float
) -> tuple[int, int, int]:
    """Rank `g` of `G`, and the signs `(b+, b-)` of `B` on the kernel of `G`.

    Args:
        mixed: `G`, `(fan_out, D)`.
        inner: `B`, `(D, D)`.
        tolerance: Absolute value that counts as zero, for both.
    """
    _, size, right = np.linalg.svd(mixed)
    g = int(np.sum(size > tolerance))
    kernel = right[g:].T
    values = np.linalg.eigvalsh(kernel.T @ inner @ kernel)
    return g, int(np.sum(values > tolerance)), int(np.sum(values < -tolerance))


def split_gain(
    mixed: np.ndarray, inner: np.ndarray, fractions: np.ndarray, tolerance: float
) -> Gain:
    r"""What `l` copies of a neuron, with fractions that sum to 1, add.

        (l - 1) g + (p - 1) b₊ + q b₋   and   (l - 1) g + (p - 1) b₋ + q b₊

    with `p`, `q` the numbers of positive and negative fractions.

    Source:
        Derived and verified here; the signs of `B` for two copies: Fukumizu and Amari
        2000.
    """
    g, up, down = inner_signature(mixed, inner, tolerance)
    copies = len(fractions)
    p, q = int(np.sum(fractions > 0)), int(np.sum(fractions < 0))
    return Gain(
        (copies - 1) * g + (p - 1) * up + q * down,
        (copies - 1) * g + (p - 1) * down + q * up,
    )


def complete(
    hessian: np.ndarray, gains: list[Gain], parameters: int, floor: float
) -> Signature:
    """The signature of a wide point from a narrow Hessian and the gains."""
    values = np.linalg.eigvalsh(hessian)
    positive = int(np.sum(values > floor)) + sum(gain.positive for gain in gains)
    negative = int(np.sum(values < -floor)) + sum(gain.negative for gain in gains)
    return Signature(positive, negative, parameters - positive - negative)


def resolution(hessian: np.ndarray) -> float:
    """Absolute second derivative that counts as zero: a share of the largest one."""
    return RESOLUTION * float(np.linalg.norm(hessian, 2)) if hessian.size else 0.0
