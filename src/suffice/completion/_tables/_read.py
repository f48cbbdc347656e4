"""Entries of a matrix from a file: a matrix with blanks, or one line per entry."""

from pathlib import Path
from typing import Literal

from suffice._core.tables import Cells, read_cells, TableError

from ._entry_table import EntryTable, listed
from ._layout import find_header, Header, Kinds, kinds
from ._read_matrix import matrix_table
from ._read_triplets import (
    header_places,
    Named,
    named_places,
    shaped_places,
    triplets_table,
)

NAMED = Header(1, "line 1 names the columns")


def read_entries(
    path: str | Path,
    *,
    format: Literal["auto", "matrix", "triplets"] = "auto",
    header: bool | None = None,
    labels: str | None = None,
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
    entry was observed. *Triplets* have one line per entry: label of the row, label of
    the column, value. A line without a value asks for this entry.

    With `format="auto"` a file is read as triplets when `row`, `column` and `value` are
    given, when its header names such columns (`user`, `item`, `rating`), or when it has
    three columns, besides time stamps, whose values look like labels and numbers.

    The first line names the columns if it holds text over numbers, or numbers in order
    that lie outside the values below, such as years. The first column labels the rows
    if it holds text, if its name is that of labels (`id`, `year`) and all are
    different, or if it counts. `reading` says what was decided; the arguments override
    it. Columns are given by name or by position from 1; `#2` is always a position.

    Args:
        path: Path of the file; its cells are separated by commas, semicolons, tabs,
            bars, double colons or blanks.
        format: `matrix`, `triplets` or `auto`, as described above.
        header: Whether the first line names the columns; None decides it.
        labels: For a matrix: the column with the labels of the rows, or `none`; None
            decides it.
        row: For triplets: the column with the labels of the rows.
        column: For triplets: the column with the labels of the columns.
        value: For triplets: the column with the values.
        drop: For a matrix: columns to leave out.
        missing: Further spellings of a missing entry, such as `0` or `x`.
        average: For triplets: whether several values of one entry are replaced by their
            mean; otherwise different values are an error.
        delimiter: Separator of cells: one character, `::`, `tab` or `blank`; None
            detects it. If it is not the comma, numbers may have decimal commas.

    Returns:
        The observed entries with the labels of their rows and columns, how they were
        read, and notes on what is unusual.

    Raises:
        TableError: The file is not a table, a cell is text or infinite, an entry has
            two values, two rows have one label, a column is unknown, or nothing is
            observed.
        ValueError: An argument does not belong to the format.

    Examples:
        >>> import pandas as pd
        >>> pd.DataFrame({"a": [1, 3], "b": [2, None]}).to_csv("m.csv", index=False)
        >>> table = sf.completion.read_entries("m.csv")
        >>> table.observed.shape, table.observed.values.tolist()
        ((2, 2), [1.0, 2.0, 3.0])
    """
    if format not in ("auto", "matrix", "triplets"):
        raise ValueError(
            f"format is {format!r}; expected 'matrix', 'triplets' or 'auto'."
        )
    cells = read_cells(path, delimiter)
    kind, named = kinds(cells, missing), (row, column, value)
    first, places = _layout(cells, kind, format, header, named)
    if places is None:
        return matrix_table(cells, kind, first, labels, drop, missing)
    for name, given in (("drop", bool(drop)), ("labels", labels is not None)):
        if given:
            raise ValueError(
                f"{name} is about columns of a matrix, but this file has triplets; "
                f"leave {name} out."
            )
    return triplets_table(cells, first, places, missing, average)


def _layout(
    cells: Cells, kind: Kinds, format, header: bool | None, named: Named
) -> tuple[Header, list[int] | None]:
    """Return the first line of the values, and the columns of triplets or None."""
    if any(named):
        if format == "matrix":
            raise ValueError(
                "row, column and value name columns of triplets, not of a matrix; "
                "leave them out, or read the file as triplets."
            )
        first = find_header(cells, kind, header)
        if header is None and _are_names(named, set(cells.text[0])):
            first = NAMED
        return first, named_places(cells, first, named)
    places = None
    if format != "matrix" and header is not False:
        places = header_places(cells)
    first = find_header(cells, kind, header)
    if places and not first.top:
        first = NAMED
    if format == "matrix" or places:
        return first, places
    if format == "auto":
        return first, shaped_places(cells, kind, first.top)
    if cells.text.shape[1] == 3:
        return first, [0, 1, 2]
    raise TableError(
        f"{cells.path} has {cells.text.shape[1]} columns; name those of the rows, the "
        f"columns and the values among {listed(list(cells.text[0]))}."
    )


def _are_names(named: Named, first: set[str]) -> bool:
    """Return whether the given columns show that the first line has names."""
    found = [name for name in named if name in first]
    words = [name for name in found if not name.removeprefix("#").isdecimal()]
    return bool(words) or len(found) == len(named)
