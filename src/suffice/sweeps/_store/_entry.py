"""A cell in a store: one file with its numbers, or with the reason of its failure."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from suffice._core import Damaged, read_about, read_sealed
from suffice.sweeps._limits import is_short, Shorter
from suffice.sweeps._plain import from_plain, to_plain

from ._cells import Cell
from ._files import put
from ._manifest import Manifest

CHECKPOINT = ".checkpoint"
DONE, FAILED, DAMAGED, SHORT = "done", "failed", "damaged", "short"


@dataclasses.dataclass(frozen=True)
class Marker:
    """What is known of a cell that is not pending.

    Attributes:
        status: What became of it; `short` if runs met limits that are larger now.
        reason: Why it failed, or what is wrong with its file.
        outcomes: Number of runs by outcome, if the study records outcomes.
        computes: What the functions computed that the study names, by their names.
        limits: The limits that some run met, by the paths of their fields.
        wall_s: Seconds of computation.
        finished: Seconds since 1970 at its end.
        versions: The software and the processor.
        host: Name of the computer.
        process: Number of the process.
        traceback: Where it failed.
    """

    status: Literal["done", "failed", "damaged", "short"]
    reason: str = ""
    outcomes: Mapping[str, int] = dataclasses.field(default_factory=dict)
    computes: Mapping[str, tuple[float, ...]] = dataclasses.field(default_factory=dict)
    limits: Mapping[str, float] = dataclasses.field(default_factory=dict)
    wall_s: float = 0.0
    finished: float = 0.0
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    host: str = ""
    process: int = 0
    traceback: str = ""


MARKED = tuple(field.name for field in dataclasses.fields(Marker))


@dataclasses.dataclass(frozen=True)
class Entry:
    """A cell together with its place in a store.

    Attributes:
        folder: Folder of the files of all cells.
        name: Segment and number of the cell, which are unique in the store.
        cell: A point of the grid with its seeds.
        manifest: The manifest of the store.
    """

    folder: Path
    name: str
    cell: Cell
    manifest: Manifest

    @property
    def path(self) -> Path:
        """The file of the cell, which is whole or absent."""
        return self.folder / f"{self.name}.cell"

    @property
    def checkpoint(self) -> Path:
        """The file of the state of the cell while it is computed."""
        return self.path.with_suffix(CHECKPOINT)

    def marker(self) -> Marker | None:
        """What its file says of the cell; None while it is pending."""
        try:
            return self._marker(read_about(self.path))
        except FileNotFoundError:
            return None
        except Damaged as error:
            return Marker(DAMAGED, str(error))

    def read(self) -> tuple[Marker | None, dict[str, np.ndarray]]:
        """The marker after a check of the numbers, and the numbers if it has them."""
        try:
            about, arrays = read_sealed(self.path)
            return self._marker(about), arrays
        except FileNotFoundError:
            return None, {}
        except Damaged as error:
            return Marker(DAMAGED, str(error)), {}

    def shorter(self) -> Shorter | None:
        """The numbers under lower limits, if there are any."""
        marker, values = self.read()
        if marker is None or marker.status != SHORT:
            return None
        return Shorter(marker.limits, values)

    def write(self, marker: Marker, values: Mapping[str, np.ndarray]) -> None:
        """Write the numbers of the cell with its marker, and drop its checkpoint."""
        listed = {name: values[name] for name in self.manifest.variables if values}
        put(self.path, to_plain(marker) | self._named(), listed)
        self.checkpoint.unlink(missing_ok=True)

    def _named(self) -> dict[str, Any]:
        return {"cell": self.cell.plain(), "study": self.manifest.digest}

    def _marker(self, about: Mapping[str, Any]) -> Marker:
        """The marker, if the file belongs to this cell and lists its variables."""
        try:
            known = {name: about[name] for name in MARKED}
            marker = from_plain(Marker, known, where=str(self.path))
        except (KeyError, ValueError) as error:
            raise Damaged(f"{self.path} is damaged: {error}") from error
        if marker.status not in (DONE, FAILED):
            raise Damaged(f"{self.path} is damaged: it is no finished cell.")
        expected = self._named()
        named = {name: about.get(name) for name in expected}
        listed = self._listed() if marker.status == DONE else []
        if named != expected or about["arrays"] != listed:
            raise Damaged(f"{self.path} is damaged: it is the file of another cell.")
        if is_short(marker.limits, self.manifest.limits):
            return dataclasses.replace(marker, status=SHORT)
        return marker

    def _listed(self) -> list:
        return [
            [name, dtype, [self.cell.size, *shape]]
            for name, dtype, shape in self.manifest.recorded
        ]
