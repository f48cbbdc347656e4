"""A table in standard units: every column has mean 0 and standard deviation 1."""

import dataclasses

import numpy as np
from jaxtyping import Float, Int

from suffice._core import check_scale

from ._table import Table


@dataclasses.dataclass(frozen=True, eq=False)
class Standard:
    """A table in standard units, with the means and standard deviations of its columns.

    Attributes:
        table: The table.
        x: Inputs of the table in standard units.
        y: Targets of the table in standard units.
        groups: A number per row, equal for rows that repeat the same inputs.
        mean: Mean of each input.
        spread: Standard deviation of each input.
        offset: Mean of the target.
        unit: Standard deviation of the target.
    """

    table: Table
    x: Float[np.ndarray, "n dim"]
    y: Float[np.ndarray, " n"]
    groups: Int[np.ndarray, " n"]
    mean: Float[np.ndarray, " dim"]
    spread: Float[np.ndarray, " dim"]
    offset: float
    unit: float

    @classmethod
    def of(cls, table: Table) -> "Standard":
        """Standardise a table.

        Raises:
            ValueError: The numbers of a column are too large or too small for float64.
        """
        for name, column in zip(table.inputs, table.x.T, strict=True):
            check_scale(f"column {name!r}", column)
        check_scale(f"column {table.target!r}", table.y)
        mean, spread = table.x.mean(0), table.x.std(0)
        offset, unit = float(table.y.mean()), float(table.y.std())
        x, y = (table.x - mean) / spread, (table.y - offset) / unit
        groups = np.unique(table.x, axis=0, return_inverse=True)[1].ravel()
        return cls(table, x, y, groups, mean, spread, offset, unit)

    def standard(self, x: Float[np.ndarray, "m dim"]) -> Float[np.ndarray, "m dim"]:
        """Convert inputs into standard units."""
        return (x - self.mean) / self.spread
