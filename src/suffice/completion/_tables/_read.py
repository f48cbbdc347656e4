"""Entries of a matrix from a file: a matrix with blanks, or one line per entry."""

from pathlib import Path
from typing import Literal

from suffice._core.tables import Cells, is_missing, is_number, read_cells

from ._entry_table import EntryTable, Format
from ._read_matrix import matrix_table
from ._read_triplets import header_says, triplets_table


def read_entries(
    path: str | Path,
    *,
    format: Literal["auto", "matrix", "triplets"] = "auto",
    row: str | None = None,
    column: str | None = None,
    value: str | None = None,
    drop: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
    average: bool = False,
    delimiter: str | None = None,
) -> EntryTable:
    r"""Read observed entries from a file of text, plain or gzipped, or from Parquet.

    A *matrix* has one line per row; a cell is empty (or NA, NaN, null, ?, -) where no
    entry was observed. The first line holds the labels of the columns if it holds any
    text. The first column holds the labels of the rows if it holds text, or if its name
    is that of labels, such as `id`.

    *Triplets* have one line per entry: label of the row, label of the column, value. A
    line without a value asks for this entry.

    With `format="auto"` a file is read as triplets when `row`, `column` and `value` are
    given, when its header names such columns, or when it has exactly three columns, of
    which the second holds text or none has a blank: such a matrix would have no missing
    entry.

    Args:
        path: Path of the file; its cells are separated by commas, semicolons, tabs,
            bars or blanks.
        format: `matrix`, `triplets` or `auto`, as described above.
        row: For triplets: name of the column with the labels of the rows.
        column: For triplets: name of the column with the labels of the columns.
        value: For triplets: name of the column with the values.
        drop: For a matrix: names of columns to leave out.
        missing: Further spellings of a missing entry, such as `0` or `x`.
        average: For triplets: whether several values of one entry are replaced by their
            mean; otherwise different values are an error.
        delimiter: Separator of cells: one character, `tab` or `blank`; None detects it.
            If it is not the comma, numbers may have decimal commas.

    Returns:
        The observed entries with the labels of their rows and columns, and notes on
        what is unusual.

    Raises:
        TableError: The file is not a table, a cell is text or infinite, an entry has
            two values, two rows have one label, a column is unknown, or nothing is
            observed.
        ValueError: An argument does not belong to the format.
    """
    if format not in ("auto", "matrix", "triplets"):
        raise ValueError(
            f"format is {format!r}; expected 'matrix', 'triplets' or 'auto'."
        )
    cells = read_cells(path, delimiter)
    named = (row, column, value)
    if format == "auto":
        format = _detect(cells, named, missing)
    if format == "triplets":
        if drop:
            raise ValueError(
                "drop names columns of a matrix, but this file has triplets; leave "
                "drop out."
            )
        return triplets_table(cells, named, missing, average)
    if any(named):
        raise ValueError(
            "row, column and value name columns of triplets, not of a matrix; leave "
            "them out, or read the file as triplets."
        )
    return matrix_table(cells, drop, missing)


def _detect(cells: Cells, named, missing) -> Format:
    text = cells.text
    if any(named) or header_says(text[0]):
        return "triplets"
    if text.shape[1] != 3 or len(text) < 4:
        return "matrix"
    body = text[1:]
    numbers = is_number(body[:, 1], comma=cells.comma) | is_missing(body[:, 1], missing)
    full = not is_missing(body, missing).any()
    return "triplets" if full or not numbers.all() else "matrix"
