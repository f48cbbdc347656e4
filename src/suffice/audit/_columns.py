"""Columns into numbers: each kind of cell is either a number or named as a problem."""

import re
from datetime import datetime

import pandas as pd

from ._read import TableError

MISSING = ("", "na", "n/a", "nan", "null", "none", "?")
LARGEST = 1e100


def numeric(column: pd.Series, *, missing_ok: bool = True) -> pd.Series:
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
    values, wrong, missing = _parsed(column)
    if wrong.any():
        raise TableError(_not_a_number(column, wrong, missing))
    bad = values.abs() > LARGEST
    if bad.any():
        cell = column[bad].iloc[0]
        kind = "infinite" if values[bad].abs().iloc[0] == float("inf") else "huge"
        raise TableError(
            f"column {name!r}, {place(bad)}: {cell} is {kind}; expected numbers up "
            f"to {LARGEST:g}: correct or remove the row, or rescale the column."
        )
    if not missing_ok and missing.any():
        raise TableError(f"column {name!r}, {place(missing)}: the value is missing.")
    return values


def is_text(column: pd.Series) -> bool:
    """Whether at least half of the cells that are there are not numbers."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    _values, wrong, missing = _parsed(column)
    return bool(wrong.any() and wrong.sum() >= (~missing).sum() / 2)


def _parsed(column: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Values, and which cells are neither numbers nor missing, and which missing."""
    missing = column.isna()
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.astype(float), missing & False, missing
    text = column.astype(str).str.strip().str.lower()
    missing = missing | text.isin(MISSING)
    truth = text.map({"true": 1.0, "false": 0.0}).astype(float)
    if not missing.all() and truth[~missing].notna().all():
        return truth, missing & False, missing
    values = pd.to_numeric(text.where(~missing), errors="coerce").astype(float)
    return values, values.isna() & ~missing, missing


def _not_a_number(column, wrong, missing) -> str:
    name, cell = column.name, str(column[wrong].iloc[0]).strip()
    some = int(wrong.sum())
    if some < (~missing).sum() / 2:
        return (
            f"column {name!r} mixes numbers and text: {cell!r} in {place(wrong)} "
            f"({some} such cell{'s'[: some != 1]}); correct that."
        )
    if re.fullmatch(r"-?\d+,\d+", cell):
        return f"column {name!r} uses decimal commas ({cell!r}); write decimal points."
    kind = "holds dates" if _is_date(cell) else "is text"
    remedy = "a number, e.g. days since the first" if _is_date(cell) else "numbers"
    return (
        f"column {name!r} {kind} ({cell!r} in {place(wrong)}); leave it out with "
        f"--drop {name}, or replace it by {remedy}."
    )


def _is_date(cell: str) -> bool:
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return bool(re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", cell))
    return True


def place(mask: pd.Series) -> str:
    """Where a mask is first true: the line of a text file, the row of another."""
    label = mask[mask].index[0]
    return f"line {label}" if mask.index.name == "line" else f"row {label + 1}"
