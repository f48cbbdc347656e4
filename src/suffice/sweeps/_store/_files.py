"""The files of a store, which only a sweep of this store may replace."""

import contextlib
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from suffice._core import write_sealed


def put(
    path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None
) -> None:
    """Write a file of a store in the place of what is there, which is damaged."""
    with contextlib.suppress(FileNotFoundError):
        kind = path.lstat().st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
            path.unlink()  # a link or a pipe; where it leads, nothing is changed
    write_sealed(path, about, arrays)
