"""Reading of a file with one line per row of a matrix."""

import numpy as np
import pandas as pd

from suffice._core.tables import Cells, is_missing, is_number, TableError
from suffice.completion._entries._observed import Observed

from ._entry_table import check_any, entry_numbers, EntryTable, listed, observed_notes

LABELS = {"", "rownames", "row", "rows", "index", "name", "names", "label", "id"}


def matrix_table(
    cells: Cells, drop: tuple[str, ...], missing: tuple[str, ...]
) -> EntryTable:
    """Read the cells as a matrix.

    Args:
        cells: The cells of the file.
        drop: Names of columns to leave out.
        missing: Further spellings of a missing entry.

    Raises:
        TableError: A cell is text or infinite, a label occurs twice, a column to drop
            does not exist, or nothing is observed.
    """
    source, text = str(cells.path), cells.text
    plain = is_number(text, comma=cells.comma) | is_missing(text, missing)
    top = int(cells.named or _has_header(text, plain))
    if len(text) == top:
        raise TableError(
            f"{source} has a header and no rows; expected at least one row."
        )
    left = int(_has_labels(text, plain, top))
    names = _names(text[0] if top else None, text.shape[1], left)
    kept = _kept(source, names, drop, left)
    if not len(kept):
        raise TableError(f"{source} has no column of entries; expected at least one.")
    columns = tuple(names[j] for j in kept)
    numbers = np.stack(
        [
            entry_numbers(cells, j, names[j], top, missing, droppable=True)
            for j in kept.tolist()
        ],
        axis=1,
    )
    count = len(numbers)
    rows = tuple(text[top:, 0]) if left else tuple(map(str, range(1, 1 + count)))
    _check_unique(source, rows, "rows")
    _check_unique(source, columns, "columns")
    i, j = np.nonzero(~np.isnan(numbers))
    observed = Observed(i, j, numbers[i, j], (len(rows), len(columns)))
    check_any(source, observed)
    return EntryTable(
        source=cells.path.name,
        format="matrix",
        rows=rows,
        columns=columns,
        observed=observed,
        asked=np.empty((0, 2), np.int64),
        names=("row", "column", "value"),
        cells=cells,
        corner=(top, left),
        kept=kept,
        notes=observed_notes(observed, rows, columns),
    )


def _has_header(cells, plain) -> bool:
    if cells.shape[1] == 1:
        return not plain[0, 0]
    if not plain[0, 1:].all():
        return True
    # Labels can be numbers, such as years: then the corner and the first column decide.
    if cells[0, 0].casefold() not in LABELS or len(cells) < 2:
        return False
    return not plain[1:, 0].any() or (_counts(cells[0, 1:]) and _counts(cells[1:, 0]))


def _counts(labels) -> bool:
    """Return whether labels are 0, 1, 2, ... or 1, 2, 3, ..."""
    return any(
        all(cell == str(k) for k, cell in enumerate(labels, first)) for first in (0, 1)
    )


def _has_labels(cells, plain, top) -> bool:
    if cells.shape[1] == 1:
        return False
    named = top == 1 and cells[0, 0].casefold() in LABELS
    return named or not plain[top:, 0].all()


def _names(header, count, left) -> list[str]:
    if header is None:
        return [str(j + 1 - left) for j in range(count)]
    return [name or f"column {j + 1 - left}" for j, name in enumerate(header)]


def _kept(source, names, drop, left) -> np.ndarray:
    for name in drop:
        if name not in names:
            raise TableError(
                f"{source} has no column {name!r}; it has {listed(names[left:])}."
            )
    return np.array(
        [j for j, name in enumerate(names) if j >= left and name not in drop], int
    )


def _check_unique(source, labels, side):
    series = pd.Series(labels)
    if series.duplicated().any():
        label = series[series.duplicated()].iloc[0]
        raise TableError(f"{source} has two {side} called {label!r}; rename one.")
