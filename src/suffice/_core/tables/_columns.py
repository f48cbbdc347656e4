"""Columns into numbers: each kind of cell is either a number or named as a problem."""

import re
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from ._read import TableError

MISSING = ("", "na", "n/a", "nan", "null", "none", "?")
TRUTH = {"true": 1.0, "false": 0.0}
LARGEST = 1e100


class Cells(NamedTuple):
    """A column as numbers, and what in it is none."""

    values: Float[np.ndarray, " rows"]
    wrong: Bool[np.ndarray, " rows"]
    missing: Bool[np.ndarray, " rows"]


def numeric(
    column: pd.Series, *, missing_ok: bool = True
) -> Float[np.ndarray, " rows"]:
    """Turn one column into float64, missing cells into NaN.

    Args:
        column: Text as read from a file, or a typed column of a Parquet file.
        missing_ok: Whether missing cells become NaN or are refused.

    Raises:
        TableError: Text, a date, an infinite or a huge number, or, unless allowed, a
            missing cell; says in which line.
    """
    name = column.name
    if pd.api.types.is_datetime64_any_dtype(column):
        raise TableError(
            f"column {name!r} holds dates; leave it out with --drop {name}, or "
            "replace it by a number, e.g. days since the first."
        )
    cells = _cells(column)
    if cells.wrong.any():
        raise TableError(_not_a_number(column, cells))
    bad = np.abs(cells.values) > LARGEST
    if bad.any():
        kind = "infinite" if np.isinf(cells.values[bad][0]) else "huge"
        cell = column.iloc[int(bad.argmax())]
        raise TableError(
            f"column {name!r}, {place(column, bad)}: {cell} is {kind}; "
            f"expected numbers up to {LARGEST:g}: correct or remove the row, or "
            "rescale the column."
        )
    if not missing_ok and cells.missing.any():
        where = place(column, cells.missing)
        raise TableError(f"column {name!r}, {where}: the value is missing.")
    return cells.values


def is_text(column: pd.Series) -> bool:
    """Whether at least half of the cells that are there are not numbers."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    cells = _cells(column)
    return bool(cells.wrong.any() and 2 * cells.wrong.sum() >= (~cells.missing).sum())


def place(table: pd.Series | pd.DataFrame, mask: Bool[np.ndarray, " rows"]) -> str:
    """Where a mask is first true: the line of a text file, the row of another."""
    label = table.index[mask][0]
    return f"line {label}" if table.index.name == "line" else f"row {label + 1}"


def _cells(column: pd.Series) -> Cells:
    missing = column.isna().to_numpy()
    nothing = np.zeros(len(column), bool)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(float, na_value=np.nan)
        return Cells(values, nothing, np.isnan(values))
    text = [str(cell).strip().lower() for cell in column]
    missing = missing | np.isin(text, MISSING)
    known = {t for t, gone in zip(text, missing, strict=True) if not gone}
    if known and known <= set(TRUTH):
        values = np.array([TRUTH.get(t, np.nan) for t in text])
        return Cells(values, nothing, missing)
    values = np.array([_number(t) for t in text])
    return Cells(values, np.isnan(values) & ~missing, missing)


def _number(text: str) -> float:
    try:
        return float(text) if "_" not in text else np.nan
    except ValueError:
        return np.nan


def _not_a_number(column: pd.Series, cells: Cells) -> str:
    name, cell = column.name, str(column.iloc[int(cells.wrong.argmax())]).strip()
    some, where = int(cells.wrong.sum()), place(column, cells.wrong)
    if some < (~cells.missing).sum() / 2:
        return (
            f"column {name!r} mixes numbers and text: {cell!r} in {where} "
            f"({some} such cell{'s'[: some != 1]}); correct that."
        )
    if re.fullmatch(r"-?\d+,\d+", cell):
        return f"column {name!r} uses decimal commas ({cell!r}); write decimal points."
    kind = "holds dates" if _is_date(cell) else "is text"
    remedy = "a number, e.g. days since the first" if _is_date(cell) else "numbers"
    return (
        f"column {name!r} {kind} ({cell!r} in {where}); leave it out with "
        f"--drop {name}, or replace it by {remedy}."
    )


def _is_date(cell: str) -> bool:
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return bool(re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", cell))
    return True
