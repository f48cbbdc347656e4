"""What a file of entries holds, and what is checked whichever way it is written."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Int

from suffice._core import Hidden, Result
from suffice.completion._entries._observed import Observed

Format = Literal["matrix", "triplets"]
NAMED = 3  # labels in one sentence


@dataclasses.dataclass(frozen=True)
class EntryTable(Result):
    """Observed entries of a matrix with the labels of its rows and columns.

    Attributes:
        source: Name of the file.
        format: `matrix`: one line per row; `triplets`: one line per entry.
        rows: Label of every row.
        columns: Label of every column.
        observed: The observed entries.
        asked: For triplets: row and column of the lines without a value, `(asked, 2)`.
        names: Names of the columns of triplets.
        cells: For a matrix: the cells of the file.
        corner: For a matrix: where its entries begin in the cells.
        kept: For a matrix: which columns of the cells are columns of the matrix.
        delimiter: Between two cells.
        notes: What was done to the file while reading it.
    """

    source: str
    format: Format
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    observed: Hidden[Observed] = dataclasses.field(repr=False)
    asked: Hidden[Int[np.ndarray, "asked 2"]]
    names: Hidden[tuple[str, str, str]]
    cells: Hidden[Any]
    corner: Hidden[tuple[int, int]]
    kept: Hidden[Int[np.ndarray, " columns"] | None]
    delimiter: Hidden[str]
    notes: tuple[str, ...] = ()

    def headline(self) -> str:
        """What was read, in one sentence."""
        m, n = self.observed.shape
        return (
            f"{self.source}: {len(self.observed.values)} entries of a {m} x {n} matrix."
        )

    def shown(self) -> dict[str, Any]:
        """What was done to the file."""
        return {"format": self.format, "notes": " ".join(self.notes)}

    def derived(self) -> dict[str, Any]:
        """The number of observed entries."""
        return {"observed": len(self.observed.values)}


def check_numbers(source, body, numbers, out, top, names):
    """Refuse text and infinite values, with their place."""
    text = np.argwhere(np.isnan(numbers) & ~out)
    if len(text):
        i, j = text[0]
        raise ValueError(
            f"{source}, line {i + top + 1}, column {names[j]}: {body[i, j]!r} is no "
            "number; leave missing entries blank, name their spelling as missing, or "
            "drop the column."
        )
    infinite = np.argwhere(np.isinf(numbers) & ~out)
    if len(infinite):
        i, j = infinite[0]
        raise ValueError(
            f"{source}, line {i + top + 1}, column {names[j]}: {body[i, j]!r} is "
            "infinite; leave the entry blank if it is unknown."
        )


def check_any(source, observed):
    """Refuse a file without a value."""
    if not len(observed.values):
        raise ValueError(f"{source} holds no observed entry: nothing can be completed.")


def observed_notes(observed: Observed, rows, columns) -> tuple[str, ...]:
    """Empty rows and columns, and zeros."""
    notes = []
    for at, labels, side in (
        (observed.rows, rows, "rows"),
        (observed.columns, columns, "columns"),
    ):
        empty = np.setdiff1d(np.arange(len(labels)), at)
        if len(empty):
            named = listed([labels[i] for i in empty])
            noun = side if len(empty) > 1 else side[:-1]
            notes.append(f"No entry is observed in {noun} {named}.")
    zeros = int((observed.values == 0).sum())
    if zeros:
        noun, verb = ("entry", "is") if zeros == 1 else ("entries", "are")
        notes.append(
            f"{zeros} observed {noun} {verb} exactly 0; if 0 stands for missing, name "
            "it as missing."
        )
    return tuple(notes)


def listed(names) -> str:
    """The first of some names."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(str, names[:NAMED])) + more
