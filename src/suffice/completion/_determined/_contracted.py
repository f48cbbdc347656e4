"""Flexes of a piece of the mask while one of its blocks is held still."""

import numpy as np

from suffice.completion._entries._mask import Mask

from ._elimination import nullspace
from ._field import Field, Floats, Integers

CHUNK = 2048
DENSE_COLUMNS = 4500
FLOAT_COLUMNS = 1500
FLOAT_SIZE = 20_000_000


class Contracted:
    """The flexes of a mask, made unique by holding one block still.

    A flex moves row factors `a_i` and column factors `b_j` without changing an
    observed entry: `a_i · δb_j + b_j · δa_i = 0`. The flexes of a rigid block are
    changes of gauge, and one change of gauge brings the block to rest. Every row that
    still moves has more than `rank` entries: `rank` of them give `δa_i` in terms of
    the `δb_j`, and the others are equations in the `δb_j` alone.

    Attributes:
        mask: The observed entries of the piece.
        rank: Rank of the matrix.
        still: Which rows and which columns are held still; at least `rank` columns.
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
        """Choose `rank` pivot entries per row, in columns held still if possible."""
        mask, (rows_still, columns_still) = self.mask, self.still
        order = np.lexsort((~columns_still[mask.columns], mask.rows))
        rows, columns = mask.rows[order], mask.columns[order]
        degree = mask.degrees[0]
        first = np.cumsum(degree) - degree
        position = np.arange(len(rows)) - first[rows]
        self.moving = np.flatnonzero(~rows_still)
        self.number = np.full(mask.shape[0], -1)
        self.number[self.moving] = np.arange(len(self.moving))
        pivot_positions = first[self.moving][:, None] + np.arange(self.rank)
        self.pivots = columns[pivot_positions]
        extra = np.where(
            rows_still[rows], ~columns_still[columns], position >= self.rank
        )
        self.rows, self.columns = rows[extra], columns[extra]

    def basis(self, field: Integers, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return a basis of the moves of the free columns, `(unknowns, freedom)`."""
        inverse = field.inverse(b[self.pivots])
        order = field.rng.permutation(len(self.rows))
        size = self.unknowns + self.unknowns // 8 + 64
        null_vectors = nullspace(self._equations(order[:size], field, a, b, inverse))
        for start in range(size, len(order), CHUNK):
            if not null_vectors.shape[1]:
                break
            chunk = order[start : start + CHUNK]
            violations = field.matmul(
                self._equations(chunk, field, a, b, inverse), null_vectors
            )
            if violations.any():
                null_vectors = field.matmul(null_vectors, nullspace(violations))
        return null_vectors

    def float_basis(self, a, b, freedom: int) -> np.ndarray | None:
        """Return an orthonormal basis in float64, or None if the system is too large.

        Args:
            a: Row factors, shape `(rows, rank)`.
            b: Column factors, shape `(columns, rank)`.
            freedom: The dimension of the space, known from exact elimination.
        """
        if self.unknowns > FLOAT_COLUMNS or len(self.rows) * self.unknowns > FLOAT_SIZE:
            return None
        field = Floats(np.random.default_rng(0))
        inverse = field.inverse(b[self.pivots])
        every = np.arange(len(self.rows))
        upper = np.linalg.qr(self._equations(every, field, a, b, inverse), mode="r")
        right = np.linalg.svd(upper)[2]
        return right[self.unknowns - freedom :].T

    def moves(self, basis, field: Field, a, b) -> tuple[np.ndarray, np.ndarray]:
        """Return the moves `δa`, `δb` of all rows and columns, one per basis vector."""
        (m, n), r, k = self.mask.shape, self.rank, basis.shape[1]
        da, db = np.zeros((m, r, k)), np.zeros((n, r, k))
        db[self.free] = basis.reshape(len(self.free), r, k)
        inverse = field.inverse(b[self.pivots])
        pull = a[self.moving][:, None, None, :]
        pulled = field.matmul(pull, db[self.pivots])[:, :, 0]
        da[self.moving] = -field.matmul(inverse, pulled)
        return da, db

    def _equations(self, which, field, a, b, inverse):
        """Return some equations in the moves of the free columns, as dense rows."""
        rows, columns = self.rows[which], self.columns[which]
        dense = np.zeros((len(which), len(self.free), self.rank))
        each = np.arange(len(which))
        is_free = self.place[columns] >= 0
        dense[each[is_free], self.place[columns[is_free]]] = a[rows[is_free]]
        moving = np.flatnonzero(self.number[rows] >= 0)
        owner = self.number[rows[moving]]
        weights = field.matmul(b[columns[moving]][:, None, :], inverse[owner])[:, 0]
        for slot in range(self.rank):
            place = self.place[self.pivots[owner, slot]]
            pivot_is_free = place >= 0
            equation = moving[pivot_is_free]
            row_factor = a[rows[equation]][:, None, :]
            weight = weights[pivot_is_free, slot][:, None, None]
            dense[equation, place[pivot_is_free]] = -field.matmul(weight, row_factor)[
                :, 0
            ]
        return dense.reshape(len(which), -1)
