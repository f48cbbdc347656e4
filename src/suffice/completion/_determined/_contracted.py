"""Flexes of a piece of the mask around a block that does not move."""

import numpy as np

from suffice.completion._entries._mask import Mask

from ._elimination import nullspace
from ._field import Field, Floats, Integers

CHUNK = 2048
DENSE_COLUMNS = 4500
FLOAT_COLUMNS = 1500
FLOAT_SIZE = 20_000_000


class Contracted:
    """The flexes of a mask, taken modulo the gauge by holding a block still.

    A flex moves row factors `a_i` and column factors `b_j` without changing an
    observed entry: `a_i · δb_j + b_j · δa_i = 0`. Where a block is rigid its flexes are
    changes of gauge, and one change of gauge brings the block to rest. Then every row
    that moves has more than `rank` entries: `rank` of them give `δa_i` from the `δb_j`,
    the others are equations in the `δb_j` alone.

    Attributes:
        mask: The piece; every row that moves has more than `rank` entries.
        rank: Rank of the matrix.
        still: Which rows and columns are at rest; at least `rank` columns.
    """

    def __init__(self, mask: Mask, rank: int, still: tuple[np.ndarray, np.ndarray]):
        self.mask, self.rank, self.still = mask, rank, still
        self.free = np.flatnonzero(~still[1])
        self.place = np.full(mask.shape[1], -1)
        self.place[self.free] = np.arange(len(self.free))
        self._split_entries()

    @property
    def unknowns(self) -> int:
        """Number of unknowns after the rows are eliminated."""
        return self.rank * len(self.free)

    def _split_entries(self):
        """The first `rank` entries of a row are pivots, at rest where possible."""
        mask, (rows_still, columns_still) = self.mask, self.still
        order = np.lexsort((~columns_still[mask.columns], mask.rows))
        rows, columns = mask.rows[order], mask.columns[order]
        degree = mask.degrees[0]
        first = np.cumsum(degree) - degree
        position = np.arange(len(rows)) - first[rows]
        self.moving = np.flatnonzero(~rows_still)
        self.number = np.full(mask.shape[0], -1)
        self.number[self.moving] = np.arange(len(self.moving))
        at = first[self.moving][:, None] + np.arange(self.rank)
        self.pivots = columns[at]
        extra = np.where(
            rows_still[rows], ~columns_still[columns], position >= self.rank
        )
        self.rows, self.columns = rows[extra], columns[extra]

    def basis(self, field: Integers, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """A basis of the moves of the free columns, shape `(unknowns, freedom)`."""
        inverse = field.inverse(b[self.pivots])
        order = field.rng.permutation(len(self.rows))
        size = self.unknowns + self.unknowns // 8 + 64
        found = nullspace(self._equations(order[:size], field, a, b, inverse))
        for start in range(size, len(order), CHUNK):
            if not found.shape[1]:
                break
            some = order[start : start + CHUNK]
            left = field.matmul(self._equations(some, field, a, b, inverse), found)
            if left.any():
                found = field.matmul(found, nullspace(left))
        return found

    def float_basis(self, a, b, freedom: int) -> np.ndarray | None:
        """An orthonormal basis in float64 of a known dimension; None if too large."""
        if self.unknowns > FLOAT_COLUMNS or len(self.rows) * self.unknowns > FLOAT_SIZE:
            return None
        field = Floats(np.random.default_rng(0))
        inverse = field.inverse(b[self.pivots])
        every = np.arange(len(self.rows))
        upper = np.linalg.qr(self._equations(every, field, a, b, inverse), mode="r")
        right = np.linalg.svd(upper)[2]
        return right[self.unknowns - freedom :].T

    def moves(self, basis, field: Field, a, b) -> tuple[np.ndarray, np.ndarray]:
        """The moves `δa`, `δb` of every row and column, one per column of `basis`."""
        (m, n), r, k = self.mask.shape, self.rank, basis.shape[1]
        da, db = np.zeros((m, r, k)), np.zeros((n, r, k))
        db[self.free] = basis.reshape(len(self.free), r, k)
        inverse = field.inverse(b[self.pivots])
        pull = a[self.moving][:, None, None, :]
        pulled = field.matmul(pull, db[self.pivots])[:, :, 0]
        da[self.moving] = -field.matmul(inverse, pulled)
        return da, db

    def _equations(self, which, field, a, b, inverse):
        """Some of the equations in the moves of the free columns, as dense rows."""
        rows, columns = self.rows[which], self.columns[which]
        dense = np.zeros((len(which), len(self.free), self.rank))
        each = np.arange(len(which))
        here = self.place[columns] >= 0
        dense[each[here], self.place[columns[here]]] = a[rows[here]]
        moving = np.flatnonzero(self.number[rows] >= 0)
        owner = self.number[rows[moving]]
        weights = field.matmul(b[columns[moving]][:, None, :], inverse[owner])[:, 0]
        for slot in range(self.rank):
            place = self.place[self.pivots[owner, slot]]
            seen = place >= 0
            at = moving[seen]
            row_factor = a[rows[at]][:, None, :]
            weight = weights[seen, slot][:, None, None]
            dense[at, place[seen]] = -field.matmul(weight, row_factor)[:, 0]
        return dense.reshape(len(which), -1)
