"""Alternating least squares for `A B` on observed entries, for all rows at once."""

from typing import Any

import numpy as np
import scipy.sparse
from jaxtyping import Float

from suffice.completion._entries._observed import Observed

SWEEPS = 30  # sweeps before Levenberg-Marquardt takes over
VANISHING = 1e-7  # singular value, relative to the largest, that counts as zero


class Alternation:
    """The two half-steps of alternating least squares, for one set of entries."""

    def __init__(self, observed: Observed, ridge: float):
        self.observed, self.ridge = observed, ridge
        n, entry = len(observed.values), np.arange(len(observed.values))
        m, k = observed.shape
        self._by_row = scipy.sparse.csr_array(
            (np.ones(n), (observed.rows, entry)), shape=(m, n)
        )
        self._by_column = scipy.sparse.csr_array(
            (np.ones(n), (observed.columns, entry)), shape=(k, n)
        )

    def left(self, right: Float[np.ndarray, "rank columns"]) -> np.ndarray:
        """Return the best rows of `A` for given `B`; zero where nothing is observed."""
        return self._solve(self._by_row, right.T[self.observed.columns])

    def right(self, left: Float[np.ndarray, "rows rank"]) -> np.ndarray:
        """Return the best columns of `B` for given `A`."""
        return self._solve(self._by_column, left[self.observed.rows]).T

    def _solve(self, gather, factors):
        n, r = factors.shape
        outer = (factors[:, :, None] * factors[:, None]).reshape(n, r * r)
        gram = (gather @ outer).reshape(-1, r, r)
        moment = gather @ (factors * self.observed.values[:, None])
        # The small shift gives rows with fewer entries than the rank a solution of
        # nearly least norm.
        size = np.trace(gram, axis1=1, axis2=2)
        shift = self.ridge + 1e-13 * size + np.finfo(float).tiny
        gram[:, np.arange(r), np.arange(r)] += shift[:, None]
        return np.linalg.solve(gram, moment[:, :, None])[:, :, 0]


def spectral_start(observed: Observed, rank: int, rng: np.random.Generator):
    """Return factors from the singular vectors of the zero-filled matrix.

    The matrix is divided by the observed fraction, to make up for the missing entries.
    Directions beyond the rank of this matrix are drawn at random.
    """
    m, n = observed.shape
    density = len(observed.values) / (m * n)
    if min(m, n) <= 200:
        u, s, vt = np.linalg.svd(observed.dense(0.0) / density, full_matrices=False)
        u, s, vt = u[:, :rank], s[:rank], vt[:rank]
    else:
        matrix = scipy.sparse.csr_array(
            (observed.values / density, (observed.rows, observed.columns)), (m, n)
        )
        start = rng.standard_normal(min(m, n))
        u, s, vt = scipy.sparse.linalg.svds(matrix, rank, v0=start)
    floor = 1e-2 * max(float(s.max(initial=0.0)), np.finfo(float).tiny) ** 0.5
    root = np.sqrt(s)
    noise = rng.standard_normal((m, rank)), rng.standard_normal((rank, n))
    left, right = floor * noise[0] / m**0.5, floor * noise[1] / n**0.5
    left[:, : len(s)] += u * root
    right[: len(s)] += root[:, None] * vt
    return left, right


def random_start(observed: Observed, rank: int, rng: np.random.Generator):
    """Draw Gaussian factors whose product is as large as the observed values."""
    m, n = observed.shape
    size = (np.mean(observed.values**2) / rank) ** 0.25
    return size * rng.standard_normal((m, rank)), size * rng.standard_normal((rank, n))


def alternate(observed: Observed, left: Any, right: Any, ridge: float):
    """Return the balanced factors after some sweeps of alternating least squares."""
    half = Alternation(observed, ridge)
    for _ in range(SWEEPS):
        left = half.left(right)
        right = half.right(left)
    return balanced(left, right)


def balanced(left: Any, right: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return factors of the same product for which `A^T A = B B^T` is diagonal."""
    qa, ra = np.linalg.qr(left)
    qb, rb = np.linalg.qr(right.T)
    u, s, vt = np.linalg.svd(ra @ rb.T)
    root = np.sqrt(s)
    return (qa @ u) * root, (root[:, None] * vt) @ qb.T


def without_vanishing(left: Any, right: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return balanced factors of the same product, without singular values near 0."""
    left, right = balanced(left, right)
    sizes = (left**2).sum(0)
    kept = sizes > VANISHING * sizes.max(initial=0.0)
    return left[:, kept], right[kept]
