"""Cells, the units of work: a point of the grid with a range of seeds."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from suffice._core import Damaged
from suffice.sweeps._grid import axes, points
from suffice.sweeps._seeds import canonical
from suffice.sweeps._study import BLOCK, Sweepable


@dataclasses.dataclass(frozen=True)
class Cell:
    """The seeds `start, ..., stop - 1` at one point of the grid."""

    point: Mapping[str, Any]
    start: int
    stop: int

    @property
    def size(self) -> int:
        """The number of seeds."""
        return self.stop - self.start

    @classmethod
    def from_table(cls, table: Any, axes: Collection[str], path: Path) -> "Cell":
        """The cell that `plain` described.

        Args:
            table: What a file says.
            axes: The varied fields of the store.
            path: The file, for the message.

        Raises:
            Damaged: The table describes no cell of this store.
        """
        whole = isinstance(table, dict) and set(table) == {"point", "start", "stop"}
        if whole and isinstance(table["point"], dict):
            start, stop = table["start"], table["stop"]
            ends = type(start) is int and type(stop) is int and 0 <= start < stop
            if ends and set(table["point"]) == set(axes):
                return cls(table["point"], start, stop)
        raise Damaged(f"{path} is damaged: {table!r:.200} is no cell of this store.")

    def plain(self) -> dict[str, Any]:
        """The cell as JSON holds it."""
        return {"point": dict(self.point), "start": self.start, "stop": self.stop}

    def __str__(self) -> str:
        fields = [f"{path} = {canonical(value)}" for path, value in self.point.items()]
        return ", ".join([*fields, f"seeds {self.start} to {self.stop - 1}"])


def missing(study: Sweepable, cells: Iterable[Cell]) -> list[Cell]:
    """The cells of a study that are not among the given ones.

    Args:
        study: The study with its grid.
        cells: The cells that a store lists already; they may have any sizes.
    """
    listed: dict[str, list[Cell]] = {}
    for cell in cells:
        listed.setdefault(canonical(cell.point), []).append(cell)
    block = getattr(study, "block", BLOCK)
    return [
        Cell(point, start, min(start + block, stop))
        for point in points(axes(study))
        for first, stop in _gaps(study.seeds, listed.get(canonical(point), ()))
        for start in range(first, stop, block)
    ]


def _gaps(seeds: int, cells: Iterable[Cell]) -> Iterator[tuple[int, int]]:
    first = 0
    for cell in sorted(cells, key=lambda cell: cell.start):
        if first < min(cell.start, seeds):
            yield first, min(cell.start, seeds)
        first = max(first, cell.stop)
    if first < seeds:
        yield first, seeds
