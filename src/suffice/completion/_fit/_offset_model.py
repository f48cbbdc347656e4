"""Matrices of low rank plus an offset of every row, of every column, or of both."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice.completion._determined._border import Offsets
from suffice.completion._entries._observed import Observed

from ._alternating_least_squares import without_vanishing


@dataclasses.dataclass(frozen=True, eq=False)
class LowRank:
    """A matrix `a s' + 1 b' + A B`.

    Attributes:
        offsets: Which of `a` and `b` the model has; the other is zero.
        left: `A`, shape `(rows, rank)`.
        right: `B'`, shape `(columns, rank)`.
        row: `a`.
        column: `b`.
        scales: `s`, the unit of every column: 1 unless columns were scaled.
    """

    offsets: Offsets
    left: Float[np.ndarray, "rows rank"]
    right: Float[np.ndarray, "columns rank"]
    row: Float[np.ndarray, " rows"]
    column: Float[np.ndarray, " columns"]
    scales: Float[np.ndarray, " columns"] | float = 1.0

    @property
    def rank(self) -> int:
        """Columns of `A`."""
        return self.left.shape[1]

    def product(self) -> Float[np.ndarray, "rows columns"]:
        """Return the whole matrix."""
        return (
            self.left @ self.right.T + np.outer(self.row, self._units()) + self.column
        )

    def _units(self) -> np.ndarray:
        return np.broadcast_to(self.scales, self.column.shape)

    def at(self, rows: np.ndarray, columns: np.ndarray) -> Float[np.ndarray, " n"]:
        """Return some of the entries."""
        total = self.row[rows] * self._units()[columns] + self.column[columns]
        for k in range(self.rank):
            left, right = (
                np.ascontiguousarray(f[:, k]) for f in (self.left, self.right)
            )
            total += left.take(rows) * right.take(columns)
        return total

    def misfit(self, observed: Observed) -> Float[np.ndarray, " n"]:
        """Return the errors on observed entries."""
        return self.at(observed.rows, observed.columns) - observed.values

    def tangent(self) -> tuple[np.ndarray, np.ndarray]:
        """Return factors of rows and columns with the motions of this model.

        The entry `(i, j)` moves by `s_j da_i + db_j + dA_i B_j + A_i dB_j`. This is the
        motion of a product of factors `(1, A_i)` and `(s_j, B_j)`, where an offset that
        the model lacks has 0 in place of 1 or `s_j` on the other side.
        """
        if self.offsets == "none":
            return self.left, self.right
        has_rows, has_columns = has(self.offsets)
        left = np.hstack([np.full((len(self.left), 1), float(has_columns)), self.left])
        return left, np.hstack([has_rows * self._units()[:, None], self.right])

    def scaled(self, scales: np.ndarray) -> "LowRank":
        """Return the model whose columns are multiplied by some numbers."""
        if (scales == scales[:1]).all():
            return dataclasses.replace(
                self,
                left=self.left * scales[0],
                row=self.row * scales[0],
                column=self.column * scales[0],
            )
        return dataclasses.replace(
            self,
            right=self.right * scales[:, None],
            column=self.column * scales,
            scales=self._units() * scales,
        )

    def raised(self, means: np.ndarray) -> "LowRank":
        """Return the model with some numbers added to its columns."""
        return dataclasses.replace(self, column=self.column + means)

    def standard(self) -> "LowRank":
        """Return the model in the units of its columns, to compare their errors."""
        return self.scaled(1 / self._units()) if np.ndim(self.scales) else self

    def balanced(self) -> "LowRank":
        """Return the model with factors balanced in units, without vanishing ones."""
        if not self.rank:
            return self
        units = self._units()[:, None]
        left, right = without_vanishing(self.left, (self.right / units).T)
        return dataclasses.replace(self, left=left, right=right.T * units)


def has(offsets: Offsets) -> tuple[bool, bool]:
    """Return whether a model has offsets of rows, and of columns."""
    return offsets in ("rows", "both"), offsets in ("columns", "both")
