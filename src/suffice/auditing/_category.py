"""Inputs whose values are words: each is several columns of zeros and ones."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from suffice._core import did_you_mean
from suffice._core.tables import drop_flag, is_missing, numeric, place, TableError

MOST = 20  # different words of an input
FEWEST = 3  # rows of each of them
LETTER = r"[^\W\d_]"  # what dates and numbers with a comma lack


@dataclasses.dataclass(frozen=True)
class Category:
    """An input whose values are words.

    Every level but the first has a column, which is one where the level holds.

    Attributes:
        name: Name of the column of the file.
        levels: Its values, in alphabetical order.
        columns: Indices of its columns among the inputs.
    """

    name: str
    levels: tuple[str, ...]
    columns: tuple[int, ...]

    def encoded(self, level: str) -> Float[np.ndarray, " columns"]:
        """Return the zeros and ones of a level.

        Raises:
            ValueError: The table has no row of this level.
        """
        if level not in self.levels:
            hint = did_you_mean(level, self.levels) or (
                f"; the table has {', '.join(self.levels)}."
            )
            raise ValueError(f"{self.name!r} has no row with the level {level!r}{hint}")
        row = np.zeros(len(self.columns))
        if place := self.levels.index(level):
            row[place - 1] = 1.0
        return row

    def words(self, x: Float[np.ndarray, "n dim"]) -> list[str]:
        """Return the level of every row of encoded inputs."""
        marks = x[:, list(self.columns)] == 1
        return [self.levels[row.argmax() + 1 if row.any() else 0] for row in marks]


def column_names(name: str, levels: Sequence[str]) -> list[str]:
    """Return the names of the columns of a category."""
    return [f"{name}={level}" for level in levels[1:]]


def read_levels(column: pd.Series, source: object) -> tuple[str, ...]:
    """Return the different words of a column, if it can be an input.

    Raises:
        TableError: There are too many of them, or one has too few rows.
    """
    text = _text(column)
    counts = text[text != ""].value_counts()
    levels = tuple(sorted(counts.index))
    if not text.str.contains(LETTER).any():
        numeric(column, source)  # says which cell is a date, or has a decimal comma
    if len(levels) > min(MOST, len(text) / FEWEST):
        try:
            numeric(column, source)  # says which cell of which line is text
        except TableError as error:
            raise TableError(
                f"{str(error)[:-1]}. It has {len(levels)} different words; up to "
                f"{MOST}, each in {FEWEST} rows, would be an input."
            ) from None
    rare = [level for level in levels if counts[level] < FEWEST]
    if len(levels) > 1 and rare:
        raise TableError(
            f"{source}: {rare[0]!r} stands in {counts[rare[0]]} of {len(text)} rows of "
            f"column {column.name!r}; expected at least {FEWEST} rows of every word: "
            f"give rare ones a common word, or pass {drop_flag(column.name)}."
        )
    return levels


def encode(column: pd.Series, category: Category, source: object) -> np.ndarray:
    """Return zeros and ones `(rows, columns)` for words; NaN where they are missing.

    Raises:
        TableError: A word is no level of the category; the message names its place.
    """
    text = _text(column)
    rows = np.full((len(text), len(category.columns)), np.nan)
    for word in sorted(set(text) - {""}):
        here = (text == word).to_numpy()
        try:
            rows[here] = category.encoded(word)
        except ValueError as error:
            raise TableError(f"{source}, {place(column, here)}: {error}") from None
    return rows


def readable(
    inputs: Sequence[str], categories: Sequence[Category], x: Float[np.ndarray, "n dim"]
) -> dict[str, list[str] | Float[np.ndarray, " n"]]:
    """Return every input by its name in the file, with words where it holds words."""
    words = {category.name: category for category in categories}
    return {
        name: words[name].words(x) if name in words else x[:, columns[0]]
        for columns, name in grouped(inputs, categories)
    }


def grouped(
    inputs: Sequence[str], categories: Sequence[Category]
) -> Iterator[tuple[tuple[int, ...], str]]:
    """The columns of every input, those of one category together, with its name."""
    inside = {j: category for category in categories for j in category.columns}
    for j, name in enumerate(inputs):
        if j not in inside:
            yield (j,), name
        elif j == inside[j].columns[0]:
            yield inside[j].columns, inside[j].name


def _text(column: pd.Series) -> pd.Series:
    """The words of a column without spaces around them; empty where one is missing."""
    text = column.map(str).str.strip()
    gone = column.isna() | is_missing(text.to_numpy(object))
    return text.where(~gone, "")
