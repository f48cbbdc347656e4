"""Measurements of the outputs of a law."""

import dataclasses
import math
from pathlib import Path

import jax
import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from suffice._core import plural, TableError
from suffice._core.tables import check_columns, numeric, read_frame
from suffice.laws._formula._law import Law, law_of

RENAME = "Call the argument of the law and its column alike."
Targets = str | tuple[str, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Measurements:
    """Measurements of one or more outputs at known inputs.

    Attributes:
        inputs: Names of the inputs.
        targets: Names of the outputs.
        x: Inputs, one row per measurement.
        y: Outputs, one row per measurement.
        weight: One over the standard deviation of each output of each row; 1 where it
            is not known.
        known: Whether the standard deviations are known.
        groups: A number per row, equal for rows that repeat the same inputs.
        lines: Where each row stands in the file.
        source: The file, or "a data frame".
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    x: Float[np.ndarray, "n inputs"]
    y: Float[np.ndarray, "n outputs"]
    weight: Float[np.ndarray, "n outputs"]
    known: bool
    groups: Int[np.ndarray, " n"]
    lines: tuple[str, ...]
    source: str

    @property
    def distinct(self) -> int:
        """Number of distinct inputs."""
        return int(self.groups.max()) + 1

    @property
    def typical(self) -> Float[np.ndarray, " outputs"]:
        """The weight of each output of one more row: the root of the mean square."""
        return (self.weight**2).mean(0) ** 0.5

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """The least and the largest measured value of each input."""
        ends = zip(self.x.min(0), self.x.max(0), strict=True)
        return {
            n: (float(a), float(b)) for n, (a, b) in zip(self.inputs, ends, strict=True)
        }

    def only(self, rows: np.ndarray) -> "Measurements":
        """Some of the rows, by their numbers or by a mask."""
        kept = np.arange(len(self.x))[rows]
        return dataclasses.replace(
            self,
            x=self.x[kept],
            y=self.y[kept],
            weight=self.weight[kept],
            groups=np.unique(self.groups[kept], return_inverse=True)[1],
            lines=tuple(self.lines[row] for row in kept),
        )


Table = str | Path | pd.DataFrame | Measurements


def law_for(
    given: object, table: Table, target: Targets | None, error: Targets | None
) -> Law:
    """The law that is given, or that of a function of columns of a table."""
    if isinstance(given, Law):
        return given
    if isinstance(table, Measurements):
        return law_of(given, table.inputs)
    others = {*names_of(target), *names_of(error)}
    return law_of(given, {*read_frame(table).columns} - others)


def measured(
    law: Law, table: Table, target: Targets | None, error: Targets | None
) -> Measurements:
    """The measurements of a law in a table, which must be enough to fit it.

    Raises:
        ValueError: No target is named, there are too few measurements, or the outputs
            of the law are not as many as the targets.
    """
    if not isinstance(table, Measurements):
        if target is None:
            raise ValueError("target is None; expected the name of a column.")
        table = read_measurements(table, law.inputs, target, error=error)
    outputs = math.prod(jax.eval_shape(law, table.x[0]).shape)
    if outputs != len(table.targets):
        raise ValueError(
            f"{law.name} has {plural(outputs, 'output')} and the targets are "
            f"{', '.join(table.targets)}; name one target for each output, on the "
            "command line with suffice identify."
        )
    if table.distinct * outputs < len(law.names):
        raise ValueError(
            f"{table.source} has {plural(table.distinct, 'distinct input')}, and "
            f"{law.name} has {len(law.names)} free parameters: fewer inputs never "
            "determine them. Measure at more inputs, or hold parameters with fixed=."
        )
    return table


def read_measurements(
    table: str | Path | pd.DataFrame,
    inputs: tuple[str, ...],
    targets: Targets,
    *,
    error: Targets | None = None,
) -> Measurements:
    """Read the columns of a law from a table.

    Args:
        table: A text or Parquet file, or a data frame.
        inputs: Names of the input columns.
        targets: Name of the target column, or names where the law has several outputs.
        error: Name of a column of known standard deviations of the rows; or names, one
            for each target.

    Raises:
        ValueError: There are several names of standard deviations, but not one for each
            target.
        TableError: A column is missing, holds anything but numbers, or a standard
            deviation is not above 0.
    """
    frame = read_frame(table)
    source = "a data frame" if isinstance(table, pd.DataFrame) else str(table)
    targets, errors = names_of(targets), names_of(error)
    if len(errors) not in (0, 1, len(targets)):
        raise ValueError(
            f"error names {', '.join(errors)}; expected one column for all targets, or "
            f"one for each of {', '.join(targets)}."
        )
    check_columns(frame, inputs, source, "input", RENAME)
    check_columns(frame, targets, source, "target")
    check_columns(frame, errors, source, "standard deviation")
    roles = [*inputs, *targets, *errors]
    if twice := [name for name in roles if roles.count(name) > 1]:
        raise TableError(
            f"{source}: the column {twice[0]!r} is named twice; inputs, targets and "
            "standard deviation are different columns."
        )

    def column(name: str) -> np.ndarray:
        return numeric(frame[name], source, missing_ok=False, otherwise="")

    x = np.stack([column(name) for name in inputs], axis=1)
    y = np.stack([column(name) for name in targets], axis=1)
    deviation = np.ones_like(y)
    for place, name in enumerate(errors):
        found = column(name)
        if (found <= 0).any():
            raise TableError(
                f"{source}: column {name!r} has a standard deviation of "
                f"{found.min():g}; expected numbers above 0."
            )
        deviation.T[slice(None) if len(errors) == 1 else place] = found
    return Measurements(
        inputs=inputs,
        targets=targets,
        x=x,
        y=y,
        weight=1 / deviation,
        known=bool(errors),
        groups=np.unique(x, axis=0, return_inverse=True)[1].ravel(),
        lines=tuple(_line(frame, row) for row in range(len(x))),
        source=source,
    )


def names_of(columns: Targets | None) -> tuple[str, ...]:
    """The names of columns of which one or several are given."""
    return (columns,) if isinstance(columns, str) else tuple(columns or ())


def _line(frame: pd.DataFrame, row: int) -> str:
    label = frame.index[row]
    return f"line {label}" if frame.index.name == "line" else f"row {label + 1}"
