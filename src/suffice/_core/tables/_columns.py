"""Conversion of columns to numbers, with errors that name the wrong cell."""

import re
import shlex
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from suffice._core._reading import TableError

from ._numbers import has_decimal_comma, Numbers, to_numbers

LARGEST = 1e100
DROP = "leave the column out with --drop {name}"  # an advice of an error


def drop_flag(name: object) -> str:
    """The flag that leaves out a column, as a shell reads it."""
    return f"--drop {shlex.quote(str(name))}"


def numeric(
    column: pd.Series,
    source: object,
    *,
    missing_ok: bool = True,
    missing: Sequence[str] = (),
    largest: float = LARGEST,
    otherwise: str = DROP,
) -> Float[np.ndarray, " rows"]:
    """Convert one column to float64; missing cells become NaN.

    Args:
        column: Text as read from a file, or a typed column; its name and its index are
            those of the file.
        source: The file, for messages.
        missing_ok: Whether missing cells are allowed.
        missing: Further spellings of a missing cell.
        largest: Largest allowed magnitude.
        otherwise: Further advice in the message of an error, with `{name}` for the
            name of the column; empty for none.

    Raises:
        TableError: A cell is text, a date, infinite, too large or, unless that is
            allowed, missing; the message names the line and the remedy.
    """
    cells = _numbers(column, missing)
    leave = (
        otherwise
        and f", or {otherwise.replace('{name}', shlex.quote(str(column.name)))}"
    )
    if cells.wrong.any():
        cell, remedy = _not_a_number(column, cells)
        raise TableError(
            f"{_at(column, source, cells.wrong)}: {cell}; {remedy}{leave}."
        )
    bad = np.isinf(cells.values) | (np.abs(cells.values) > largest)
    if bad.any():
        kind = "infinite" if np.isinf(cells.values[bad][0]) else "huge"
        limit = "finite numbers" if kind == "infinite" else f"up to {largest:g}"
        raise TableError(
            f"{_at(column, source, bad)}: {_first(column, bad)!r} is {kind}; expected "
            f"{limit}: correct the cell, or leave it blank if it is unknown."
        )
    if not missing_ok and cells.missing.any():
        raise TableError(
            f"{_at(column, source, cells.missing)}: the value is missing; fill it in, "
            f"or remove the row{leave}."
        )
    return cells.values


def is_text(column: pd.Series) -> bool:
    """Whether at least half of the cells that are not missing are not numbers."""
    cells = _numbers(column)
    return bool(cells.wrong.any() and 2 * cells.wrong.sum() >= (~cells.missing).sum())


def place(table: pd.Series | pd.DataFrame, mask: Bool[np.ndarray, " rows"]) -> str:
    """The first place where a mask is true: a line of a text file, or a row."""
    label = table.index[mask][0]
    return f"line {label}" if table.index.name == "line" else f"row {label + 1}"


def _at(column: pd.Series, source: object, mask: np.ndarray) -> str:
    return f"{source}, {place(column, mask)}, column {column.name!r}"


def _first(column: pd.Series, mask: np.ndarray) -> str:
    return str(column.iloc[int(mask.argmax())]).strip()


def _numbers(column: pd.Series, missing: Sequence[str] = ()) -> Numbers:
    gone, nothing = column.isna().to_numpy(), np.zeros(len(column), bool)
    if pd.api.types.is_datetime64_any_dtype(column):
        return Numbers(np.full(len(column), np.nan), ~gone, gone)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(float, na_value=np.nan)
        return Numbers(values, nothing, np.isnan(values))
    text = ["" if no else str(c).strip() for c, no in zip(column, gone, strict=True)]
    return to_numbers(text, missing)


def _not_a_number(column: pd.Series, cells: Numbers) -> tuple[str, str]:
    """The mistake in the first wrong cell, and its remedy."""
    cell, count = _first(column, cells.wrong), int(cells.wrong.sum())
    present = (~cells.missing).sum()
    if has_decimal_comma(cell):
        return (
            f"{cell!r} has a decimal comma",
            "write decimal points everywhere, or decimal commas everywhere and "
            "semicolons between the columns",
        )
    if 2 * count < present:
        cells_of_text = f"{count} such cell{'s'[: count != 1]}"
        return (
            f"{cell!r} is text; the column mixes numbers and text ({cells_of_text})",
            "correct it, or leave the cell blank if it is unknown",
        )
    if _is_date(cell):
        return f"{cell!r} is a date", "write a number, e.g. days since the first"
    return f"{cell!r} is text", "write numbers"


def _is_date(cell: str) -> bool:
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return bool(re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", cell))
    return True
