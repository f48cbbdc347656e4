"""Null spaces modulo a prime, by elimination in blocks that BLAS does exactly."""

import numpy as np

from ._field import PANEL, PRIME, reciprocal, reduced


def nullspace(matrix: np.ndarray) -> np.ndarray:
    """Return a basis of the null space of a matrix of residues, one vector per column.

    Right-looking elimination: one panel of columns is eliminated, and one matrix
    product updates everything to its right. It costs `O(rows · columns · rank)`.
    """
    upper, pivots = _echelon(matrix)
    free = np.setdiff1d(np.arange(matrix.shape[1]), pivots)
    basis = np.zeros((matrix.shape[1], len(free)))
    basis[free, np.arange(len(free))] = 1.0
    if len(free) and len(pivots):
        basis[pivots] = _back_substituted(upper[:, pivots], reduced(-upper[:, free]))
    return basis


def pivot_columns(matrix: np.ndarray) -> np.ndarray:
    """Return the columns that are independent of all columns before them."""
    return _echelon(matrix)[1]


def rank_mod(matrix: np.ndarray) -> int:
    """Return the rank of a matrix of residues."""
    return len(pivot_columns(matrix))


def _echelon(matrix):
    """Return the row echelon form and its pivot columns."""
    work = matrix.astype(float)
    rows, columns = work.shape
    pivots: list[int] = []
    for start in range(0, columns, PANEL):
        stop, top = min(start + PANEL, columns), len(pivots)
        if top == rows:
            break
        lower, new_pivots = _panel(work, top, start, stop)
        pivots += new_pivots
        _update(work[top:, stop:], lower)
    return work[: len(pivots)], np.array(pivots, int)


def _panel(work, top, start, stop):
    """Eliminate within a panel, swapping whole rows; return multipliers and pivots."""
    rows = len(work)
    lower = np.zeros((rows - top, stop - start))
    pivots: list[int] = []
    for column in range(start, stop):
        row = top + len(pivots)
        if row == rows:
            break
        nonzero = np.flatnonzero(work[row:, column])
        if not len(nonzero):
            continue
        best = row + int(nonzero[0])
        if best != row:
            work[[row, best]] = work[[best, row]]
            lower[[row - top, best - top]] = lower[[best - top, row - top]]
        inverse = pow(int(work[row, column]), -1, PRIME)
        factor = reduced(work[row + 1 :, column] * float(inverse))
        lower[row + 1 - top :, len(pivots)] = factor
        below = work[row + 1 :, column:stop]
        below[:] = reduced(below - factor[:, None] * work[row, column:stop])
        pivots.append(column)
    return lower[:, : len(pivots)], pivots


def _update(trailing, lower):
    """Apply the multipliers of a panel to the columns on its right, in place."""
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
