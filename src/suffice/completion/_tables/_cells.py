"""A text file as a rectangle of cells, each still as it was written."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd

MARKS = (",", "\t", ";")
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})


def read_cells(path: str | Path, delimiter: str | None) -> tuple[np.ndarray, str]:
    """Read a CSV or TSV file.

    Args:
        path: The file.
        delimiter: Between cells; None takes the most frequent one of the first line.

    Returns:
        The cells without the blanks around them, `(lines, columns)`, and the delimiter.

    Raises:
        ValueError: The file is empty, is no text, or its lines differ in length.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the file inside it.")
    raw = path.read_bytes()
    if b"\0" in raw:
        raise ValueError(f"{path} is no text file; export the table as CSV.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text; "
            "save the file as UTF-8."
        ) from None
    first = text.partition("\n")[0]
    mark = max(MARKS, key=first.count) if delimiter is None else delimiter
    mark = "\t" if mark in ("\\t", "tab") else mark
    if len(mark) != 1:
        raise ValueError(f"delimiter is {mark!r}; expected one character.")
    return _rectangle(path, text, mark), mark


def _rectangle(path: Path, text: str, mark: str) -> np.ndarray:
    """The cells of all lines; blank lines at the end are no lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    lines: list[list[str]] = []
    try:
        for line in reader:
            lines.append([cell.strip() for cell in line])
            if len(line) != len(lines[0]) and any(lines[-1]):
                raise ValueError(
                    f"{path}, line {reader.line_num}: {len(line)} fields where the "
                    f"first line has {len(lines[0])}; a missing entry is an empty "
                    "field, not a missing one."
                )
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}.") from None
    while lines and not any(lines[-1]):
        lines.pop()
    if not lines:
        raise ValueError(f"{path} is empty.")
    width = len(lines[0])
    return np.array([line or [""] * width for line in lines], object)


def is_missing(cells: np.ndarray, also: tuple[str, ...] = ()) -> np.ndarray:
    """Which cells say that nothing was observed."""
    marks = MISSING | {mark.casefold() for mark in also}
    flat = [cell.casefold() in marks for cell in cells.ravel()]
    return np.array(flat, bool).reshape(cells.shape)


def is_number(cells: np.ndarray) -> np.ndarray:
    """Which cells are written as a number, infinity included."""
    return ~np.isnan(to_numbers(cells))


def to_numbers(cells: np.ndarray) -> np.ndarray:
    """The numbers in some cells, NaN for text."""
    series = pd.Series(cells.ravel(), dtype=object)
    found = pd.to_numeric(series, errors="coerce")
    return np.array(found, float).reshape(cells.shape)
