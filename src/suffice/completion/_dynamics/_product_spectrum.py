"""Singular values of products whose factors span many orders of magnitude."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import given, Result

THRESHOLD = 1e-3  # relative to the largest singular value
GRADED = 1e-8  # relative size below which the graded factors are used


def product_singular_values(
    left: Float[np.ndarray, "*runs rows width"],
    right: Float[np.ndarray, "*runs width columns"],
) -> Float[np.ndarray, "*runs k"]:
    """Return the singular values of `A B`, accurate in relative terms.

    The columns of the factors have to be graded, largest first, as the rotation of the
    factors leaves them. The core `R_A R_B^T` of two QR decompositions is then graded
    too, and a singular value below a gap is the norm of its trailing block.
    """
    ra = np.linalg.qr(left, mode="r")
    rb = np.linalg.qr(np.swapaxes(right, -1, -2), mode="r")
    core = ra @ np.swapaxes(rb, -1, -2)
    s = np.linalg.svd(core, compute_uv=False)
    for k in range(1, s.shape[-1]):
        tail = np.linalg.norm(core[..., k:, k:], 2, axis=(-2, -1))
        lost = s[..., k] < GRADED * s[..., 0]
        s[..., k] = np.where(lost, tail, s[..., k])
    return s[..., : min(left.shape[-2], right.shape[-1])]


@dataclasses.dataclass(frozen=True)
class LearnedRank(Result):
    """The rank of a trained matrix, with the gap that supports it.

    Attributes:
        value: Number of singular values above the threshold; None when undecided.
        singular_values: All singular values, largest first.
        gap: Ratio of the last kept to the first dropped singular value; infinite at
            full rank.
        threshold: Threshold relative to the largest singular value.
        note: Why the rank is undecided; None otherwise.
    """

    value: int | None
    singular_values: Float[np.ndarray, " k"]
    gap: float
    threshold: float
    note: str | None = None

    def headline(self) -> str:
        """Return the rank in one sentence."""
        if self.value is None:
            return f"The rank is undecided: {self.note}"
        return f"The rank is {self.value}, with a gap of {self.gap:.2g}."


def learned_rank(
    matrix: Float[np.ndarray, "rows columns"] | Any, *, threshold: float = THRESHOLD
) -> LearnedRank:
    """Return the numerical rank of a trained matrix, if it is clear.

    Training from a finite initialisation leaves small singular values of every size.
    The rank is undecided when a singular value lies within a factor of ten of the
    threshold and the gap is below 1000.

    Args:
        matrix: The matrix, or its singular values, largest first.
        threshold: Threshold relative to the largest singular value.
    """
    matrix = given(matrix, float)
    s = matrix if matrix.ndim == 1 else np.linalg.svd(matrix, compute_uv=False)
    k = int(count_rank(s, threshold))
    kept = s[k - 1] / s[0] if k else 0.0
    dropped = s[k] / s[0] if k and k < len(s) else 0.0
    gap = float(kept / dropped) if dropped else float("inf")
    close = [float(v) for v in (kept, dropped) if threshold / 10 < v < 10 * threshold]
    if close and gap < 1e3:
        note = (
            f"a singular value is {close[-1]:.2g} of the largest, close to the "
            f"threshold {threshold:g}; start from a smaller initialisation."
        )
        return LearnedRank(None, s, gap, threshold, note)
    return LearnedRank(k, s, gap, threshold)


def count_rank(s: np.ndarray, threshold: float = THRESHOLD) -> Any:
    """Return how many singular values exceed a fraction of the largest."""
    return np.sum((s > threshold * s[..., :1]) & (s > 0), axis=-1)
