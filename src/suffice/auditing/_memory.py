"""A folder of finished pieces of work, from which a stopped audit continues."""

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from suffice._core import read_arrays, whole_file

Arrays = tuple[np.ndarray, ...]


class Memory:
    """Finished pieces of one audit, by name; without a folder nothing is kept.

    A piece is a file of a few arrays, which is written whole or not at all. Its name
    contains a digest of the data, the settings and the versions of the programs, so
    that another audit never reads it.
    """

    def __init__(self, folder: str | Path | None, *facts: object):
        self.folder = None if folder is None else Path(folder)
        digest = hashlib.sha256()
        for fact in (*facts, version("suffice"), version("jax"), version("numpy")):
            raw = fact.tobytes() if isinstance(fact, np.ndarray) else str(fact).encode()
            digest.update(len(raw).to_bytes(8, "little") + raw)
        self.digest = digest.hexdigest()[:16]

    def recall(self, name: str, compute: Callable[[], tuple[Any, ...]]) -> Arrays:
        """Return the piece of this name, computing it if it does not exist."""
        if self.folder is None:
            return tuple(map(np.asarray, compute()))
        path = self.folder / f"{self.digest} {name}.npz"
        if path.exists():
            kept = read_arrays(path)
            return tuple(kept[f"arr_{i}"] for i in range(len(kept)))
        arrays = tuple(map(np.asarray, compute()))
        self.folder.mkdir(exist_ok=True)
        with whole_file(path) as file:
            np.savez(file, *arrays, allow_pickle=False)
        return arrays

    def forget(self) -> None:
        """Remove the pieces of this audit, and the folder if it is then empty."""
        if self.folder is None or not self.folder.is_dir():
            return
        for path in self.folder.glob(f"*{self.digest}*"):
            path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
