"""Conversion of cells to numbers, and the spellings of missing cells."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?", "-", "--", "."}
)
TRUTH = {"true": 1.0, "false": 0.0}
_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")


class Numbers(NamedTuple):
    """A column as numbers, with masks of wrong and of missing cells."""

    values: Float[np.ndarray, " rows"]
    wrong: Bool[np.ndarray, " rows"]
    missing: Bool[np.ndarray, " rows"]


def to_numbers(cells: Sequence[str], missing: Sequence[str] = ()) -> Numbers:
    """Parse a column of text; a column of true and false becomes 1 and 0.

    Args:
        cells: The cells, without surrounding blanks.
        missing: Spellings of a missing cell besides `MISSING`; case does not matter.
    """
    gone = is_missing(np.array(cells, object), missing)
    present = [cell for cell, no in zip(cells, gone, strict=True) if not no]
    values = np.full(len(cells), np.nan)
    if present and {cell.casefold() for cell in present} <= set(TRUTH):
        values[~gone] = [TRUTH[cell.casefold()] for cell in present]
    else:
        values[~gone] = [_number(cell) for cell in present]
    return Numbers(values, np.isnan(values) & ~gone, gone)


def is_missing(cells: np.ndarray, also: Sequence[str] = ()) -> np.ndarray:
    """For each cell of an array of any shape, whether it marks a missing value.

    A mark that is a number stands for every spelling of it: `0` for `0.0`.
    """
    marks = MISSING | {mark.casefold() for mark in also}
    numbers = {value for value in map(_number, also) if not np.isnan(value)}
    flat = [
        cell.casefold() in marks or bool(numbers and _number(cell) in numbers)
        for cell in cells.ravel()
    ]
    return np.array(flat, bool).reshape(cells.shape)


def is_number(cells: np.ndarray, *, comma: bool = False) -> np.ndarray:
    """For each cell of an array of any shape, whether it is a number or infinite.

    A number may be followed by a percent sign.

    Args:
        cells: Text without surrounding blanks.
        comma: Whether numbers may have decimal commas.
    """
    flat = [
        not np.isnan(_number(cell)) or (comma and has_decimal_comma(cell))
        for cell in map(_without_sign, cells.ravel())
    ]
    return np.array(flat, bool).reshape(cells.shape)


def as_numbers(cells: np.ndarray, *, comma: bool = False) -> Float[np.ndarray, " n"]:
    """A vector of cells as numbers, NaN where a cell is no number.

    Args:
        cells: Text without surrounding blanks.
        comma: Whether numbers may have decimal commas.
    """
    plain = without_percent(list(cells))
    return np.array([_number(c) for c in (decimal_points(plain) if comma else plain)])


def without_percent(cells: Sequence[str]) -> list[str]:
    """A column without percent signs, if every number of it has one.

    `12 %` becomes `12`. A column in which only some numbers have a sign is returned
    unchanged, since the unit of the others is unknown.
    """
    signed = [c for c in cells if c.endswith("%") and _is_plain(_without_sign(c))]
    if not signed or any(map(_is_plain, cells)):
        return list(cells)
    marked = set(signed)
    return [_without_sign(c) if c in marked else c for c in cells]


def _without_sign(cell: str) -> str:
    return cell.removesuffix("%").rstrip()


def _is_plain(cell: str) -> bool:
    return not np.isnan(_number(cell)) or has_decimal_comma(cell)


def decimal_points(cells: Sequence[str]) -> list[str]:
    """A column with decimal points in place of decimal commas.

    It is used for files whose cells are not separated by commas. A column that also has
    decimal points is returned unchanged, since the meaning of its commas is unknown.
    """
    if any(map(_POINT.fullmatch, cells)):
        return list(cells)
    return [c.replace(",", ".") if has_decimal_comma(c) else c for c in cells]


def has_decimal_comma(cell: str) -> bool:
    """Whether a cell is a number with a decimal comma."""
    return _COMMA.fullmatch(cell) is not None


def _number(cell: str) -> float:
    try:
        return float(cell) if "_" not in cell else np.nan
    except ValueError:
        return np.nan
