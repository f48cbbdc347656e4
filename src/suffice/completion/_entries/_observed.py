"""Observed entries of a matrix, read from any of their forms."""

import dataclasses
from typing import Any

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Float, Int

from suffice._core import check_scale, given, Numbers

Entries = Numbers | scipy.sparse.sparray | scipy.sparse.spmatrix
"""Entries of a matrix in each of the forms that `as_observed` takes."""


@dataclasses.dataclass(frozen=True)
class Observed:
    """The observed entries of a matrix, each position once, sorted by rows.

    Attributes:
        rows: Row of each entry.
        columns: Column of each entry.
        values: Value of each entry, finite.
        shape: Rows and columns of the matrix.
    """

    rows: Int[np.ndarray, " n"]
    columns: Int[np.ndarray, " n"]
    values: Float[np.ndarray, " n"]
    shape: tuple[int, int]

    @property
    def mask(self) -> Bool[np.ndarray, "rows columns"]:
        """True where an entry was observed."""
        mask = np.zeros(self.shape, bool)
        mask[self.rows, self.columns] = True
        return mask

    def dense(self, missing: float = np.nan) -> Float[np.ndarray, "rows columns"]:
        """Return the matrix, with one value for all missing entries."""
        dense = np.full(self.shape, missing)
        dense[self.rows, self.columns] = self.values
        return dense

    def keep(self, which: Any) -> "Observed":
        """Return some of the entries, given by indices or a boolean vector."""
        parts = self.rows[which], self.columns[which], self.values[which]
        return Observed(*parts, self.shape)

    def norm(self) -> float:
        """Return the spectral norm of the matrix with zeros for missing entries."""
        if not self.values.any():
            return 0.0
        if min(self.shape) <= 64:
            return float(np.linalg.norm(self.dense(0.0), 2))
        matrix = scipy.sparse.csr_array(
            (self.values, (self.rows, self.columns)), self.shape
        )
        start = np.ones(min(self.shape))
        top = scipy.sparse.linalg.svds(
            matrix, 1, v0=start, return_singular_vectors=False
        )
        return float(top[0])


def as_observed(
    entries: Any, mask: Any = None, shape: tuple[int, int] | None = None
) -> Observed:
    """Read entries of a matrix and check them.

    Args:
        entries: A matrix with NaN where nothing was observed, a `scipy.sparse` matrix
            whose stored elements are the observations (stored zeros included), or a
            tuple `(rows, columns, values)` of three vectors.
        mask: For a matrix only: True where an entry counts as observed.
        shape: For triplets only: numbers of rows and columns; None takes the largest
            indices.

    Returns:
        The entries sorted by row and column, each position once.

    Raises:
        ValueError: A value is text or infinite, a shape is wrong, an entry has two
            different values, or nothing is observed.
    """
    if scipy.sparse.issparse(entries):
        coo = entries.tocoo()
        triplets = (coo.row, coo.col, coo.data)
        shape = coo.shape
    elif isinstance(entries, tuple) and len(entries) == 3:
        triplets = entries
    else:
        triplets, shape = _from_matrix(entries, mask)
        mask = None
    if mask is not None:
        raise ValueError(
            "mask goes with a matrix only; sparse entries and triplets are observed "
            "where they are given."
        )
    return _checked(*triplets, shape)


def _from_matrix(entries, mask):
    matrix = _numbers(entries)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(
            f"entries has shape {matrix.shape}; expected a matrix with at least one "
            "row and one column, NaN where nothing was observed."
        )
    known = ~np.isnan(matrix)
    if mask is not None:
        mask = given(mask)
        if mask.shape != matrix.shape or mask.dtype != bool:
            raise ValueError(
                f"mask has shape {mask.shape} and type {mask.dtype}; expected "
                f"{matrix.shape} and bool, like entries."
            )
        if (mask & ~known).any():
            i, j = np.argwhere(mask & ~known)[0]
            raise ValueError(
                f"mask says that entry ({i}, {j}) was observed, but it is NaN."
            )
        known = mask
    rows, columns = np.nonzero(known)
    return (rows, columns, matrix[known]), matrix.shape


def _numbers(entries):
    try:
        return given(entries, float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"entries must be numbers, with NaN for what is missing ({error})."
        ) from None


def _checked(rows, columns, values, shape) -> Observed:
    values = _numbers(values)
    rows, columns = _indices(rows, "rows"), _indices(columns, "columns")
    if not rows.shape == columns.shape == values.shape or values.ndim != 1:
        raise ValueError(
            f"rows, columns and values have shapes {rows.shape}, {columns.shape} and "
            f"{values.shape}; expected three vectors of one length."
        )
    known = ~np.isnan(values)
    rows, columns, values = rows[known], columns[known], values[known]
    if not len(values):
        raise ValueError("No entry was observed: nothing can be completed.")
    if np.isinf(values).any():
        first = int(np.argmax(np.isinf(values)))
        raise ValueError(
            f"entry ({rows[first]}, {columns[first]}) is infinite; expected finite "
            "values, or NaN for what is missing."
        )
    check_scale("entries", values)
    shape = _shape(rows, columns, shape)
    return _once(rows, columns, values, shape)


def _indices(vector, name):
    vector = given(vector)
    if vector.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has type {vector.dtype}; expected integer positions from 0."
        )
    return vector.astype(np.int64)


def _shape(rows, columns, shape):
    least = int(rows.max()) + 1, int(columns.max()) + 1
    shape = least if shape is None else (int(shape[0]), int(shape[1]))
    if min(rows.min(), columns.min()) < 0 or least[0] > shape[0] or least[1] > shape[1]:
        raise ValueError(
            f"an index lies outside of the matrix of shape {shape}: rows run from "
            f"{rows.min()} to {rows.max()}, columns from {columns.min()} to "
            f"{columns.max()}."
        )
    return shape


def _once(rows, columns, values, shape) -> Observed:
    order = np.lexsort((columns, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    again = (np.diff(rows) == 0) & (np.diff(columns) == 0)
    conflict = again & (np.diff(values) != 0)
    if conflict.any():
        twice = int(np.argmax(conflict))
        raise ValueError(
            f"entry ({rows[twice]}, {columns[twice]}) was observed twice, as "
            f"{values[twice]:g} and as {values[twice + 1]:g}; keep one, or their mean."
        )
    is_first = np.concatenate([[True], ~again])
    return Observed(rows[is_first], columns[is_first], values[is_first], shape)
