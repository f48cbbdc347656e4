"""Reading of a file with one line per row of a matrix."""

import itertools

import numpy as np
import pandas as pd

from suffice._core.tables import Cells, TableError
from suffice.completion._entries._observed import Observed

from ._entry_table import check_any, entry_numbers, EntryTable, observed_notes
from ._layout import find_column, find_labels, Header, Kinds, name_of

FULL = 2 / 3  # share of a grid from which two columns look like labels of entries


def matrix_table(
    cells: Cells,
    kind: Kinds,
    header: Header,
    labels: str | None,
    drop: tuple[str, ...],
    missing: tuple[str, ...],
) -> EntryTable:
    """Read the cells as a matrix.

    Args:
        cells: The cells of the file.
        kind: What they are.
        header: Whether the first line names the columns.
        labels: Name or position of the column with the labels of the rows, or `none`;
            None decides it.
        drop: Names or positions of columns to leave out.
        missing: Further spellings of a missing entry.

    Raises:
        TableError: A cell is text or infinite, a label occurs twice, a column does not
            exist, or nothing is observed.
    """
    source, text, top = str(cells.path), cells.text, header.top
    if len(text) == top:
        raise TableError(
            f"{source} has a header and no rows; expected at least one row."
        )
    left, why = find_labels(cells, kind, top, labels)
    out = {left, *(find_column(cells, top, name) for name in drop)}
    kept = np.array([j for j in range(text.shape[1]) if j not in out], int)
    if not len(kept):
        raise TableError(f"{source} has no column of entries; expected at least one.")
    columns = _names(cells, kept, top)
    count = len(text) - top
    rows = tuple(map(str, range(1, 1 + count)))
    if left is not None:
        rows = tuple(text[top:, left])
        _check_rows(cells, kind, top, rows)
    if double := _twice(columns):
        raise TableError(f"{source} has two columns called {double!r}; rename one.")
    numbers = np.stack(
        [
            entry_numbers(cells, j, name, top, missing, droppable=True)
            for j, name in zip(kept.tolist(), columns, strict=True)
        ],
        axis=1,
    )
    i, j = np.nonzero(~np.isnan(numbers))
    observed = Observed(i, j, numbers[i, j], (count, len(columns)))
    check_any(source, observed)
    hint = _looks_long(cells, kind, top, kept)
    return EntryTable(
        source=cells.path.name,
        format="matrix",
        rows=rows,
        columns=columns,
        observed=observed,
        asked=np.empty((0, 2), np.int64),
        names=("row", "column", "value"),
        cells=cells,
        top=top,
        kept=kept,
        reading=f"a matrix of {count} x {len(columns)}: {header.reason}; {why}",
        notes=(*hint, *observed_notes(observed, rows, columns)),
    )


def _names(cells: Cells, kept, top) -> tuple[str, ...]:
    if not top:
        return tuple(map(str, range(1, 1 + len(kept))))
    return tuple(
        cells.text[0, j] or f"column {place}" for place, j in enumerate(kept, 1)
    )


def _twice(labels) -> str | None:
    series = pd.Series(labels)
    again = series[series.duplicated()]
    return str(again.iloc[0]) if len(again) else None


def _check_rows(cells, kind, top, rows) -> None:
    """Raise a TableError for two rows of one label; name a pair of columns as key."""
    double = _twice(rows)
    if double is None:
        return
    start = f"{cells.path} has two rows called {double!r}"
    pair = next((pair for pair, _ in _keys(cells, kind, top)), None)
    if pair is None:
        raise TableError(f"{start}; rename one.")
    first, second = (name_of(cells, top, j) for j in pair)
    raise TableError(
        f"{start}, but {first} and {second} together occur once each: --row {first} "
        f"--column {second} --value NAME reads one entry per line."
    )


def _keys(cells: Cells, kind: Kinds, top: int):
    """Yield pairs of columns whose pairs of values are all different, each repeating.

    Such columns hold text or integers; the share of their grid that occurs is yielded
    with them.
    """
    body = cells.text[top:]
    plain = [_is_key(body[:, j], kind.text[top:, j]) for j in range(body.shape[1])]
    for pair in itertools.combinations(np.flatnonzero(plain).tolist(), 2):
        sides = [body[:, j] for j in pair]
        counts = [len(set(side)) for side in sides]
        if len(set(zip(*sides, strict=True))) == len(body) > max(counts):
            yield pair, len(body) / (counts[0] * counts[1])


def _is_key(cells, is_text) -> bool:
    whole = all(cell.lstrip("+-").isdigit() for cell in cells[~is_text])
    return whole and bool(len(cells))


def _looks_long(cells, kind, top, kept) -> tuple[str, ...]:
    """Return a hint where two columns look like the labels of single values."""
    for pair, full in _keys(cells, kind, top) if len(cells.text) > top + 3 else ():
        if full >= FULL and set(pair) <= set(kept.tolist()):
            first, second = (name_of(cells, top, j) for j in pair)
            return (
                f"{first} and {second} look like labels of single values: name --row "
                f"{first} --column {second} --value NAME, or leave them out with "
                "--drop.",
            )
    return ()
