"""The character that separates the cells of a line."""

import csv
import io
import itertools
from collections.abc import Iterator

import numpy as np

from ._numbers import is_missing, is_number

MARKS = (",", "\t", ";", "|", "::")
UNIT = "\x1f"  # stands for a separator of two characters, which `csv` does not know
BLANK = " "
NAMES = {"\\t": "\t", "tab": "\t", "blank": BLANK, "space": BLANK}
DEFAULTS = {".csv": ",", ".tsv": "\t"}
SAMPLE = 20

Record = tuple[int, list[str]]


def records(text: str, separator: str) -> Iterator[Record]:
    """The lines of a text with their numbers, split into stripped cells.

    Consecutive blanks count as one separator. If a quoted cell contains line breaks,
    the number is that of its last line.
    """
    if len(separator) > 1:
        text, separator = text.replace(separator, UNIT), UNIT
    lines = io.StringIO(text, newline="")
    blank = separator == BLANK
    reader = csv.reader(
        map(str.strip, lines) if blank else lines,
        delimiter=separator,
        skipinitialspace=blank,
        strict=True,
    )
    for cells in reader:
        yield reader.line_num, [cell.strip() for cell in cells]


def find_separator(text: str, suffix: str) -> str:
    """The separator that splits the first lines into equal numbers of cells.

    It takes the candidate with the largest fraction of numbers and missing cells
    below the first line, then the one that the suffix suggests, then the
    one with the most cells. This distinguishes `1,5;2,5` (decimal commas) from `a;b,1`
    (semicolons in a text). A blank is a candidate only if most cells are then numbers,
    or if there is no other mark. If no candidate splits the lines evenly, it takes the
    mark that the suffix suggests or the most frequent one of the first line, so that an
    error can name the first line that differs.
    """
    promised = DEFAULTS.get(suffix, ",")
    head = "".join(itertools.islice(io.StringIO(text.lstrip("\n\r")), SAMPLE))
    present = [mark for mark in MARKS if mark in head]
    scores = {mark: _score(text, mark, promised) for mark in (*present, BLANK)}
    blank = scores[BLANK]
    if blank and blank[0] <= 0.5 * bool(present):
        scores[BLANK] = None
    if even := {mark: score for mark, score in scores.items() if score}:
        return max(even, key=lambda mark: even[mark])
    first = head.partition("\n")[0]
    if promised in first or not any(mark in first for mark in MARKS):
        return promised
    return max(MARKS, key=first.count)


def _score(text: str, mark: str, promised: str) -> tuple[float, bool, int] | None:
    """The rank of a candidate (see `find_separator`); None if lines are uneven."""
    try:
        sample = [
            cells
            for _, cells in itertools.islice(records(text, mark), SAMPLE)
            if any(cells)
        ]
    except csv.Error:
        return None
    width = len(sample[0]) if sample else 0
    if width < 2 or any(len(cells) != width for cells in sample):
        return None
    below = np.array(sample[1:], object).reshape(-1, width)
    plain = is_number(below, comma=mark != ",") | is_missing(below)
    return float(plain.mean()) if len(below) else 0.0, mark == promised, width
