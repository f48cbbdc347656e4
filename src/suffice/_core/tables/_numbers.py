"""Cells into numbers: which spellings are numbers, and which say "missing"."""

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
    """A column as numbers, and which of its cells hold none."""

    values: Float[np.ndarray, " rows"]
    wrong: Bool[np.ndarray, " rows"]
    missing: Bool[np.ndarray, " rows"]


def to_numbers(cells: Sequence[str], missing: Sequence[str] = ()) -> Numbers:
    """Parse a column of text; a column of true and false becomes 1 and 0.

    Args:
        cells: The cells, without blanks around them.
        missing: Spellings of a missing cell besides `MISSING`; case does not matter.
    """
    out = is_missing(np.array(cells, object), missing)
    present = [cell for cell, gone in zip(cells, out, strict=True) if not gone]
    values = np.full(len(cells), np.nan)
    if present and {cell.casefold() for cell in present} <= set(TRUTH):
        values[~out] = [TRUTH[cell.casefold()] for cell in present]
    else:
        values[~out] = [_number(cell) for cell in present]
    return Numbers(values, np.isnan(values) & ~out, out)


def is_missing(cells: np.ndarray, also: Sequence[str] = ()) -> np.ndarray:
    """Which cells, in an array of any shape, say that nothing was measured."""
    marks = MISSING | {mark.casefold() for mark in also}
    flat = [cell.casefold() in marks for cell in cells.ravel()]
    return np.array(flat, bool).reshape(cells.shape)


def is_number(cells: np.ndarray, *, comma: bool = False) -> np.ndarray:
    """Which cells, in an array of any shape, are numbers, infinity included.

    Args:
        cells: Text without blanks around it.
        comma: Whether decimal commas make numbers as well.
    """
    flat = [
        not np.isnan(_number(cell)) or (comma and has_decimal_comma(cell))
        for cell in cells.ravel()
    ]
    return np.array(flat, bool).reshape(cells.shape)


def decimal_points(cells: Sequence[str]) -> list[str]:
    """A column with its decimal commas written as points.

    For files whose cells are not separated by commas. A column that has decimal points
    already stays as it is: which of the two is meant cannot be known.
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
