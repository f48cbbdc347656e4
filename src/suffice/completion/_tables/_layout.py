"""Whether the first line of a file holds names, and a column the labels of rows."""

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from suffice._core import did_you_mean
from suffice._core.tables import (
    as_numbers,
    Cells,
    is_missing,
    is_number,
    TableError,
)

LABELS = {
    "", "row", "rows", "rownames", "index", "name", "names", "label", "labels", "key",
    "code", "no", "nr", "id", "year", "date", "month", "week", "day", "time", "user",
    "subject",
}  # fmt: skip
YEARS = (1500, 2199)
COUNTER, CALENDAR = 8, 4  # lines from which integers or years in order are labels
FAR = 10.0  # times larger than the values are numbers of another kind
OUTSIDE = 0.9  # share of names that must lie outside the range of the values below


class Kinds(NamedTuple):
    """What the cells of a file are; a cell that is neither is text."""

    number: Bool[np.ndarray, "lines columns"]
    missing: Bool[np.ndarray, "lines columns"]

    @property
    def text(self) -> Bool[np.ndarray, "lines columns"]:
        """Which cells are text."""
        return ~self.number & ~self.missing


class Header(NamedTuple):
    """The first line of the values, and why the lines before it hold names."""

    top: int
    reason: str


def kinds(cells: Cells, missing: tuple[str, ...]) -> Kinds:
    """Return which cells of a file are numbers, and which are missing."""
    gone = is_missing(cells.text, missing)
    return Kinds(is_number(cells.text, comma=cells.comma) & ~gone, gone)


def find_header(cells: Cells, kind: Kinds, header: bool | None) -> Header:
    """Decide whether the first line names the columns.

    Args:
        cells: The cells of the file.
        kind: What they are.
        header: Whether it does; None decides it from the cells.
    """
    if cells.named:
        return Header(1, "the file names its columns")
    if header is not None:
        words = "as requested, line 1 names the columns"
        return Header(1, words) if header else Header(0, "line 1 holds values")
    reason = _names(cells, kind)
    return Header(1, reason) if reason else Header(0, "line 1 holds values")


def _names(cells: Cells, kind: Kinds) -> str | None:
    """Return why the first line holds names; None if it holds values."""
    text, first, below = cells.text, kind.text[0], kind.text[1:]
    numeric = np.any(kind.number[1:], 0) & ~np.any(below, 0)
    if (first[1:] & numeric[1:]).any():
        return "line 1 names the columns"
    recurs = (text[0] == text[1:]).any()
    if first.all() and not recurs:
        return "line 1 names the columns"
    if len(first) < 2 or len(text) < 2 or first[1:].any():
        return None
    blank = text[0, 0] == ""
    if first[0] and numeric[0]:
        return "line 1 names the columns, as its first cell is no number"
    if (blank and not numeric[0]) or (first[0] and is_label(text[0, 0])):
        return "line 1 names the columns, as its first cell names labels"
    if blank and counts(text[0, 1:]) and counts(text[1:, 0]):
        return "line 1 names the columns, as it counts and the first column does"
    return _counted(text, kind, 0 if kind.number[0, 0] else 1, cells.comma)


def _counted(text, kind: Kinds, left: int, comma: bool) -> str | None:
    """Return why the numbers of the first line are names; None if they are values."""
    if len(text) < 3 or not kind.number[0, left:].all():
        return None
    names = as_numbers(text[0, left:], comma=comma)
    values = as_numbers(text[1:, left:].ravel(), comma=comma)
    values = values[~np.isnan(values)]
    steps = np.diff(names)
    if len(names) < 2 or not len(values) or not (steps > 0).all():
        return None
    if in_calendar(names):
        what = "years"
    elif np.allclose(steps, steps[0]) and _differ(names, values):
        what = "equally spaced"
    else:
        return None
    outside = (names < values.min()) | (names > values.max())
    if outside.mean() < OUTSIDE:
        return None
    return (
        f"line 1 names the columns: its numbers are {what} and lie outside the values "
        "below (--no-header reads it as values)"
    )


