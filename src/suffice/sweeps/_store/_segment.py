"""A segment: a list of cells, their arrays, and a marker for each finished cell."""

import functools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import zarr

from suffice._core import PARTIAL, sync
from suffice.sweeps._study import Variable

from ._cells import Cell
from ._files import read_json, write_json

DONE, FAILED = "done", "failed"


def fill_segment(
    path: Path, cells: Sequence[Cell], variables: Mapping[str, Variable]
) -> None:
    """Fill a new folder with the arrays of some cells; their shapes never change.

    Arrays have the axes `(cell, seed, ...)` and one chunk per cell, so that two cells
    never share a file.
    """
    block = max(cell.size for cell in cells)
    group = zarr.open_group(path / "data", mode="w-", zarr_format=3)
    for name, variable in variables.items():
        group.create_array(
            name,
            shape=(len(cells), block, *variable.shape),
            chunks=(1, block, *variable.shape),
            dtype=variable.dtype,
            fill_value=variable.fill,
            dimension_names=("cell", "seed", *variable.dims),
            attributes=dict(variable.attrs),
        )
    (path / "cells").mkdir()
    listed = [
        {"point": dict(cell.point), "start": cell.start, "stop": cell.stop}
        for cell in cells
    ]
    write_json(path / "segment.json", {"cells": listed})


class Segment:
    """A segment on disk."""

    def __init__(self, path: Path):
        self.path = path
        listed = read_json(path / "segment.json")["cells"]
        self.cells = [Cell(c["point"], c["start"], c["stop"]) for c in listed]

    @functools.cached_property
    def arrays(self) -> dict[str, zarr.Array]:
        """The arrays by name, opened for writing."""
        group = zarr.open_group(self.path / "data", mode="r+")
        return dict(group.arrays())

    def write(self, index: int, values: Mapping[str, np.ndarray], about: dict) -> None:
        """Write the numbers of a cell, then its marker."""
        size = self.cells[index].size
        for name, array in self.arrays.items():
            array[index, :size] = values[name]
            self._sync_chunk(name, index)
        self.mark(index, about)

    def _sync_chunk(self, name: str, index: int) -> None:
        folder = self.path / "data" / name / "c" / str(index)
        for parent, _, files in os.walk(folder):
            for file in files:
                if not file.endswith(PARTIAL):  # another process is writing it
                    sync(Path(parent) / file)

    def mark(self, index: int, about: dict) -> None:
        """Write the marker of a cell."""
        write_json(self._marker(index), about)

    def marker(self, index: int) -> dict | None:
        """The marker of a cell; None while the cell is pending."""
        try:
            return read_json(self._marker(index))
        except FileNotFoundError:
            return None

    def _marker(self, index: int) -> Path:
        return self.path / "cells" / f"{index:06d}.json"
