"""Files that are either whole or absent, and survive a power cut."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial"  # the end of the name of every file that is being written


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """Yield a file to write bytes to, which appears as `path` at the end.

    Its temporary name is unique, so any number of processes may write the same path.
    A library that wants a name instead of a file gets `file.name`.

    Args:
        path: The name under which the file appears, in a folder that exists.
        replace: Whether an existing file is replaced. It is kept when writing fails.

    Raises:
        FileExistsError: `replace` is false and there is a file of that name.
    """
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
    """Write a text as UTF-8; the file is whole or absent, as with `whole_file`."""
    with whole_file(path, replace=replace) as file:
        file.write(text.encode())


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    if path.is_dir() and os.name != "posix":
        return  # only POSIX systems can open a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _appear(partial: Path, path: Path) -> None:
    """Give a file its final name unless a file of that name exists."""
    try:
        os.link(partial, path)  # unlike a renaming, it fails where the name exists
    except FileExistsError:
        raise FileExistsError(f"{path} exists.") from None
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(f"{path} exists.") from None
        partial.replace(path)
