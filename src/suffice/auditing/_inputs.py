"""Columns of inputs: numbers as they are, words as columns of zeros and ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from suffice._core.tables import (
    check_columns,
    is_text,
    numeric,
    place,
    read_frame,
    TableError,
)

from ._category import Category, column_names, encode, grouped, read_levels


def read_words(
    frame: pd.DataFrame,
    names: Sequence[str],
    source: str,
    repair: bool,
    notes: list[str],
) -> dict[str, tuple[str, ...]]:
    """The levels of every column of words; none for one that is left out.

    Raises:
        TableError: A column has too many words or rare ones, and `repair` is False; or
            no column is left.
    """
    words: dict[str, tuple[str, ...]] = {}
    for name in names:
        if not is_text(column := column_of(frame, name)):
            continue
        try:
            words[name] = read_levels(column, source)
        except TableError:
            if not repair:
                raise
            words[name] = ()
            notes.append(f"column {name!r} is text: dropped.")
        if len(words[name]) == 1:
            words[name] = ()
            notes.append(f"column {name!r} is constant: dropped.")
        if words[name]:
            notes.append(
                f"column {name!r} has {len(words[name])} words: each but "
                f"{words[name][0]!r} becomes an input that is 1 where it stands and 0 "
                "elsewhere."
            )
    if all(name in words and not words[name] for name in names):
        raise TableError("no input column is left that can be used; expected numbers.")
    return words


def encoded(
    frame: pd.DataFrame,
    names: Sequence[str],
    words: Mapping[str, tuple[str, ...]],
    source: str,
) -> tuple[dict[str, list[str]], dict[str, np.ndarray]]:
    """The names of the columns of every input, and all columns as numbers.

    Raises:
        TableError: A cell of a column of numbers is none, or a name is taken.
    """
    blocks, columns = {}, {}
    for name in names:
        column, levels = column_of(frame, name), words.get(name)
        if levels is None:
            blocks[name], columns[name] = [name], numeric(column, source)
            continue
        blocks[name] = column_names(name, levels)
        if taken := set(blocks[name]) & set(frame.columns):
            raise TableError(
                f"{source}: column {taken.pop()!r} has the name of a word of column "
                f"{name!r}; rename it."
            )
        category = Category(name, levels, tuple(range(len(levels) - 1)))
        coded = encode(column, category, source)
        columns |= dict(zip(blocks[name], coded.T, strict=True))
    return blocks, columns


def say_booleans(frame: pd.DataFrame, notes: list[str]) -> None:
    """Note which columns are true or false."""
    for name in frame.columns:
        cells = {str(cell).strip().lower() for cell in frame[name].dropna().unique()}
        if cells and cells <= {"true", "false"}:
            notes.append(f"column {name!r} is true/false: read as 1 and 0.")


def read_rows(
    path: str | Path,
    inputs: Sequence[str],
    categories: Sequence[Category] = (),
    *,
    delimiter: str | None = None,
) -> Float[np.ndarray, "rows columns"]:
    """Return the inputs in a file, in its order.

    Args:
        path: Text file, plain or gzipped, or Parquet file, with at least these columns.
        inputs: Names of the inputs, as in `Table`.
        categories: Inputs whose values are words.
        delimiter: Separator of the cells of a text file; None detects it.

    Raises:
        TableError: A column is missing, or holds anything but numbers or known words.
    """
    frame = read_frame(path, delimiter=delimiter, single=True)
    words = {category.name: category for category in categories}
    names = [name for _, name in grouped(inputs, categories)]
    check_columns(frame, names, path, "input")
    x = np.empty((len(frame), len(inputs)))
    for columns, name in grouped(inputs, categories):
        column = column_of(frame, name)
        if name in words:
            x[:, columns] = encode(column, words[name], path)
        else:
            x[:, columns[0]] = numeric(column, path, missing_ok=False, otherwise="")
    if (gone := np.atleast_1d(np.isnan(x).any(1))).any():
        raise TableError(
            f"{path}, {place(frame, gone)}: a word is missing; fill it in."
        )
    return x


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """The first column of a name."""
    return frame.iloc[:, frame.columns.get_indexer([name])[0]]
