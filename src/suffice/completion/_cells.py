"""A text file as a rectangle of cells, each still as it was written."""

from pathlib import Path
from typing import Any

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
        first = next(iter(raw.decode("utf-8-sig").split("\n", 1)))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text; "
            "save the file as UTF-8."
        ) from None
    mark = max(MARKS, key=first.count) if delimiter is None else delimiter
    mark = "\t" if mark in ("\\t", "tab") else mark
    if len(mark) != 1:
        raise ValueError(f"delimiter is {mark!r}; expected one character.")
    return _stripped(path, _frame(path, mark)), mark


def _frame(path: Path, mark: str) -> pd.DataFrame:
    options: dict[str, Any] = {"sep": mark, "header": None, "dtype": str}
    try:
        frame = pd.read_csv(
            path,
            **options,
            keep_default_na=False,
            encoding="utf-8-sig",
            skip_blank_lines=False,
        )
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path} is empty.") from None
    except pd.errors.ParserError as error:
        reason = str(error).split("error: ")[-1].strip()
        raise ValueError(
            f"{path} is not a table ({reason}); every line needs as many fields as "
            f"the first, {mark!r} between them."
        ) from None
    return frame


def _stripped(path: Path, frame: pd.DataFrame) -> np.ndarray:
    """The cells as text; blank lines at the end are no lines."""
    short = frame.isna().to_numpy()  # what pandas adds to a line that ends early
    cells = frame.fillna("").to_numpy(dtype=object)
    blank = np.array([not any(map(str.strip, line)) for line in cells], bool)
    if blank.all():
        raise ValueError(f"{path} holds only blank lines.")
    last = len(blank) - int(np.argmax(~blank[::-1]))
    ragged = short.any(1)[:last]
    if ragged.any():
        at = int(np.argmax(ragged))
        fields = int((~short[at]).sum())
        raise ValueError(
            f"{path}, line {at + 1}: {fields} fields where the first line has "
            f"{cells.shape[1]}; a missing entry is an empty field, not a missing one."
        )
    return np.array([[cell.strip() for cell in line] for line in cells[:last]], object)


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
