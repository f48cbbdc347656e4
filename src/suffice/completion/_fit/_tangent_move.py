"""How column factors can move without changing any observed entry."""

import numpy as np
import scipy.sparse.linalg
from jaxtyping import Bool, Float

from suffice.completion._entries._observed import Observed

from ._fit_rank import completion_jacobian

STILL = 1e-6  # relative change of an entry below which nothing moves it
DENSE = 1500  # parameters up to which the kernel is computed exactly
RANK = 1e-9  # relative singular value below which a direction is missing


def column_move(
    observed: Observed,
    left: Float[np.ndarray, "rows rank"],
    right: Float[np.ndarray, "rank columns"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "rank columns"]:
    """The columns' part of a random motion that keeps the observed entries.

    One random motion moves every entry that any motion moves.
    """
    jacobian = completion_jacobian(observed, left, right)
    g = rng.standard_normal(jacobian.shape[1])
    if len(g) <= DENSE:
        _, s, vt = np.linalg.svd(jacobian.toarray(), full_matrices=True)
        rank = int(np.sum(s > RANK * s[0])) if s[0] > 0 else 0
        move = vt[rank:].T @ (vt[rank:] @ g)
    else:
        move = g
        for _ in range(2):
            found = scipy.sparse.linalg.lsmr(
                jacobian, jacobian @ move, atol=1e-14, btol=1e-14, maxiter=20_000
            )
            move = move - found[0]
    return move[left.size :].reshape(-1, left.shape[1]).T


def still(
    right: Float[np.ndarray, "rank columns"],
    move: Float[np.ndarray, "rank columns"],
    pattern: Bool[np.ndarray, " columns"],
    factors: Float[np.ndarray, "rows rank"],
) -> Bool[np.ndarray, "rows columns"]:
    """Which entries of rows observed at some columns are determined.

    Their factors must follow from those columns alone, and no motion of the column
    factors may change an entry while the factors follow to keep the observed ones.
    """
    r, known = len(right), np.broadcast_to(pattern, (len(factors), len(pattern)))
    basis, moved = right[:, pattern], move[:, pattern]
    s = np.linalg.svd(basis, compute_uv=False)
    if not r or pattern.sum() < r or s[-1] <= RANK * s[0]:
        return known
    answer = np.linalg.lstsq(basis.T, -(factors @ moved).T, rcond=None)[0].T
    change = np.abs(answer @ right + factors @ move)
    size = np.abs(answer) @ np.abs(right) + np.abs(factors) @ np.abs(move)
    return known | (change <= STILL * size)
