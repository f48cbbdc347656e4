"""A table of text, for page and terminal alike."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table of text.

    Attributes:
        head: Names of the columns.
        rows: Cells, as many per row as there are names.
        marked: Index of a row to emphasise, or None.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: int | None = None


def is_numeric(column: tuple[str, ...]) -> bool:
    """Whether every cell of a column begins with a number."""
    return all(cell.lstrip("-≈ ")[:1].isdigit() or cell == "∞" for cell in column)
