"""The store of a study: a folder of segments that grows and is never rewritten."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suffice.sweeps._study import Sweepable

from ._cells import missing
from ._files import clean, new_folder, read_json, write_json
from ._manifest import check_same, FORMAT, manifest
from ._segment import FAILED, fill_segment, Segment

MANIFEST = "manifest.json"


@dataclasses.dataclass(frozen=True)
class Entry:
    """A cell together with its place in a store."""

    segment: Segment
    index: int

    @property
    def cell(self):
        """The cell itself: a point of the grid with its seeds."""
        return self.segment.cells[self.index]

    @property
    def name(self) -> str:
        """Segment and number of the cell, which are unique in the store."""
        return f"{self.segment.path.name}-{self.index:06d}"

    def marker(self) -> dict | None:
        """The marker; None while the cell is pending."""
        return self.segment.marker(self.index)


class Store:
    """A store on disk.

    Args:
        path: Folder of the store.

    Raises:
        ValueError: There is no store, or it is damaged or of another format.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self.manifest: dict[str, Any] = read_json(self.path / MANIFEST)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ValueError(
                f"{path} is no store: it has no {MANIFEST}. A store is the folder that "
                "suffice sweep wrote."
            ) from error
        if self.manifest.get("format") != FORMAT:
            raise ValueError(
                f"{path} has format {self.manifest.get('format')!r}, this version "
                f"reads {FORMAT}; install the version of suffice that wrote it: "
                f"{self.manifest.get('versions', {}).get('suffice')}."
            )
        self.segments = [Segment(folder) for folder in self._folders()]

    def _folders(self) -> list[Path]:
        folders = (self.path / "segments").iterdir()
        return sorted(folder for folder in folders if folder.name.isdigit())

    def entries(self) -> Iterator[Entry]:
        """Every listed cell."""
        for segment in self.segments:
            for index in range(len(segment.cells)):
                yield Entry(segment, index)


def prepare(study: Sweepable, path: str | Path) -> Store:
    """Make or open the store of a study and list the study's cells in it.

    Any number of processes may prepare the same store at the same time: folders
    appear whole, and the second process reads what the first one wrote.

    Raises:
        ValueError: The folder holds another study, or it is no store.
    """
    path = Path(path)
    if not (path / MANIFEST).exists():
        _create(study, path)
    store = Store(path)
    check_same(store.manifest, study, path)
    clean(path)
    while new := missing(study, (entry.cell for entry in store.entries())):
        folder = path / "segments" / f"{len(store.segments):04d}"
        try:
            with new_folder(folder) as partial:
                fill_segment(partial, new, study.variables())
        except FileExistsError:
            pass
        store = Store(path)
    return store


def _create(study: Sweepable, path: Path) -> None:
    taken = path.exists() and (not path.is_dir() or any(path.iterdir()))
    if taken and not (path / MANIFEST).exists():  # else another process made it
        raise ValueError(
            f"{path} exists and is no store; give a new or an empty folder."
        )
    described = manifest(study)
    try:
        with new_folder(path) as partial:
            (partial / "segments").mkdir()
            write_json(partial / MANIFEST, described)
    except FileExistsError:
        if not (path / MANIFEST).exists():
            raise


def failed(marker: dict | None) -> bool:
    """Whether a cell failed."""
    return marker is not None and marker["status"] == FAILED
