"""The small files and folders of a store, which are written whole or not at all."""

import contextlib
import json
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suffice._core import PARTIAL, sync, write_whole

STALE_SECONDS = 3600.0


def read_json(path: Path) -> dict[str, Any]:
    """The content of a JSON file, which must be a table.

    Raises:
        ValueError: The file is damaged; the package itself writes no partial files.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: it holds no table.")
    return content


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file whole or not at all."""
    write_whole(path, json.dumps(content, allow_nan=False))


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder to be filled; it is renamed to `path` at the end.

    Raises:
        FileExistsError: Another process has made a folder of that name first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f"{path.name}.{uuid.uuid4().hex}{PARTIAL}"
    partial.mkdir()
    try:
        yield partial
        partial.rename(path)
    except BaseException as error:
        remove_folder(partial)
        if isinstance(error, OSError) and path.is_dir() and any(path.iterdir()):
            raise FileExistsError(f"{path} exists.") from error
        raise
    sync(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder and its contents if it exists."""
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def clean(path: Path) -> None:
    """Remove partial files and folders that are at least an hour old."""
    partials = [
        Path(folder) / name
        for folder, folders, files in os.walk(path)  # ignores what vanishes meanwhile
        for name in (*folders, *files)
        if name.endswith(PARTIAL)
    ]
    for partial in partials:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - partial.stat().st_mtime < STALE_SECONDS:
                continue
            if partial.is_dir():
                remove_folder(partial)
            else:
                partial.unlink()
