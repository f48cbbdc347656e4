"""Locks that vanish with the process that holds them, however it ends."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows knows no such locks
    fcntl = None

_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


def lock(file: IO) -> bool | None:
    """Lock an open file until it is closed.

    Returns:
        True if it is locked now, False if somebody else holds it, and None where the
        system or the disk offers no locks.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


@contextlib.contextmanager
def alone(path: Path, sentence: str) -> Iterator[None]:
    """Work on what an existing file describes while no other process does.

    Args:
        path: The file; it is locked and not changed.
        sentence: What is said if another process works there.

    Raises:
        ValueError: Another process holds the lock.
    """
    with path.open("r+b") as file:
        if lock(file) is False:
            raise ValueError(sentence)
        yield


@contextlib.contextmanager
def together(path: Path) -> Iterator[None]:
    """Work on what an existing file describes, as others may do at the same time."""
    with path.open("rb") as file:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # the disk offers no locks
                fcntl.flock(file, fcntl.LOCK_SH)
        yield


def idle(path: Path) -> bool | None:
    """Whether no process works on what a file describes; None if nobody can know."""
    with path.open("rb") as file:
        return lock(file)


def is_named(file: IO, path: Path) -> bool:
    """Whether an open file still has this name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.lstat(path))
    except FileNotFoundError:
        return False
