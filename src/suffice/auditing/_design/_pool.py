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

    Examples:
        >>> def line(x, a=1.0, b=1.0):
        ...     return a + b * x
        >>> x = np.array([[0.0], [1.0], [2.0]])
        >>> pool = sf.auditing.Pool(x, cost=np.array([1.0, 1.0, 9.0]))
        >>> sf.design(line, pool=pool.x, cost=pool.cost).x.ravel().tolist()
        [0.0, 1.0, 2.0]
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

    Examples:
        >>> import pandas as pd
        >>> x = np.arange(12.0)
        >>> table = sf.auditing.read_table(pd.DataFrame({"x": x, "y": 2 * x}), "y")
        >>> offers = pd.DataFrame({"x": [3, 1, 1], "price": [2, 5, 4]})
        >>> offers.to_csv("pool.csv", index=False)
        >>> pool = sf.auditing.read_pool("pool.csv", table, cost="price")
        >>> pool.x.ravel().tolist(), pool.cost.tolist()
        ([1.0, 3.0], [4.0, 2.0])
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
