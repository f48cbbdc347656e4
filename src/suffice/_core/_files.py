"""Files that are written completely or not at all, even if the power fails."""

import contextlib
import gzip
import itertools
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ._locks import is_named, lock

PARTIAL = ".partial"  # the suffix of every file that is being written


def check_output(path: str | Path, *, replace: bool = False) -> Path:
    """The path, after a check that a file can be written there.

    Args:
        path: The name of a file that will be written.
        replace: Whether a regular file with this name may be replaced. A link, a device
            or a folder is never replaced.

    Raises:
        ValueError: There is a link, a device or a folder with this name.
        FileNotFoundError: The folder does not exist.
        FileExistsError: `replace` is False and there is a file with this name.
    """
    path = Path(path)
    if path.is_symlink():
        raise ValueError(f"{path} is a link; name the file to which it leads.")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file in it.")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"the folder {path.parent} for {path.name} does not exist; make it first."
        )
    if path.exists() and not path.is_file():
        raise ValueError(
            f"{path} is a device and no regular file; choose another name."
        )
    if path.exists() and not replace:
        raise FileExistsError(
            f"{path} exists; choose another name, or pass --force (in Python: "
            "overwrite=True)."
        )
    return path


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """Yield a binary file that appears as `path` when the `with` block has ended.

    No other process writes under its temporary name, so several processes may write to
    the same path. What a killed process has left is overwritten by the next one.

    Args:
        path: The final name of the file, in a folder that exists.
        replace: Whether an existing file is replaced. It is kept if writing fails.

    Raises:
        ValueError: There is a link, a device or a folder with this name.
        FileNotFoundError: The folder does not exist.
        FileExistsError: `replace` is False and there is a file with this name.
        OSError: The system cannot write the file; the error names `path`.
    """
    check_output(path, replace=replace)
    with _named(path), _unshared(path) as file:
        partial = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if os.name == "nt":
                file.close()  # Windows renames no open file
            if replace:
                partial.replace(path)
            else:
                _appear(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    sync(path.parent)


def write_whole(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a text in UTF-8, completely or not at all; see `whole_file`.

    It is compressed if the name ends in `.gz`, as the reader of tables expects.
    """
    content = text.encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    with whole_file(path, replace=replace) as file:
        file.write(content)


def sync(path: Path) -> None:
    """Make the system write a file, or the names in a folder, to the disk."""
    if path.is_dir() and os.name != "posix":
        return  # only POSIX systems can open a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_partial(folder: Path) -> None:
    """Remove the temporary files in a folder whose writers have been killed."""
    for partial in folder.glob(f".*{PARTIAL}"):
        with contextlib.suppress(OSError), _opened(partial, os.O_RDWR) as file:
            if lock(file) and is_named(file, partial):
                partial.unlink()


def _unshared(path: Path) -> BinaryIO:
    """An empty temporary file for `path` that no other process writes."""
    for number in itertools.count():
        partial = path.with_name(f".{path.name[:100]}.{number}{PARTIAL}")
        try:
            file = _opened(partial, os.O_RDWR | os.O_CREAT)
        except OSError:
            if not os.path.lexists(partial):
                raise
            continue  # it is a link or a folder, or belongs to another user
        held = lock(file)
        if held is None:
            file.close()
            partial.unlink(missing_ok=True)
            return partial.with_name(f".{path.name}.{uuid.uuid4().hex}").open("xb")
        if held and is_named(file, partial):
            file.truncate(0)
            return file
        file.close()
    raise AssertionError  # for the type checker: counting does not end


def _opened(partial: Path, flags: int) -> BinaryIO:
    """A temporary file of this user, opened without following a link."""
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    file = open(partial, "wb", opener=lambda name, _: os.open(name, flags, 0o666))  # noqa: SIM115
    if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
        file.close()
        raise PermissionError(f"{partial} belongs to another user.")
    return file


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors about a temporary file for `path`, or about no file, name `path`."""
    try:
        yield
    except OSError as error:
        unnamed = error.errno is not None and error.filename is None
        if not unnamed and not str(error.filename).endswith(PARTIAL):
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from None


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
    else:
        partial.unlink()
