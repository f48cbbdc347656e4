"""The observed entries of a matrix, as a sparse bipartite graph."""

import dataclasses
import functools
from typing import Any

import numpy as np
import scipy.sparse as sp
from jaxtyping import Int

from suffice._core import given, Numbers


@dataclasses.dataclass(frozen=True, eq=False)
class Mask:
    """Which entries of a matrix are observed, row by row.

    Attributes:
        shape: Rows and columns of the matrix.
        rows: Row of every observed entry, ascending.
        columns: Column of every observed entry, ascending within a row.
    """

    shape: tuple[int, int]
    rows: Int[np.ndarray, " observed"]
    columns: Int[np.ndarray, " observed"]

    @property
    def size(self) -> int:
        """Number of observed entries."""
        return len(self.rows)

    @property
    def unobserved(self) -> int:
        """Number of entries that are not observed."""
        return self.shape[0] * self.shape[1] - self.size

    @functools.cached_property
    def by_row(self) -> sp.csr_array:
        """The mask as a matrix of ones, compressed by rows."""
        ones = np.ones(self.size, np.int8)
        return sp.csr_array((ones, (self.rows, self.columns)), shape=self.shape)

    @functools.cached_property
    def by_column(self) -> sp.csr_array:
        """The transposed mask, compressed by rows."""
        return sp.csr_array(self.by_row.T)

    @property
    def degrees(self) -> tuple[np.ndarray, np.ndarray]:
        """Number of observed entries of every row and of every column."""
        m, n = self.shape
        rows = np.bincount(self.rows, minlength=m)
        return rows, np.bincount(self.columns, minlength=n)

    @property
    def transposed(self) -> "Mask":
        """The mask of the transposed matrix."""
        return make_mask(self.columns, self.rows, (self.shape[1], self.shape[0]))

    def part(self, rows: np.ndarray, columns: np.ndarray) -> "Mask":
        """Return the mask on some rows and columns, renumbered in the given order."""
        sub = self.by_row[rows][:, columns].tocoo()
        return make_mask(sub.row, sub.col, (len(rows), len(columns)))

    def block(self, rows: slice) -> np.ndarray:
        """Return consecutive rows of the mask as a boolean array."""
        return self.by_row[rows].toarray().astype(bool)

    def with_entries(self, rows: np.ndarray, columns: np.ndarray) -> "Mask":
        """Return the mask with further entries observed."""
        return make_mask(
            np.concatenate([self.rows, rows]),
            np.concatenate([self.columns, columns]),
            self.shape,
        )


def make_mask(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> Mask:
    """Make a mask from entries in any order, each given once."""
    order = np.lexsort((columns, rows))
    return Mask(shape, rows[order].astype(np.int64), columns[order].astype(np.int64))


MaskLike = Mask | Numbers | sp.sparray | sp.spmatrix
"""A mask in each of the forms that `read_mask` takes."""


def read_mask(mask: Any, name: str = "mask") -> Mask:
    """Check a mask in any of its three forms and return it in sparse form.

    Args:
        mask: A boolean matrix, True where observed; a scipy.sparse matrix, whose
            stored entries are observed (only the stored True, if boolean); or
            `(rows, columns, shape)` with one pair of indices per observed entry.
        name: Name of the argument in error messages.

    Raises:
        ValueError: The mask has another type or shape, holds NaN, an entry twice or an
            entry outside of the matrix, or has no observed entry.
    """
    if isinstance(mask, Mask):
        return mask
    if sp.issparse(mask):
        sparse_mask = _from_sparse(mask, name)
    elif isinstance(mask, (tuple, list)) and len(mask) == 3 and _is_pair(mask[2]):
        sparse_mask = _from_triplets(mask[0], mask[1], mask[2], name)
    else:
        sparse_mask = _from_array(mask, name)
    if not sparse_mask.size:
        m, n = sparse_mask.shape
        raise ValueError(
            f"{name} marks no entry among {m} x {n}; expected at least one: without "
            "observed entries nothing is determined."
        )
    return sparse_mask


def _is_pair(shape: Any) -> bool:
    return isinstance(shape, (tuple, list)) and len(shape) == 2


def _from_array(mask: Any, name: str) -> Mask:
    array = given(mask)
    if array.ndim != 2:
        raise ValueError(
            f"{name} has shape {array.shape}; expected a matrix (rows, columns) of "
            "booleans, a scipy.sparse matrix or (rows, columns, shape)."
        )
    if array.dtype != bool:
        raise ValueError(
            f"{name} has dtype {array.dtype}; expected booleans, True where an entry "
            "is observed: for a matrix with blanks pass ~np.isnan(matrix)."
        )
    rows, columns = np.nonzero(array)
    return make_mask(rows, columns, (array.shape[0], array.shape[1]))


def _from_sparse(mask: Any, name: str) -> Mask:
    coo = mask.tocoo()
    rows, columns = coo.coords if hasattr(coo, "coords") else (coo.row, coo.col)
    if coo.dtype == bool:
        rows, columns = rows[coo.data], columns[coo.data]
    elif coo.dtype.kind in "fc" and np.isnan(coo.data).any():
        raise ValueError(
            f"{name} stores {int(np.isnan(coo.data).sum())} NaN; a stored entry counts "
            "as observed: leave missing entries out of the sparse matrix."
        )
    return _checked(rows, columns, coo.shape, name)


def _from_triplets(rows: Any, columns: Any, shape: Any, name: str) -> Mask:
    indices = []
    for what, values in (("rows", rows), ("columns", columns)):
        array = given(values)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise ValueError(
                f"{what} of the {name} has shape {array.shape} and dtype "
                f"{array.dtype}; expected one integer per observed entry, counted "
                "from 0, without NaN."
            )
        indices.append(array.astype(np.int64))
    m, n = (int(size) for size in shape)
    if len(indices[0]) != len(indices[1]):
        raise ValueError(
            f"{name} has {len(indices[0])} rows and {len(indices[1])} columns; "
            "expected one of each per observed entry."
        )
    return _checked(indices[0], indices[1], (m, n), name)


def _checked(
    rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int], name: str
) -> Mask:
    outside = (rows < 0) | (rows >= shape[0]) | (columns < 0) | (columns >= shape[1])
    if outside.any():
        first = int(np.argmax(outside))
        raise ValueError(
            f"{name} holds the entry ({rows[first]}, {columns[first]}), outside a "
            f"matrix of shape {tuple(shape)}; rows and columns count from 0."
        )
    mask = make_mask(rows, columns, (int(shape[0]), int(shape[1])))
    twice = (np.diff(mask.rows) == 0) & (np.diff(mask.columns) == 0)
    if twice.any():
        first = int(np.argmax(twice))
        raise ValueError(
            f"{name} holds {int(twice.sum())} entries twice, the first is "
            f"({mask.rows[first]}, {mask.columns[first]}); give every entry once."
        )
    return mask


def check_rank(rank: Any, shape: tuple[int, int]) -> int:
    """Return the rank as an integer.

    Raises:
        ValueError: The rank is not a whole number from 1 to the smaller side of the
            matrix.
    """
    most = min(shape)
    whole = isinstance(rank, (int, np.integer)) and not isinstance(rank, bool)
    if not whole or not 1 <= rank <= most:
        raise ValueError(
            f"rank is {rank!r}; expected a whole number from 1 to {most}, the smaller "
            f"side of a {shape[0]} x {shape[1]} matrix."
        )
    return int(rank)
