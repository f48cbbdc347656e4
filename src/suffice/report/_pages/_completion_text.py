"""A completed matrix on a terminal: sentences, and small matrices in full."""

import numpy as np

from suffice._core import short
from suffice.completion import CompletedTable, EntryStatus

LARGEST = (20, 12)  # rows and columns that are printed
MARKS = {
    EntryStatus.observed: "",
    EntryStatus.unique: " +",
    EntryStatus.finite: " ~",
    EntryStatus.undetermined: "?",
    EntryStatus.unresolved: "?",
}
LEGEND = "+ determined   ~ determined up to finitely many values   ? not determined"


def completion_text(found: CompletedTable) -> str:
    """What was filled and what stays open, and a small matrix in full.

    Args:
        found: The completed entries of a file.
    """
    lines = [str(found)]
    if fits(found) and found.completion.rank is not None:
        lines += ["", *_matrix(found), LEGEND]
    return "\n".join(lines)


def fits(found: CompletedTable) -> bool:
    """Whether the matrix is small enough to be shown in full."""
    m, n = found.completion.values.shape
    return m <= LARGEST[0] and n <= LARGEST[1]


def cells(found: CompletedTable) -> list[list[str]]:
    """Every entry as text with the mark of its status, labels around them."""
    table, done = found.table, found.completion
    rows = [["", *table.columns]]
    for label, values, codes in zip(table.rows, done.values, done.status, strict=True):
        rows.append([label, *map(_cell, values, codes)])
    return rows


def _cell(value, code) -> str:
    mark = MARKS[EntryStatus(code)]
    return mark if np.isnan(value) else f"{short(value, 4)}{mark}"


def _matrix(found: CompletedTable) -> list[str]:
    rows = cells(found)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))
        for row in rows
    ]
