"""A table of text, for page and terminal alike."""

import dataclasses
import re

MISSING = {"", "-", "?"}
NUMBER = re.compile(
    r"""(undefined | -?∞ | (≈\s)? [-+]? \d[\d,]* (\.\d+)? (e[-+]?\d+)?)
    (\s?% | \s[+~])?""",
    re.VERBOSE,
)


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table of text.

    Attributes:
        head: Names of the columns.
        rows: Cells, as many per row as there are names.
        marked: Index of a row to emphasise, or None.
        notes: A sentence below each row, or "" for none; without any, no row has one.
        links: Where the first cell of each row leads; without any, none is a link.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: int | None = None
    notes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def is_numeric(column: tuple[str, ...]) -> bool:
    """Whether every cell of a column is a number, or missing, and one is a number.

    A number may carry a per cent sign, or the mark of an entry that was filled in.
    """
    present = [cell for cell in column if cell not in MISSING]
    return bool(present) and all(NUMBER.fullmatch(cell) for cell in present)
