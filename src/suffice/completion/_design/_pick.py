"""Orders of candidate entries, and independent subsets of them."""

import numpy as np
import scipy.linalg

from suffice.completion._determined._elimination import nullspace, pivot_columns
from suffice.completion._determined._field import Floats
from suffice.completion._determined._flex import float_basis
from suffice.completion._determined._solution import Solution

from ._stability import generic_or_given

MOST_FLEXES = 400
MOST_NUMBERS = 30_000_000


def independent(changes: np.ndarray) -> np.ndarray:
    """Return the rows of a matrix of residues that are independent of those before."""
    return pivot_columns(changes.T)


def support(basis: np.ndarray, goal: np.ndarray) -> np.ndarray | None:
    """Return which of the independent rows in `basis` express all rows of `goal`.

    None when they cannot express all of them.
    """
    together = np.concatenate([basis, goal])
    relations = nullspace(together.T)
    if relations.shape[1] < len(goal):
        return None
    return np.flatnonzero((relations[: len(basis)] != 0).any(axis=1))


def leverage_order(
    solution: Solution, some, freedom: int, factors, rng: np.random.Generator
) -> np.ndarray:
    """Return an order of the candidates by their leverage on the flexes.

    The order is that of QR with column pivoting on an orthonormal basis of the flexes
    without the changes of gauge; it is random where this basis is too large.
    """
    mask, r = solution.mask, solution.rank
    m, n = mask.shape
    if freedom > MOST_FLEXES or r * (m + n) * freedom > MOST_NUMBERS:
        return rng.permutation(len(some[0]))
    field = Floats(rng)
    a, b = generic_or_given(factors, mask, r, field)
    basis = float_basis(mask, solution.levels, solution.parts, (a, b), freedom, field)
    if basis is None:
        return rng.permutation(len(some[0]))
    da, db = basis
    vectors = np.concatenate([da, db]).reshape(r * (m + n), -1)
    q, _ = np.linalg.qr(np.concatenate([_gauge(a, b), vectors], axis=1))
    free = q[:, r * r : r * r + freedom].reshape(m + n, r, -1)
    rows, columns = some
    changes = np.zeros((len(rows), freedom))
    for k in range(r):
        changes += free[rows, k] * b[columns, k, None]
        changes += a[rows, k, None] * free[m + columns, k]
    return scipy.linalg.qr(changes.T, mode="r", pivoting=True)[1]


def _gauge(a, b):
    """Return the `rank^2` changes of gauge `(a X, -b X^T)`, one per column."""
    r = a.shape[1]
    columns = []
    for i in range(r):
        for j in range(r):
            da, db = np.zeros_like(a), np.zeros_like(b)
            da[:, j], db[:, i] = a[:, i], -b[:, j]
            columns.append(np.concatenate([da, db]).ravel())
    return np.stack(columns, axis=1)
