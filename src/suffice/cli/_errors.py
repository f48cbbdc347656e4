"""The one sentence that is said about an error."""

import functools
import os
import sysconfig
import traceback
from pathlib import Path

from suffice._core import MissingExtra


def sentence(error: Exception) -> str | None:
    """The sentence about a mistake of the user; None for an error of suffice itself."""
    if isinstance(error, SyntaxError) and error.filename:
        line = (error.text or "").strip()
        return f"{error.filename}, line {error.lineno} ({line}): {error.msg}."
    if place := _own_line(error):
        path, number, line = place
        return f"{path}, line {number} ({line}) raised {_named(error)}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return f"the memory does not suffice ({one_line(error)}); take smaller sizes."
    if isinstance(error, (ValueError, OSError, MissingExtra)):
        return one_line(error)
    return None


def unforeseen(error: Exception) -> str:
    """The sentence for an error of suffice itself, with its place."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"an error that suffice did not foresee: {_named(error)} "
        f"({Path(place.filename).name}, line {place.lineno}); please report it with "
        "the output of --traceback."
    )


def one_line(error: BaseException) -> str:
    """The message of an error without line breaks, or the name of its class."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines) or type(error).__name__


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {one_line(error)}"


def _own_line(error: BaseException) -> tuple[str, int | None, str | None] | None:
    """The innermost line of the user's own Python files through which an error came."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(".py") and not _installed(frame.filename):
            return frame.filename, frame.lineno, frame.line
    return None


def _installed(filename: str) -> bool:
    """Whether a file belongs to Python, to an installed package or to suffice."""
    path = os.path.realpath(filename)
    return any(path.startswith(folder + os.sep) for folder in _folders())


@functools.cache
def _folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "purelib", "platlib")]
    folders.append(str(Path(__file__).parents[1]))
    return tuple(map(os.path.realpath, folders))
