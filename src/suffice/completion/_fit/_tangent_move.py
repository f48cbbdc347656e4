"""Motions of the column factors that change no observed entry."""

import numpy as np
import scipy.sparse.linalg
from jaxtyping import Bool, Float

from suffice.completion._entries._observed import Observed

from ._fit_rank import completion_jacobian

STILL = 1e-6  # relative change of an entry below which it counts as unchanged
DENSE = 1500  # largest number of parameters for which the kernel is exact
RANK = 1e-9  # relative singular value below which a direction counts as missing


def column_move(
    observed: Observed,
    left: Float[np.ndarray, "rows rank"],
    right: Float[np.ndarray, "rank columns"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "rank columns"]:
    """Return the column part of a random motion that keeps the observed entries.

    With probability 1, a random motion changes every entry that some motion changes.
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
            solution = scipy.sparse.linalg.lsmr(
                jacobian, jacobian @ move, atol=1e-14, btol=1e-14, maxiter=20_000
            )
            move = move - solution[0]
    return move[left.size :].reshape(-1, left.shape[1]).T


def still(
    right: Float[np.ndarray, "rank columns"],
    move: Float[np.ndarray, "rank columns"],
    pattern: Bool[np.ndarray, " columns"],
    factors: Float[np.ndarray, "rows rank"],
) -> Bool[np.ndarray, "rows columns"]:
    """Return which entries are determined in rows observed at the same columns.

    The factors of a row must follow from these columns alone. An entry is determined
    when no motion of the column factors changes it, where the row factors move along
    so that the observed entries are kept.

    Args:
        right: Column factors.
        move: A random motion of them, see `column_move`.
        pattern: Which columns are observed, the same for all rows.
        factors: Factors of the rows.
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
