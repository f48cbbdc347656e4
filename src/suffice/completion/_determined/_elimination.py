"""Null spaces modulo a prime, by elimination in blocks that BLAS does exactly."""

import numpy as np

from ._field import PANEL, PRIME, reciprocal, reduced


def nullspace(matrix: np.ndarray) -> np.ndarray:
    """A basis of the null space of a matrix of residues, one vector per column.

    Right-looking elimination: a panel of columns at a time, then one product of
    matrices for everything to its right. `O(rows · columns · rank)`.
    """
    upper, pivots = _echelon(matrix)
    free = np.setdiff1d(np.arange(matrix.shape[1]), pivots)
    basis = np.zeros((matrix.shape[1], len(free)))
    basis[free, np.arange(len(free))] = 1.0
    if len(free) and len(pivots):
        basis[pivots] = _back_substituted(upper[:, pivots], reduced(-upper[:, free]))
    return basis


def pivot_columns(matrix: np.ndarray) -> np.ndarray:
    """The first columns that are independent of those before them."""
    return _echelon(matrix)[1]


def rank_mod(matrix: np.ndarray) -> int:
    """The rank of a matrix of residues."""
    return len(pivot_columns(matrix))


def _echelon(matrix):
    """Row echelon form and its pivot columns."""
    work = matrix.astype(float)
    rows, columns = work.shape
    pivots: list[int] = []
    for start in range(0, columns, PANEL):
        stop, top = min(start + PANEL, columns), len(pivots)
        if top == rows:
            break
        lower, found = _panel(work, top, start, stop)
        pivots += found
        _update(work[top:, stop:], lower)
    return work[: len(pivots)], np.array(pivots, int)


def _panel(work, top, start, stop):
    """Eliminate within a panel; rows are swapped as a whole, multipliers kept."""
    rows = len(work)
    lower = np.zeros((rows - top, stop - start))
    found: list[int] = []
    for col in range(start, stop):
        at = top + len(found)
        if at == rows:
            break
        nonzero = np.flatnonzero(work[at:, col])
        if not len(nonzero):
            continue
        best = at + int(nonzero[0])
        if best != at:
            work[[at, best]] = work[[best, at]]
            lower[[at - top, best - top]] = lower[[best - top, at - top]]
        inverse = pow(int(work[at, col]), -1, PRIME)
        factor = reduced(work[at + 1 :, col] * float(inverse))
        lower[at + 1 - top :, len(found)] = factor
        below = work[at + 1 :, col:stop]
        below[:] = reduced(below - factor[:, None] * work[at, col:stop])
        found.append(col)
    return lower[:, : len(found)], found


def _update(trailing, lower):
    """Apply the multipliers of a panel to the columns on its right."""
    k = lower.shape[1]
    if not k or not trailing.shape[1]:
        return
    for t in range(1, k):
        trailing[t] = reduced(trailing[t] - reduced(lower[t, :t] @ trailing[:t]))
    trailing[k:] = reduced(trailing[k:] - lower[k:] @ trailing[:k])


def _back_substituted(upper, right):
    """Solve an upper triangular system modulo the prime, block by block."""
    x = right.copy()
    inverse = reciprocal(np.diagonal(upper))
    for stop in range(len(upper), 0, -PANEL):
        start = max(stop - PANEL, 0)
        for t in range(stop - 1, start - 1, -1):
            known = upper[t, t + 1 : stop] @ x[t + 1 : stop]
            x[t] = reduced(reduced(x[t] - reduced(known)) * inverse[t])
        x[:start] = reduced(x[:start] - upper[:start, start:stop] @ x[start:stop])
    return x
