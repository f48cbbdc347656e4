"""Tables with named columns."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from suffice._core._reading import did_you_mean, TableError

from ._cells import Cells, read_cells, read_parquet
from ._numbers import is_number
from ._separator import MARKS
from ._text import suffix_of

NAMED = 20


def read_frame(
    path: str | Path | pd.DataFrame,
    *,
    delimiter: str | None = None,
    single: bool = False,
) -> pd.DataFrame:
    """Read a table whose first line names its columns.

    Args:
        path: A text file (CSV, TSV or other, plain or gzipped), whose cells remain
            text; a Parquet file; or a data frame, which is copied. Rows of the last two
            are numbered from 0.
        delimiter: The separator of cells in a text file: one character, `tab` or
            `blank`; None determines it from the text.
        single: Whether a table with one column is allowed.

    Raises:
        TableError: The file is missing, a folder, empty or no text; its lines have
            different numbers of cells; it has no rows; or column names are repeated or
            missing.
    """
    if not isinstance(path, str | Path):
        if not hasattr(path, "columns"):
            raise TableError(
                f"the table is a {type(path).__name__}; expected the name of a file or "
                "a data frame, such as pandas.DataFrame({'x': x, 'y': y})."
            )
        return _typed(path, "the data frame")
    path = Path(path)
    if suffix_of(path) == ".parquet":
        frame = read_parquet(path)
        _check_names(list(map(str, frame.columns)), path)
        return _typed(frame, str(path))
    cells = read_cells(path, delimiter)
    _check_separator(cells, single)
    names = list(cells.text[0])
    _check_names(names, path, comma=cells.comma)
    frame = pd.DataFrame(
        {name: cells.column(j, name, 1) for j, name in enumerate(names)}
    )
    return _with_rows(frame[(frame != "").any(axis=1)], path)


def check_columns(
    frame: pd.DataFrame,
    names: Iterable[str],
    source: object,
    role: str,
    remedy: str = "",
) -> None:
    """Check that columns exist.

    Args:
        frame: The table.
        names: The names of the columns.
        source: The file, for messages.
        role: The use of the columns, such as `target` or `input`.
        remedy: A sentence that says what to do.

    Raises:
        TableError: There is no column with one of the names; the message lists the
            columns and suggests a similar name.
    """
    known = list(frame.columns)
    for name in names:
        if name not in known:
            raise TableError(
                f"{source} has no {role} column {name!r}"
                f"{did_you_mean(name, known) or '.'} The columns are "
                f"{', '.join(known[:NAMED])}{', ...' * (len(known) > NAMED)}."
                f"{remedy and ' '}{remedy}"
            )


def _check_separator(cells: Cells, single: bool) -> None:
    if cells.text.shape[1] > 1:
        return
    name = cells.text[0, 0]
    for mark in MARKS:
        if mark != cells.separator and mark in name:
            raise TableError(
                f"{cells.path} has one column when split at {cells.separator!r}, and "
                f"its header contains {mark!r}; pass --delimiter {mark!r}."
            )
    if not single:
        raise TableError(
            f"{cells.path} has the single column {name!r}; expected one target and at "
            "least one input."
        )


def _typed(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """A copy with text as column names and rows that are numbered from 0."""
    names = list(map(str, frame.columns))
    _check_unique(names, source)
    return _with_rows(frame.reset_index(drop=True).set_axis(names, axis=1), source)


def _with_rows(frame: pd.DataFrame, source: str | Path) -> pd.DataFrame:
    if len(frame) == 0:
        raise TableError(f"{source} has a header and no rows.")
    return frame


def _check_unique(names: list[str], source: str | Path) -> None:
    if "" in names:
        place = names.index("") + 1
        raise TableError(f"{source}: column {place} of the header has no name.")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise TableError(f"{source} has more than one column named {repeated[0]!r}.")


def _check_names(names: list[str], source: Path, *, comma: bool = False) -> None:
    _check_unique(names, source)
    if is_number(np.array(names, object), comma=comma).all():
        raise TableError(
            f"{source}: the first line ({', '.join(names[:3])}, ...) holds numbers; "
            "add a header line with the names of the columns."
        )
