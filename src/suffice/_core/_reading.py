"""Checks of the file names and other names that a user enters."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path


class TableError(ValueError):
    """An error in a file or its name; the message contains the remedy."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The text `; did you mean '...'?` with the most similar known name, or ''."""
    folded = {k.casefold(): k for k in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""


def check_file(path: str | Path) -> Path:
    """The path, after a check that the file exists and is not empty.

    Raises:
        TableError: The path is a folder, does not exist, or is an empty file.
    """
    path = Path(path)
    if path.is_dir():
        raise TableError(f"{path} is a folder; name the file inside it.")
    if not exists(path) and os.path.islink(path):
        raise TableError(f"{path} is a link that leads to no file; name the file.")
    if not exists(path):
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        hint = did_you_mean(path.name, (p.name for p in siblings))
        raise TableError(f"{path} does not exist{hint or '.'}")
    if not path.is_file():
        raise TableError(f"{path} is a device and no file; name a regular file.")
    if path.stat().st_size == 0:
        raise TableError(f"{path} is empty (0 bytes).")
    return path


def exists(path: Path) -> bool:
    """Whether a file exists; a name that no file can have counts as none."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or with a null character
        return False
