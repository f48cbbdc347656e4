"""Files that are written completely or not at all, even if the power fails."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial"  # the suffix of every file that is being written


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """Yield a binary file that appears as `path` when the `with` block has ended.

    Its temporary name is unique, so several processes may write to the same path. Use
    `file.name` for a library that needs a name instead of a file.

    Args:
        path: The final name of the file, in a folder that exists.
        replace: Whether an existing file is replaced. It is kept if writing fails.

    Raises:
        FileNotFoundError: The folder does not exist.
        FileExistsError: `replace` is False and there is a file with this name.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"the folder {path.parent} for {path.name} does not exist; make it first."
        )
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PARTIAL}")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            _appear(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync(path.parent)


def write_whole(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a text in UTF-8, completely or not at all; see `whole_file`."""
    with whole_file(path, replace=replace) as file:
        file.write(text.encode())


def sync(path: Path) -> None:
    """Make the system write a file, or the names in a folder, to the disk."""
    if path.is_dir() and os.name != "posix":
        return  # only POSIX systems can open a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _appear(partial: Path, path: Path) -> None:
    """Give a file its final name, unless a file with that name exists."""
    try:
        os.link(partial, path)  # unlike renaming, this fails if the name exists
    except FileExistsError:
        raise FileExistsError(f"{path} exists.") from None
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(f"{path} exists.") from None
        partial.replace(path)
