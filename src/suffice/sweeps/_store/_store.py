"""The store of a study: a folder that grows and in which no number is replaced.

It holds a manifest, a list of cells for each time that it has grown (a segment), and a
file for each finished cell. Every file vouches for its content.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from suffice._core import Damaged, read_about, remove_partial, write_sealed
from suffice.sweeps._study import Sweepable

from ._cells import Cell, missing
from ._entry import CHECKPOINT, Entry
from ._files import put
from ._manifest import check_same, Manifest, manifest, raised, read_manifest

MANIFEST, SEGMENTS, CELLS = "manifest.json", "segments", "cells"
REMEDY = (
    "Run the same suffice sweep again: it computes what is lost; suffice status "
    "--verify lists it."
)


class Store:
    """A store on disk.

    Args:
        path: Folder of the store.

    Attributes:
        manifest: The description of the store.
        entries: Every listed cell.
        segments: Number of lists of cells.
        flaws: What is wrong with the lists that are lost, by their number.

    Raises:
        ValueError: There is no store, its manifest is damaged, or it has another
            format.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.manifest: Manifest = _manifest_of(self.path)
        files = _cell_files(self.path)  # before the segments, which are written first
        self.entries: list[Entry] = []
        self.flaws: dict[int, str] = {}
        self.segments = _segments(self.path, files)
        for number in range(self.segments):
            try:
                self.entries.extend(self._segment(number))
            except Damaged as error:
                self.flaws[number] = str(error)
            except FileNotFoundError:
                lost = segment_path(self.path, number)
                self.flaws[number] = f"{lost} is damaged: it is missing."

    def _segment(self, number: int) -> list[Entry]:
        path = segment_path(self.path, number)
        listed = read_about(path).get("cells")
        if not isinstance(listed, dict):
            raise Damaged(f"{path} is damaged: it lists no cells.")
        cells = {
            index: Cell.from_table(table, self.manifest.axes, path)
            for index, table in listed.items()
        }
        folder = self.path / CELLS
        return [
            Entry(
                folder, f"{number:04d}-{_index(index, path):06d}", cell, self.manifest
            )
            for index, cell in cells.items()
        ]


def segment_path(path: Path, number: int) -> Path:
    """The file of a segment."""
    return path / SEGMENTS / f"{number:04d}.json"


def _index(text: str, path: Path) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text) is None:
        raise Damaged(f"{path} is damaged: {text!r} is no number of a cell.")
    return int(text)


def _manifest_of(path: Path) -> Manifest:
    for name in (SEGMENTS, CELLS):
        if (path / name).is_symlink():
            raise ValueError(f"{path / name} is a link, so {path} is no store.")
    if (path / SEGMENTS / "0000").is_dir():
        raise ValueError(
            f"{path} has an older format; sweep the study into a new store."
        )
    try:
        return read_manifest(path / MANIFEST)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ValueError(
            f"{path} is no store: it has no {MANIFEST}. A store is the folder that "
            "suffice sweep wrote."
        ) from error


def _cell_files(path: Path) -> list[tuple[int, int]]:
    """Segment and number of every file of a cell."""
    names = [file.name for file in (path / CELLS).glob("*.cell")]
    found = [re.fullmatch(r"([0-9]{4})-([0-9]{6,9})\.cell", name) for name in names]
    return [(int(m[1]), int(m[2])) for m in found if m]


def _segments(path: Path, files: Iterable[tuple[int, int]]) -> int:
    """The number of segments, of those that are lost, too."""
    named = [file.name for file in (path / SEGMENTS).glob("*.json")]
    numbers = [int(n[:4]) for n in named if re.fullmatch(r"[0-9]{4}\.json", n)]
    return 1 + max([*numbers, *(segment for segment, _ in files)], default=-1)


def prepare(study: Sweepable, path: str | Path) -> Store:
    """Make, repair or open the store of a study and list the study's cells in it.

    Any number of processes may prepare the same store at the same time: files appear
    whole, and the second process reads what the first one wrote.

    Raises:
        ValueError: The folder holds another study, or it is no store.
    """
    path = Path(path)
    _describe(study, path)
    store = Store(path)
    check_same(store.manifest, study, path)
    described = raised(path / MANIFEST, study)
    if described is not None:
        put(path / MANIFEST, described)
    for folder in (path, path / SEGMENTS, path / CELLS):
        folder.mkdir(exist_ok=True)
        remove_partial(folder)
    for left in (path / CELLS).glob(f"*{CHECKPOINT}"):
        if left.with_suffix(".cell").exists():  # the process was killed between them
            left.unlink(missing_ok=True)
    for number in store.flaws:
        _rescue(store, number)
    if store.flaws or described is not None:
        store = Store(path)
    while new := missing(study, (entry.cell for entry in store.entries)):
        with contextlib.suppress(FileExistsError):  # another process was faster
            listed = _listed(dict(enumerate(new)))
            write_sealed(segment_path(path, store.segments), listed, replace=False)
        store = Store(path)
    return store


def _describe(study: Sweepable, path: Path) -> None:
    """Write the manifest of a store that has none, or whose manifest is damaged."""
    described, held, lost = manifest(study), path / MANIFEST, False
    if os.path.lexists(held):
        try:
            _manifest_of(path)
            return
        except Damaged:
            if not (path / SEGMENTS).is_dir():
                raise
            lost = True
    elif path.exists() and (not path.is_dir() or _foreign(path)):
        raise ValueError(
            f"{path} exists and is no store; give a new or an empty folder."
        )
    _check_cells(described["digest"], path)
    path.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # another process has made the store
        if lost:
            put(held, described)
        else:
            write_sealed(held, described, replace=False)


def _foreign(path: Path) -> bool:
    """Whether a folder holds anything that no store holds."""
    visible = {inside.name for inside in path.iterdir() if inside.name[0] != "."}
    return bool(visible - {SEGMENTS, CELLS, MANIFEST})  # another process may be faster


def _check_cells(digest: str, path: Path) -> None:
    """Refuse to give cells of another study the manifest of this one."""
    for segment, index in _cell_files(path):
        about = _about(path, segment, index)
        if about is not None and about.get("study") != digest:
            raise ValueError(
                f"{path / MANIFEST} is lost, and the cells belong to another study. "
                "Nothing was written; use a new store for this study."
            )


def _rescue(store: Store, number: int) -> None:
    """List the cells of a lost segment again, as far as their files name them."""
    found: dict[int, Cell] = {}
    for segment, index in _cell_files(store.path):
        if segment != number:
            continue
        about = _about(store.path, segment, index) or {}
        try:
            cell = Cell.from_table(about.get("cell"), store.manifest.axes, store.path)
        except Damaged:
            (store.path / CELLS / f"{segment:04d}-{index:06d}.cell").unlink()
        else:
            found[index] = cell
    put(segment_path(store.path, number), _listed(found))


def _about(path: Path, segment: int, index: int) -> dict[str, Any] | None:
    try:
        return read_about(path / CELLS / f"{segment:04d}-{index:06d}.cell")
    except (Damaged, FileNotFoundError):
        return None


def _listed(cells: Mapping[int, Cell]) -> dict[str, Any]:
    return {"cells": {f"{index}": cell.plain() for index, cell in cells.items()}}
