"""Completed entries as text, in the format of the file that was read."""

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from suffice._core.tables import UNIT, without_percent

from ._determined._status import EntryStatus
from ._tables._entry_table import EntryTable

if TYPE_CHECKING:
    from ._table import CompletedTable

DIGITS = "%.12g"


def entries_text(completed: "CompletedTable") -> str:
    """Return the completed entries in the format of the file that was read.

    In a matrix, determined entries are filled and all other cells are unchanged.
    Triplets get a fourth column with the status of the entry; an undetermined entry has
    no value. If the file has lines without a value, only these entries are added;
    otherwise all entries are added.
    """
    file = io.StringIO()
    matrix = completed.table.format == "matrix"
    (_write_matrix if matrix else _write_triplets)(completed, file)
    return file.getvalue()


def _write_matrix(completed: "CompletedTable", file: io.StringIO) -> None:
    table, done = completed.table, completed.completion
    text, kept, decimal = table.cells.text.copy(), table.kept, table.cells.decimal
    assert kept is not None
    signs = ["%" if _has_signs(text[table.top :, j]) else "" for j in kept]
    for i, j in np.argwhere(done.determined):
        filled = (DIGITS % done.values[i, j]).replace(".", decimal)
        text[table.top + i, kept[j]] = filled + signs[j]
    text[text == ""] = _blank(table.cells.separator)
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=_mark(table), lineterminator="\n")
    writer.writerows(text)
    file.write(lines.getvalue().replace(UNIT, table.cells.separator))


def _has_signs(cells: np.ndarray) -> bool:
    """Return whether the numbers of a column are written with percent signs."""
    return without_percent(list(cells)) != list(cells)


def _mark(table: EntryTable) -> str:
    """Return one character that stands for the separator."""
    separator = table.cells.separator
    return separator if len(separator) == 1 else UNIT


def _blank(separator: str) -> str:
    """Return a missing cell: a word where blanks separate cells, else nothing."""
    return "NA" if separator == " " else ""


def _write_triplets(completed: "CompletedTable", file: io.StringIO) -> None:
    table, done = completed.table, completed.completion
    given = table.observed
    if len(table.asked):
        rest = np.unique(table.asked, axis=0)
        rest = rest[~done.observed[tuple(rest.T)]]
    else:
        rest = np.argwhere(~done.observed)
    i = np.concatenate([given.rows, rest[:, 0]])
    j = np.concatenate([given.columns, rest[:, 1]])
    rows, columns = np.asarray(table.rows, object), np.asarray(table.columns, object)
    words = np.array([status.name for status in sorted(EntryStatus)], object)
    parts = (rows[i], columns[j], done.values[i, j], words[done.status[i, j]])
    text = pd.DataFrame(dict(enumerate(parts))).to_csv(
        sep=_mark(table),
        header=[*table.names, "status"],
        index=False,
        float_format=DIGITS,
        decimal=table.cells.decimal,
        na_rep=_blank(table.cells.separator),
        lineterminator="\n",
    )
    file.write(text.replace(UNIT, table.cells.separator))
