"""The content of a file of entries, and the checks common to both formats."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from suffice._core import Hidden, Result
from suffice._core.tables import Cells, DROP, numeric, TableError
from suffice.completion._entries._observed import Observed

Format = Literal["matrix", "triplets"]
NAMED = 3  # largest number of labels listed in one sentence
SPELLING = "name the spelling of a missing entry with --missing"


@dataclasses.dataclass(frozen=True)
class EntryTable(Result):
    """Observed entries of a matrix with the labels of its rows and columns.

    Attributes:
        source: Name of the file.
        format: `matrix`: one line per row; `triplets`: one line per entry.
        rows: Label of every row.
        columns: Label of every column.
        observed: The observed entries.
        asked: For triplets: row and column of each line without a value, `(asked, 2)`.
        names: Names of the columns of triplets.
        cells: The cells of the file as they were written.
        top: Index of the line of cells at which the entries begin.
        kept: For a matrix: which columns of the cells are columns of the matrix.
        reading: How the file was read, as the end of a sentence.
        notes: What is unusual about the file, and how it was read.
    """

    source: str
    format: Format
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    observed: Hidden[Observed] = dataclasses.field(repr=False)
    asked: Hidden[Int[np.ndarray, "asked 2"]]
    names: Hidden[tuple[str, str, str]]
    cells: Hidden[Cells] = dataclasses.field(repr=False)
    top: Hidden[int]
    kept: Hidden[Int[np.ndarray, " columns"] | None]
    reading: str
    notes: tuple[str, ...] = ()

    def headline(self) -> str:
        """Say in one sentence what was read."""
        m, n = self.observed.shape
        return (
            f"{self.source}: {len(self.observed.values)} entries of a {m} x {n} matrix."
        )

    def shown(self) -> dict[str, Any]:
        """Return how the file was read, and the notes."""
        return {"read as": self.reading, "notes": " ".join(self.notes)}

    def derived(self) -> dict[str, Any]:
        """Return the number of observed entries."""
        return {"observed": len(self.observed.values)}


def entry_numbers(
    cells: Cells,
    j: int,
    name: str,
    top: int,
    missing: tuple[str, ...],
    *,
    droppable: bool,
) -> Float[np.ndarray, " rows"]:
    """Return the numbers of one column of a file, NaN where nothing was observed."""
    column = cells.column(j, name, top)
    advice = f"{SPELLING}, or {DROP}" if droppable else SPELLING
    return numeric(
        column, cells.path, missing=missing, largest=np.inf, otherwise=advice
    )


def check_any(source, observed):
    """Raise a TableError for a file without a value."""
    if not len(observed.values):
        raise TableError(f"{source} holds no observed entry: nothing can be completed.")


def observed_notes(observed: Observed, rows, columns) -> tuple[str, ...]:
    """Return notes on empty rows and columns, and on zeros."""
    notes = []
    for indices, labels, side in (
        (observed.rows, rows, "rows"),
        (observed.columns, columns, "columns"),
    ):
        empty = np.setdiff1d(np.arange(len(labels)), indices)
        if len(empty):
            empty_labels = listed([labels[i] for i in empty])
            noun = side if len(empty) > 1 else side[:-1]
            notes.append(f"No entry is observed in {noun} {empty_labels}.")
    zeros = int((observed.values == 0).sum())
    if zeros:
        noun, verb = ("entry", "is") if zeros == 1 else ("entries", "are")
        notes.append(
            f"{zeros} observed {noun} {verb} exactly 0; if 0 stands for missing, "
            "pass --missing 0."
        )
    return tuple(notes)


def listed(names) -> str:
    """Return the first names as a text, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(str, names[:NAMED])) + more
