"""A table in standard units: every column has mean 0 and standard deviation 1."""

import dataclasses

import numpy as np
from jaxtyping import Float, Int

from suffice._core import check_scale

from ._table import Table
from ._targets._kind import Kind
from ._targets._response import expected


@dataclasses.dataclass(frozen=True, eq=False)
class Standard:
    """A table in standard units, with the means and standard deviations of its columns.

    Attributes:
        table: The table.
        x: Inputs of the table in standard units.
        y: Targets of the table in standard units.
        weights: Weight of every row in a fit, of mean 1: the same for all rows, or in
            proportion to one over the square of the measurement errors.
        groups: A number per row, equal for rows that repeat the same inputs.
        mean: Mean of each input.
        spread: Standard deviation of each input.
        offset: Weighted mean of the target.
        unit: Weighted standard deviation of the target.
    """

    table: Table
    x: Float[np.ndarray, "n dim"]
    y: Float[np.ndarray, " n"]
    weights: Float[np.ndarray, " n"]
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
        middle, spread = table.x.mean(0), table.x.std(0)
        weights = _weights(table)
        offset = float(np.mean(weights * table.y))
        unit = float(np.mean(weights * (table.y - offset) ** 2) ** 0.5)
        x, y = (table.x - middle) / spread, (table.y - offset) / unit
        groups = np.unique(table.x, axis=0, return_inverse=True)[1].ravel()
        return cls(table, x, y, weights, groups, middle, spread, offset, unit)

    @property
    def kind(self) -> Kind:
        """Whether the target is a number, one of two classes, or a count."""
        return self.table.kind

    def response(self, value: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        """Convert values of a model into mean targets in standard units."""
        if self.kind == "number":
            return value
        return (expected(value, self.kind) - self.offset) / self.unit

    def standard(self, x: Float[np.ndarray, "m dim"]) -> Float[np.ndarray, "m dim"]:
        """Convert inputs into standard units."""
        return (x - self.mean) / self.spread


def _weights(table: Table) -> Float[np.ndarray, " n"]:
    if table.error is None:
        return np.ones(len(table.y))
    weights = (table.error.min() / table.error) ** 2
    return weights / weights.mean()
