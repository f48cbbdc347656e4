"""The cells of a file, as they are written."""

import csv
import dataclasses
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Int

from suffice._core._extras import require
from suffice._core._machine import check_growth
from suffice._core._reading import check_file, TableError

from ._numbers import decimal_points, has_decimal_comma, without_percent
from ._separator import find_separator, MARKS, NAMES, Record, records
from ._text import read_text, suffix_of


@dataclasses.dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a file.

    Attributes:
        path: The file.
        text: The cells without surrounding blanks, of shape `(lines, columns)`.
        lines: The number of each line in the file, from 1; for Parquet, the number of
            each row, from 0.
        separator: What stands between two cells; a comma for Parquet.
        named: Whether the first line is known to contain the names of the columns.
    """

    path: Path
    text: np.ndarray
    lines: Int[np.ndarray, " lines"]
    separator: str
    named: bool = False

    @property
    def comma(self) -> bool:
        """Whether a comma inside a cell can be a decimal comma."""
        return self.separator != ","

    @property
    def decimal(self) -> Literal[",", "."]:
        """The mark between the whole part and the decimals of the numbers."""
        return (
            "," if self.comma and any(map(has_decimal_comma, self.text.flat)) else "."
        )

    def column(self, j: int, name: str, top: int) -> pd.Series:
        """Column `j` without the first `top` lines, with decimal points.

        Percent signs are left out.
        """
        cells = without_percent(list(self.text[top:, j]))
        noun = "row" if self.named else "line"
        index = pd.Index(self.lines[top:], name=noun)
        cells = decimal_points(cells) if self.comma else cells
        return pd.Series(cells, index=index, name=name, dtype=object)


def read_cells(path: str | Path, delimiter: str | None = None) -> Cells:
    """Read the cells of a text file, plain or gzipped, or of a Parquet file.

    Empty lines are skipped, except in a table of one column, where they are missing
    cells. Blank lines at the end are ignored.

    Args:
        path: The file; it is text unless its name ends in `.parquet`.
        delimiter: The separator of cells: one character, `::`, `tab` or `blank`; None
            determines it from the text.

    Raises:
        TableError: The file is missing, empty or no text, or its lines have different
            numbers of cells.
    """
    path = Path(path)
    if suffix_of(path) == ".parquet":
        return _typed_cells(path, read_parquet(path))
    text = read_text(path)
    separator = NAMES.get(delimiter or "", delimiter)
    if separator is None:
        separator = find_separator(text, suffix_of(path))
    if len(separator) != 1 and separator not in MARKS:
        raise TableError(
            f"delimiter is {delimiter!r}; expected one character, '::', 'tab' or "
            "'blank'."
        )
    rows = _rectangle(path, text, separator)
    cells = np.array([cells for _, cells in rows], object)
    return Cells(path, cells, np.array([line for line, _ in rows]), separator)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file.

    Raises:
        TableError: The file is not a readable Parquet file, or grows beyond measure.
        MissingExtra: The extra `parquet` is not installed.
    """
    check_file(path)
    require(str(path), "parquet")
    from pyarrow import parquet

    try:
        kept = parquet.read_metadata(path)
        announced = 8 * kept.num_rows * kept.num_columns
        check_growth(path, path.stat().st_size, announced)
        return pd.read_parquet(path)
    except TableError:
        raise
    except Exception as error:  # pyarrow raises many kinds, each about the file
        raise TableError(f"{path} is not a readable Parquet file.") from error


def _rectangle(path: Path, text: str, separator: str) -> list[Record]:
    rows: list[Record] = []
    reader = records(text, separator)
    try:
        for line, cells in reader:
            width = len(rows[0][1]) if rows else len(cells)
            if len(cells) < 2 and not any(cells) and (not rows or width > 1):
                continue
            if len(cells) != width and any(cells):
                raise TableError(
                    f"{path}, line {line}: {len(cells)} fields where the first line "
                    f"has {width}; write a missing cell as an empty field, and quotes "
                    f"around a cell that contains {separator!r}."
                )
            rows.append((line, cells or [""]))
    except csv.Error as error:
        line = rows[-1][0] + 1 if rows else 1
        raise TableError(
            f"{path}, in the lines from {line}: {error}; look for a quote that is "
            "opened and never closed."
        ) from error
    while rows and not any(rows[-1][1]):
        rows.pop()
    if not rows:
        raise TableError(f"{path} is empty: it holds only blank lines.")
    return rows


def _typed_cells(path: Path, frame: pd.DataFrame) -> Cells:
    """The names and values of a typed table as text, without loss of digits."""
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names=str(frame.index.name or ""))
    gone = frame.isna().to_numpy()
    body = frame.astype(object).to_numpy()
    text = np.array([str(value).strip() for value in body.ravel()], object)
    text = np.where(gone, "", text.reshape(body.shape))
    names = np.array([str(name) for name in frame.columns], object)
    lines = np.arange(-1, len(frame))
    return Cells(path, np.vstack([names[None], text]), lines, ",", named=True)
