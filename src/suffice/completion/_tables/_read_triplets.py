"""A file with one line per entry of a matrix."""

import numpy as np
import pandas as pd

from suffice.completion._entries._observed import Observed

from ._cells import is_missing, is_number, to_numbers
from ._entry_table import check_numbers, EntryTable, listed, observed_notes

NAMES = (
    {"row", "rows", "i"},
    {"column", "columns", "col", "j"},
    {"value", "values", "v"},
)


def triplets_table(source, cells, named, missing, average, mark) -> EntryTable:
    """Read the cells as triplets."""
    places, names, top = _columns(source, cells, named, missing)
    body = cells[top:][:, places]
    if not len(body):
        raise ValueError(f"{source} has a header and no entries.")
    labels, values = body[:, :2], body[:, 2:]
    _check_labels(source, labels, top, names)
    numbers, out = to_numbers(values), is_missing(values, missing)
    check_numbers(source, values, numbers, out, top, names[2:])
    row, rows = pd.factorize(labels[:, 0])
    column, columns = pd.factorize(labels[:, 1])
    known = ~out[:, 0]
    shape = (len(rows), len(columns))
    observed, notes = _once(
        source, (row[known], column[known], numbers[known, 0]), shape, average,
        (rows, columns), np.flatnonzero(known) + top + 1,
    )  # fmt: skip
    asked = np.stack([row[~known], column[~known]], 1)
    rows, columns = tuple(map(str, rows)), tuple(map(str, columns))
    notes = (*notes, *observed_notes(observed, rows, columns))
    return EntryTable(
        source, "triplets", rows, columns, observed, asked,
        names, None, (top, 0), None, mark, notes,
    )  # fmt: skip


def _columns(source, cells, named, missing):
    """Which columns hold row, column and value; their names; and the first line."""
    header = list(cells[0])
    if any(named):
        if not all(named):
            raise ValueError("name all three of row, column and value.")
        for name in named:
            if name not in header:
                raise ValueError(
                    f"{source} has no column {name!r}; it has {listed(header)}."
                )
        return [header.index(name) for name in named], tuple(named), 1
    if header_says(cells[0]):
        folded = [name.casefold() for name in header]
        places = [next(j for j, n in enumerate(folded) if n in k) for k in NAMES]
        return places, tuple(header[j] for j in places), 1
    if cells.shape[1] != 3:
        raise ValueError(
            f"{source} has {cells.shape[1]} columns; name those of the rows, the "
            f"columns and the values among {listed(header)}."
        )
    plain = is_number(cells[0, 2:]) | is_missing(cells[0, 2:], missing)
    if plain.all():
        return [0, 1, 2], ("row", "column", "value"), 0
    return [0, 1, 2], tuple(header), 1


def _check_labels(source, labels, top, names):
    blank = np.argwhere(labels == "")
    if len(blank):
        i, j = blank[0]
        raise ValueError(
            f"{source}, line {i + top + 1}: the field {names[j]!r} is blank; every "
            "entry needs the label of its row and of its column."
        )


def _once(source, entries, shape, average, labels, lines):
    """Every entry once: equal values are counted once, others refused or averaged."""
    frame = pd.DataFrame(dict(zip("ijv", entries, strict=True)) | {"line": lines})
    if frame.empty:
        raise ValueError(f"{source} holds no observed entry: nothing can be completed.")
    groups = frame.groupby(["i", "j"], sort=True)
    spread = groups["v"].agg(["min", "max", "size"])
    conflict = spread["min"] != spread["max"]
    if conflict.any() and not average:
        i, j = spread.index[int(np.argmax(conflict))]
        two = frame[(frame.i == i) & (frame.j == j)].drop_duplicates("v").iloc[:2]
        raise ValueError(
            f"{source}, lines {two.line.iloc[0]} and {two.line.iloc[1]}: the entry "
            f"({labels[0][i]}, {labels[1][j]}) is {two.v.iloc[0]:g} and "
            f"{two.v.iloc[1]:g}; keep one, or ask for their average."
        )
    again = int((spread["size"] > 1).sum())
    notes = ()
    if again:
        how = "averaged" if conflict.any() else "counted once"
        noun = "entry is" if again == 1 else "entries are"
        notes = (f"{again} {noun} given more than once and {how}.",)
    mean = groups["v"].mean()
    index = mean.index.to_frame()
    parts = (index["i"].to_numpy(), index["j"].to_numpy(), mean.to_numpy())
    return Observed(*parts, shape), notes


def header_says(header) -> bool:
    """Whether the names of columns are those of triplets."""
    known = {cell.casefold() for cell in header}
    return all(names & known for names in NAMES)
