"""Reading of a file with one line per entry of a matrix."""

import numpy as np
import pandas as pd

from suffice._core.tables import Cells, is_missing, is_number, TableError
from suffice.completion._entries._observed import Observed

from ._entry_table import entry_numbers, EntryTable, listed, observed_notes

NAMES = (
    {"row", "rows", "i"},
    {"column", "columns", "col", "j"},
    {"value", "values", "v"},
)


def triplets_table(
    cells: Cells,
    named: tuple[str | None, str | None, str | None],
    missing: tuple[str, ...],
    average: bool,
) -> EntryTable:
    """Read the cells as triplets.

    Args:
        cells: The cells of the file.
        named: Names of the columns with rows, columns and values; all or none.
        missing: Further spellings of a missing entry.
        average: Whether several values of one entry are replaced by their mean.

    Raises:
        TableError: A column is not found, a label is blank, an entry has two values, or
            nothing is observed.
    """
    source = str(cells.path)
    places, names, top = _columns(source, cells, named, missing)
    labels, lines = cells.text[top:][:, places[:2]], cells.lines[top:]
    if not len(labels):
        raise TableError(
            f"{source} has a header and no entries; expected at least one."
        )
    _check_labels(source, labels, lines, names)
    values = entry_numbers(cells, places[2], names[2], top, missing, droppable=False)
    row, rows = pd.factorize(labels[:, 0])
    column, columns = pd.factorize(labels[:, 1])
    known = ~np.isnan(values)
    shape = (len(rows), len(columns))
    observed, notes = _once(
        source, (row[known], column[known], values[known]), shape, average,
        (rows, columns), lines[known],
    )  # fmt: skip
    rows, columns = tuple(map(str, rows)), tuple(map(str, columns))
    return EntryTable(
        source=cells.path.name,
        format="triplets",
        rows=rows,
        columns=columns,
        observed=observed,
        asked=np.stack([row[~known], column[~known]], 1),
        names=names,
        cells=cells,
        corner=(top, 0),
        kept=None,
        notes=(*notes, *observed_notes(observed, rows, columns)),
    )


def _columns(
    source: str,
    cells: Cells,
    named: tuple[str | None, str | None, str | None],
    missing: tuple[str, ...],
) -> tuple[list[int], tuple[str, str, str], int]:
    """Return the columns of row, column and value, their names, and the first line."""
    header = list(cells.text[0])
    row, column, value = named
    if row or column or value:
        if not (row and column and value):
            raise TableError(
                "name all three of row, column and value, or none of them."
            )
        names = row, column, value
        for name in names:
            if name not in header:
                raise TableError(
                    f"{source} has no column {name!r}; it has {listed(header)}."
                )
        return [header.index(name) for name in names], names, 1
    if header_says(header):
        folded = [name.casefold() for name in header]
        places = [next(j for j, n in enumerate(folded) if n in k) for k in NAMES]
        row, column, value = (header[j] for j in places)
        return places, (row, column, value), 1
    if len(header) != 3:
        raise TableError(
            f"{source} has {len(header)} columns; name those of the rows, the "
            f"columns and the values among {listed(header)}."
        )
    last = cells.text[0, 2:]
    plain = is_number(last, comma=cells.comma) | is_missing(last, missing)
    if plain.all() and not cells.named:
        return [0, 1, 2], ("row", "column", "value"), 0
    return [0, 1, 2], (header[0], header[1], header[2]), 1


def _check_labels(source, labels, lines, names):
    blank = np.argwhere(labels == "")
    if len(blank):
        i, j = blank[0]
        raise TableError(
            f"{source}, line {lines[i]}, column {names[j]!r}: the label is blank; "
            "every entry needs the label of its row and of its column."
        )


def _once(source, entries, shape, average, labels, lines):
    """Return every entry once; different values are averaged or refused."""
    frame = pd.DataFrame(dict(zip("ijv", entries, strict=True)) | {"line": lines})
    if frame.empty:
        raise TableError(f"{source} holds no observed entry: nothing can be completed.")
    groups = frame.groupby(["i", "j"], sort=True)
    spread = groups["v"].agg(["min", "max", "size"])
    conflict = spread["min"] != spread["max"]
    if conflict.any() and not average:
        i, j = spread.index[int(np.argmax(conflict))]
        two = frame[(frame.i == i) & (frame.j == j)].drop_duplicates("v").iloc[:2]
        raise TableError(
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
    """Return whether the names of columns are those of triplets."""
    known = {cell.casefold() for cell in header}
    return all(names & known for names in NAMES)
