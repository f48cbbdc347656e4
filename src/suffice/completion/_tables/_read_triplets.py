"""Reading of a file with one line per entry of a matrix."""

import re

import numpy as np
import pandas as pd

from suffice._core.tables import Cells, TableError
from suffice.completion._entries._observed import Observed

from ._entry_table import entry_numbers, EntryTable, listed, observed_notes
from ._layout import find_column, folded, Header, Kinds, name_of

NAMES = (
    {"row", "rows", "i", "user", "userid", "subject", "person", "student", "rater",
     "judge", "customer", "reviewer"},
    {"column", "columns", "col", "j", "item", "itemid", "movie", "movieid", "film",
     "filmid", "product", "book", "song", "question", "track"},
    {"value", "values", "v", "rating", "score", "stars", "response"},
)  # fmt: skip
STAMP = 1e8  # integers from here on are time stamps
LEAST, LEAST_TEXT = 12, 3  # lines from which three columns can be triplets
SPARSE = 1.2  # a grid that is this much larger than the number of lines has holes

Named = tuple[str | None, str | None, str | None]


def triplets_table(
    cells: Cells,
    header: Header,
    places: list[int],
    missing: tuple[str, ...],
    average: bool,
) -> EntryTable:
    """Read the cells as triplets.

    Args:
        cells: The cells of the file.
        header: Whether the first line names the columns.
        places: The columns with the labels of rows and of columns, and the values.
        missing: Further spellings of a missing entry.
        average: Whether several values of one entry are replaced by their mean.

    Raises:
        TableError: A label is blank, an entry has two values, or nothing is observed.
    """
    source, top = str(cells.path), header.top
    row_name, column_name, value_name = (name_of(cells, top, j) for j in places)
    names = (row_name, column_name, value_name) if top else ("row", "column", "value")
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
        top=top,
        kept=None,
        reading=_reading(cells, header, places),
        notes=(*notes, *observed_notes(observed, rows, columns)),
    )


def _reading(cells: Cells, header: Header, places: list[int]) -> str:
    names = [name_of(cells, header.top, j) for j in places]
    rest = [
        name_of(cells, header.top, j)
        for j in range(cells.text.shape[1])
        if j not in places
    ]
    ignored = f"; ignored: {listed(rest)}" if rest else ""
    return (
        f"one entry per line: rows in {names[0]}, columns in {names[1]}, values in "
        f"{names[2]}; {header.reason}{ignored}"
    )


def named_places(cells: Cells, header: Header, named: Named) -> list[int]:
    """Return the columns that are named as those of row, column and value.

    Raises:
        TableError: Not all three are named, or there is no such column.
    """
    row, column, value = named
    if row is None or column is None or value is None:
        raise TableError("name all three of row, column and value, or none of them.")
    return [find_column(cells, header.top, name) for name in (row, column, value)]


def header_places(cells: Cells) -> list[int] | None:
    """Return the columns whose names are those of triplets; None if there are none."""
    names = [folded(cell) for cell in cells.text[0]]
    places = [next((j for j, n in enumerate(names) if n in k), None) for k in NAMES]
    found = [place for place in places if place is not None]
    return found if len(found) == len(NAMES) else None


def shaped_places(cells: Cells, kind: Kinds, top: int) -> list[int] | None:
    """Return the three columns of a file that has the shape of triplets, or None.

    The first two hold text or integers, every pair occurs once and each value more
    than once, and the third holds numbers. Then the second has text, or a further
    column has time stamps, or the pairs leave holes in their grid.
    """
    body, text = cells.text[top:], kind.text[top:]
    width = body.shape[1]
    stamps = [j for j in range(2, width) if len(body) and _is_stamp(body[:, j])]
    places = [j for j in range(width) if j not in stamps]
    if len(places) != 3 or places[:2] != [0, 1]:
        return None
    words = text[:, :2].any()
    if len(body) < (LEAST_TEXT if words else LEAST) or text[:, places[2]].any():
        return None
    sides = body[:, 0], body[:, 1]
    if not all(_are_labels(side, text[:, j]) for j, side in enumerate(sides)):
        return None
    counts = [len(set(side)) for side in sides]
    if len(set(zip(*sides, strict=True))) < len(body) or max(counts) == len(body):
        return None
    holes = counts[0] * counts[1] >= SPARSE * len(body)
    return places if text[:, 1].any() or stamps or holes else None


def _are_labels(cells, is_text) -> bool:
    return all(cell.lstrip("+-").isdigit() for cell in cells[~is_text])


def _is_stamp(cells) -> bool:
    """Return whether a column holds dates, or integers that count seconds."""
    if all(cell.isdigit() and float(cell) >= STAMP for cell in cells):
        return True
    return all(re.match(r"\d{4}-\d{1,2}-\d{1,2}", cell) for cell in cells)


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
