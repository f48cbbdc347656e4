"""A folder of finished pieces of work, from which a stopped audit continues."""

import contextlib
import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from suffice._core import Damaged, read_sealed, write_sealed

PROGRAMS = ("suffice", "jax", "jaxlib", "numpy", "scipy")
Arrays = tuple[np.ndarray, ...]


class Memory:
    """Finished pieces of one audit, by name; without a folder nothing is kept.

    A piece is a file of a few arrays that vouches for them; a damaged one is computed
    again. Its name contains a digest of the data, the settings and the versions of the
    programs, so that another audit never reads it. Equal audits at the same time share
    their pieces, which are equal.
    """

    def __init__(self, folder: str | Path | None, *facts: object):
        self.folder = None if folder is None else _checked(Path(folder))
        digest = hashlib.sha256()
        for fact in (*facts, *map(version, PROGRAMS)):
            raw = fact.tobytes() if isinstance(fact, np.ndarray) else str(fact).encode()
            digest.update(len(raw).to_bytes(8, "little") + raw)
        self.digest = digest.hexdigest()[:16]

    def recall(self, name: str, compute: Callable[[], tuple[Any, ...]]) -> Arrays:
        """Return the piece of this name, computing it if it does not exist."""
        if self.folder is None:
            return tuple(map(np.asarray, compute()))
        path = self.folder / f"{self.digest} {name}.piece"
        with contextlib.suppress(FileNotFoundError, Damaged):
            return tuple(read_sealed(path)[1].values())
        arrays = tuple(map(np.asarray, compute()))
        self._keep(path, {f"{place}": array for place, array in enumerate(arrays)})
        return arrays

    def _keep(self, path: Path, arrays: dict[str, np.ndarray]) -> None:
        while True:
            path.parent.mkdir(exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # an equal audit has ended
                return write_sealed(path, {}, arrays)

    def forget(self) -> None:
        """Remove the pieces of this audit, and the folder if it is then empty."""
        if self.folder is None or not self.folder.is_dir():
            return
        for path in self.folder.glob(f"*{self.digest}*"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it holds something else
            self.folder.rmdir()


def _checked(folder: Path) -> Path:
    """Return a folder that is there or can be made."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(
            f"{folder} is a file; finished pieces of work need a folder, there or new."
        )
    if not folder.parent.is_dir():
        raise ValueError(
            f"{folder.parent} does not exist; make it, or name another folder for "
            "finished pieces of work."
        )
    return folder
