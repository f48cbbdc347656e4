"""Finished pieces of work in a folder, so that a stopped audit goes on."""

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from suffice._core import read_arrays, whole_file

Arrays = tuple[np.ndarray, ...]


class Memory:
    """Pieces of one audit, kept by name; without a folder nothing is kept.

    A piece is a few arrays in a file that appears complete or not at all. Its name
    carries a digest of the data, the settings and the versions of the programs, so that
    a changed question never meets an old answer.
    """

    def __init__(self, folder: str | Path | None, *facts: object):
        self.folder = None if folder is None else Path(folder)
        digest = hashlib.sha256()
        for fact in (*facts, version("suffice"), version("jax"), version("numpy")):
            raw = fact.tobytes() if isinstance(fact, np.ndarray) else str(fact).encode()
            digest.update(len(raw).to_bytes(8, "little") + raw)
        self.digest = digest.hexdigest()[:16]

    def recall(self, name: str, compute: Callable[[], tuple[Any, ...]]) -> Arrays:
        """The piece of this name, computed only if it is not there."""
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
        """Remove these pieces, and the folder when nothing else is in it."""
        if self.folder is None or not self.folder.is_dir():
            return
        for path in self.folder.glob(f"*{self.digest}*"):
            path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
