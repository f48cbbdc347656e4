"""Candidates to measure next, from a file."""

import dataclasses
from pathlib import Path

import numpy as np
from jaxtyping import Float

from suffice._core.tables import TableError
from suffice.auditing._inputs import read_rows
from suffice.auditing._table import Table


@dataclasses.dataclass(frozen=True, eq=False)
class Pool:
    """Candidates to measure next.

    Attributes:
        x: One candidate per row, in the units of the table.
        cost: Cost of each candidate; None where all cost the same.
    """

    x: Float[np.ndarray, "pool dim"]
    cost: Float[np.ndarray, " pool"] | None = None


def read_pool(
    path: str | Path,
    table: Table,
    *,
    cost: str | None = None,
    delimiter: str | None = None,
) -> Pool:
    """Return the distinct candidate inputs in a file, sorted.

    Args:
        path: Text file, plain or gzipped, or Parquet file, with at least the input
            columns of the table; other columns are ignored.
        table: The table whose input columns are read.
        cost: Name of the column that holds the cost of each candidate; of equal
            candidates the cheapest counts.
        delimiter: Separator of the cells of a text file; None detects it.

    Returns:
        The candidates, in the units of the file, with their costs.

    Raises:
        TableError: A column is missing, or holds anything but numbers; or a cost is not
            positive.
    """
    x = read_rows(path, table.inputs, table.categories, delimiter=delimiter)
    points, place = np.unique(x, axis=0, return_inverse=True)
    if cost is None:
        return Pool(points)
    price = read_rows(path, [cost], delimiter=delimiter)[:, 0]
    if not (price > 0).all():
        raise TableError(
            f"{path}: the least {cost!r} is {price.min():g}; expected positive costs."
        )
    cheapest = np.full(len(points), np.inf)
    np.minimum.at(cheapest, place.ravel(), price)
    return Pool(points, cheapest)
