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
LEGEND = "+ determined,  ~ determined up to finitely many values,  ? not determined"


def completion_text(completed: CompletedTable) -> str:
    """Which entries were filled and which were not, and a small matrix in full.

    Args:
        completed: The completed entries of a file.
    """
    lines = [str(completed)]
    if fits(completed) and completed.completion.rank is not None:
        lines += ["", *_matrix(completed), LEGEND]
    return "\n".join(lines)


def fits(completed: CompletedTable) -> bool:
    """Whether the matrix is small enough to be shown in full."""
    m, n = completed.completion.values.shape
    return m <= LARGEST[0] and n <= LARGEST[1]


def cells(completed: CompletedTable) -> list[list[str]]:
    """Every entry as text with the mark of its status, labels around them."""
    table, completion = completed.table, completed.completion
    rows = [["", *table.columns]]
    lines = zip(table.rows, completion.values, completion.status, strict=True)
    for label, values, codes in lines:
        rows.append([label, *map(_cell, values, codes)])
    return rows


def _cell(value, code) -> str:
    mark = MARKS[EntryStatus(code)]
    return mark if np.isnan(value) else f"{short(value, 4)}{mark}"


def _matrix(completed: CompletedTable) -> list[str]:
    rows = cells(completed)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))
        for row in rows
    ]