def _differ(names, values) -> bool:
    """Return whether numbers are of another kind than the values: whole, or far off."""
    whole = [bool((side == np.round(side)).all()) for side in (names, values)]
    sizes = [np.abs(side[side != 0]) for side in (names, values)]
    if whole == [True, False] or not all(map(len, sizes)):
        return whole[0]
    low, high = sizes if sizes[0].max() < sizes[1].min() else sizes[::-1]
    return bool(FAR * low.max() < high.min())


def counts(labels: np.ndarray) -> bool:
    """Return whether labels are 0, 1, 2, ... or 1, 2, 3, ..."""
    return any(
        all(cell == str(k) for k, cell in enumerate(labels, first)) for first in (0, 1)
    )


def in_calendar(values: np.ndarray) -> bool:
    """Return whether all numbers are years."""
    whole = (values == np.round(values)).all()
    return bool(whole and (values >= YEARS[0]).all() and (values <= YEARS[1]).all())


def folded(name: str) -> str:
    """Return a name without case, blanks and marks, for comparison."""
    return re.sub(r"[\s_.\-]", "", name).casefold()


def is_label(name: str) -> bool:
    """Return whether a column of this name holds labels."""
    plain = folded(name)
    return plain in LABELS or plain.endswith("id") or plain.startswith("unnamed:")


def find_labels(
    cells: Cells, kind: Kinds, top: int, labels: str | None
) -> tuple[int | None, str]:
    """Return which column holds the labels of the rows, None if none does, and why.

    Args:
        cells: The cells of the file.
        kind: What they are.
        top: The first line of the values.
        labels: Name or position of the column, or `none`; None decides it.

    Raises:
        TableError: There is no such column.
    """
    if labels == "none":
        return None, "no column labels the rows, as requested"
    if labels is not None:
        j = find_column(cells, top, labels)
        return j, f"column {name_of(cells, top, j)} labels the rows, as requested"
    if cells.text.shape[1] < 2 or len(cells.text) == top:
        return None, "no column labels the rows"
    words = "the first column labels the rows"
    if kind.text[top:, 0].any():
        return 0, words
    body = cells.text[top:, 0]
    distinct = len(set(body)) == len(body)
    alone = kind.text[0, 0] and kind.number[0, 1:].all()  # a word among numbers
    if top and distinct and (alone or is_label(cells.text[0, 0])):
        return 0, f"{words} (--labels none reads it as values)"
    if kind.number[top:, 0].all() and _in_order(as_numbers(body)):
        return 0, f"{words}, as it counts (--labels none reads it as values)"
    return None, "no column labels the rows"


def _in_order(values: np.ndarray) -> bool:
    """Return whether numbers are 0, 1, 2, ..., 1, 2, 3, ... or consecutive years."""
    if len(values) < CALENDAR or not (np.diff(values) == 1).all():
        return False
    counter = len(values) >= COUNTER and values[0] in (0, 1)
    return bool(counter or in_calendar(values))


def name_of(cells: Cells, top: int, j: int) -> str:
    """Return the name of a column of the file, or its position as `#1`, `#2`, ..."""
    return (cells.text[0, j] if top else "") or f"#{j + 1}"


def find_column(cells: Cells, top: int, name: str) -> int:
    """Return the place of a column that is named, or given by its position from 1.

    A position may be written as `2` where no column has this name, and always as `#2`.

    Raises:
        TableError: There is no such column.
    """
    names = list(cells.text[0]) if top else []
    if name in names:
        return names.index(name)
    digits = name.removeprefix("#")
    if digits.isdecimal() and 1 <= int(digits) <= cells.text.shape[1]:
        return int(digits) - 1
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
    has = (
        f"it has {listed}" if names else f"it has {cells.text.shape[1]}, without names"
    )
    raise TableError(
        f"{cells.path} has no column {name!r}{did_you_mean(name, names)}; {has}."
    )
