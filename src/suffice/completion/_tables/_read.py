"""Entries of a matrix from a file: a matrix with blanks, or one line per entry."""

from pathlib import Path

from ._cells import is_missing, is_number, read_cells
from ._entry_table import EntryTable, Format
from ._read_matrix import matrix_table
from ._read_triplets import header_says, triplets_table


def read_entries(
    path: str | Path,
    *,
    format: str = "auto",
    row: str | None = None,
    column: str | None = None,
    value: str | None = None,
    drop: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
    average: bool = False,
    delimiter: str | None = None,
) -> EntryTable:
    r"""Read observed entries from a CSV or TSV file.

    A *matrix* has one line per row and nothing (or NA, NaN, null) where no entry was
    observed. Its first line holds the labels of the columns if it holds any text, its
    first column those of the rows if it holds text, or is named like labels.
    *Triplets* have one line per entry: label of the row, label of the column, value;
    lines without a value ask for one. A file is read as triplets when columns are named
    with `row`, `column` and `value`; when its header says so; or when it has exactly
    three columns, and text in the second or no blank: as a matrix it would miss
    nothing.

    Args:
        path: The file.
        format: `matrix`, `triplets`, or `auto` as described.
        row: For triplets: name of the column with the labels of rows.
        column: Likewise of columns.
        value: Likewise of values.
        drop: For a matrix: names of columns to leave out.
        missing: Further spellings of a missing entry, such as `0` or `-`.
        average: Whether several values of one entry are replaced by their mean.
        delimiter: Between two fields; None takes the most frequent of `,` tab `;` in
            the first line.

    Raises:
        ValueError: The file is no table, a cell is text or infinite, an entry has two
            values, a label names two rows, a column is unknown, or nothing is observed.
    """
    if format not in ("auto", "matrix", "triplets"):
        raise ValueError(
            f"format is {format!r}; expected 'matrix', 'triplets' or 'auto'."
        )
    cells, mark = read_cells(path, delimiter)
    named = (row, column, value)
    if format == "auto":
        format = _detect(cells, named, missing)
    if format == "triplets":
        if drop:
            raise ValueError("drop names columns of a matrix; this file has triplets.")
        return triplets_table(Path(path).name, cells, named, missing, average, mark)
    if any(named):
        raise ValueError(
            "row, column and value name columns of triplets, not of a matrix."
        )
    return matrix_table(Path(path).name, cells, drop, missing, mark)


def _detect(cells, named, missing) -> Format:
    if any(named) or header_says(cells[0]):
        return "triplets"
    if cells.shape[1] != 3 or len(cells) < 4:
        return "matrix"
    body = cells[1:]
    text = not (is_number(body[:, 1]) | is_missing(body[:, 1], missing)).all()
    return "triplets" if text or not is_missing(body, missing).any() else "matrix"
