"""Files that vouch for their content: a line of JSON, then the bytes of arrays.

The line lists the arrays and holds a digest of their bytes and one of itself. A reader
allocates no more than the file holds, and runs no code.
"""

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ._files import whole_file

_LINE = re.compile(r'(\{.*), "seal": "([0-9a-f]{32})"\}\n', re.DOTALL)
_LONGEST = 2**31  # bytes of a line


class Damaged(ValueError):
    """A file does not hold what was written into it."""


def write_sealed(
    path: Path,
    about: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray] | None = None,
    *,
    replace: bool = True,
) -> None:
    """Write a table and arrays into a file, completely or not at all.

    Args:
        path: The file, in a folder that exists.
        about: What JSON can hold; the keys `arrays`, `content`, `seal` are taken.
        arrays: Numbers or booleans by name.
        replace: Whether an existing file is replaced.

    Raises:
        FileExistsError: `replace` is False and there is a file with this name.
    """
    arrays = {name: np.asarray(array) for name, array in (arrays or {}).items()}
    listed = [[n, a.dtype.name, list(a.shape)] for n, a in arrays.items()]
    content = b"".join(array.tobytes() for array in arrays.values())
    table = {**about, "arrays": listed, "content": digest(content)}
    body = json.dumps(table, allow_nan=False)[:-1]
    line = f'{body}, "seal": "{digest(body.encode())}"}}\n'
    with whole_file(path, replace=replace) as file:
        file.write(line.encode())
        file.write(content)


def read_about(path: Path) -> dict[str, Any]:
    """Read the table of a file, without its arrays.

    Raises:
        Damaged: The table is not what was written.
        FileNotFoundError: There is no file.
    """
    with _opened(path) as file:
        return _table(path, file)


def read_sealed(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read the table and the arrays of a file.

    Raises:
        Damaged: The table or the arrays are not what was written.
        FileNotFoundError: There is no file.
    """
    with _opened(path) as file:
        table = _table(path, file)
        content = file.read()
    if digest(content) != table.get("content"):
        raise Damaged(f"{path} is damaged: its numbers are not what was written.")
    try:
        return table, _arrays(table["arrays"], content)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Damaged(f"{path} is damaged: it lists no such arrays.") from error


def _opened(path: Path) -> BinaryIO:
    """A regular file; a pipe would wait for ever, and a link lead elsewhere."""
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | flags), "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink() or path.is_dir():
            raise Damaged(f"{path} is damaged: it is no regular file.") from error
        raise
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Damaged(f"{path} is damaged: it is no regular file.")
    return file


def _table(path: Path, file: BinaryIO) -> dict[str, Any]:
    line = file.readline(_LONGEST).decode(errors="replace")
    sealed = _LINE.fullmatch(line)
    if sealed is None or digest(sealed[1].encode()) != sealed[2]:
        raise Damaged(f"{path} is damaged: its first line is not what was written.")
    try:
        return json.loads(sealed[1] + "}")
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{path} is damaged: its first line is no table.") from error


def _arrays(listed: Any, content: bytes) -> dict[str, np.ndarray]:
    arrays, place = {}, 0
    for name, dtype, shape in listed:
        if not all(type(length) is int for length in shape):
            raise ValueError("a length is no whole number.")
        kind, count = np.dtype(str(dtype)), math.prod(shape)
        end = place + count * kind.itemsize
        if count < 0 or end > len(content):
            raise ValueError("the arrays are longer than the file.")
        array = np.frombuffer(content, kind, count, place).reshape(shape)
        arrays[name], place = array.copy(), end
    if place != len(content):
        raise ValueError("the arrays are shorter than the file.")
    return arrays


def digest(content: bytes) -> str:
    """A hash of bytes, which differs where any bit differs."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()
