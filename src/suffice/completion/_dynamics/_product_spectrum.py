"""Singular values of products of factors that span many orders of magnitude."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import Result

THRESHOLD = 1e-3  # relative to the largest singular value
GRADED = 1e-8  # below this, digits come from the graded factors


def product_singular_values(
    left: Float[np.ndarray, "*runs rows width"],
    right: Float[np.ndarray, "*runs width columns"],
) -> Float[np.ndarray, "*runs k"]:
    """Singular values of `A B`, the small ones with relative accuracy.

    For factors whose columns are graded, largest first, as the rotation of the gauge
    leaves them: the core `R_A R_B^T` of two QR decompositions is graded too, and what
    lies below a gap is the norm of its trailing block.
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
    """The rank of a matrix that training produced, with the gap that supports it.

    Attributes:
        value: Number of singular values above the threshold; None when undecided.
        singular_values: All of them, largest first.
        gap: Last kept over first dropped, infinite at full rank.
        threshold: Relative to the largest singular value.
        note: Why the rank is undecided.
    """

    value: int | None
    singular_values: Float[np.ndarray, " k"]
    gap: float
    threshold: float
    note: str | None = None

    def headline(self) -> str:
        """The rank in one sentence."""
        if self.value is None:
            return f"The rank is undecided: {self.note}"
        return f"The rank is {self.value}, with a gap of {self.gap:.2g}."


def learned_rank(
    matrix: Float[np.ndarray, "rows columns"] | Any, *, threshold: float = THRESHOLD
) -> LearnedRank:
    """Count the singular values of a trained matrix, and say how clear the count is.

    Training from a finite initialisation leaves small singular values of every size.
    One within a factor of ten of the threshold, on either side, leaves it undecided.

    Args:
        matrix: The matrix, or its singular values, largest first.
        threshold: Relative to the largest singular value.
    """
    matrix = np.asarray(matrix, float)
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
    """How many singular values exceed a fraction of the largest."""
    return np.sum((s > threshold * s[..., :1]) & (s > 0), axis=-1)
