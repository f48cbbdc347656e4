"""Files that a user names: whether they are there, and how mistakes are told."""

import difflib
from collections.abc import Iterable
from pathlib import Path


class TableError(ValueError):
    """A file that cannot be read as asked, and what to do about it."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name as a question, or nothing."""
    folded = {k.casefold(): k for k in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""


def check_file(path: str | Path) -> Path:
    """The path of a file that exists and is not empty.

    Raises:
        TableError: It is a folder, is not there, or has no content.
    """
    path = Path(path)
    if path.is_dir():
        raise TableError(f"{path} is a folder; name the file inside it.")
    if not path.exists():
        there = path.parent.iterdir() if path.parent.is_dir() else ()
        hint = did_you_mean(path.name, (p.name for p in there))
        raise TableError(f"{path} does not exist{hint or '.'}")
    if path.stat().st_size == 0:
        raise TableError(f"{path} is empty (0 bytes).")
    return path
