"""Progress on standard error: a live bar on a terminal, plain lines elsewhere."""

import contextlib
import re
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._common import say

if TYPE_CHECKING:
    from suffice._core import Progress

PLAIN_SECONDS = 10.0
FEW = 20  # a stage of no more pieces has a line for each


@contextlib.contextmanager
def progress(title: str, *, forecast: bool = False) -> "Iterator[Progress]":
    """Yield a callable that shows progress.

    Args:
        title: Name of the work, such as a file.
        forecast: Whether the time left is estimated, on the assumption that all pieces
            of a stage but the first, which includes a compilation, take equally long.
    """
    words = _Words(forecast)
    if sys.stderr.isatty():
        with _bar(title, words) as show:
            yield show
    else:
        yield _lines(title, words)


class _Words:
    """The text that is shown for a stage; a stage begins with its first call."""

    def __init__(self, forecast: bool):
        self.forecast, self.kind, self.began, self.first = forecast, "", 0.0, 0
        self.compiling = True

    def changed(self, done: int, stage: str) -> bool:
        """Return whether a new stage begins, ignoring numbers in its name."""
        kind = re.sub(r"\d+", "", stage)
        if kind == self.kind:
            return False
        self.kind, self.began, self.first = kind, time.monotonic(), done
        self.compiling = True
        return True

    def say(self, done: int, total: int, stage: str) -> str:
        """Return count and stage, with the time left if it can be estimated."""
        words = f"{done} of {total} {stage}" if total else stage
        if self.compiling and done > self.first:
            self.compiling, self.began, self.first = False, time.monotonic(), done
        if not self.forecast or not self.first < done < total:
            return words
        from suffice._core import duration

        pace = (time.monotonic() - self.began) / (done - self.first)
        return f"{words}, about {duration(pace * (total - done))} left"


def _lines(title: str, words: _Words) -> "Progress":
    """Print a line for every piece of a short stage, else every ten seconds."""
    last = 0.0

    def show(done: int, total: int, stage: str) -> None:
        nonlocal last
        now, changed = time.monotonic(), words.changed(done, stage)
        each = changed or total <= FEW or done == total
        if each or now - last >= PLAIN_SECONDS:
            say(f"{title}: {words.say(done, total, stage)}")
            last = now

    return show


@contextlib.contextmanager
def _bar(title: str, words: _Words) -> "Iterator[Progress]":
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[words]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(escape(title), words="", total=None)

        def show(done: int, total: int, stage: str) -> None:
            words.changed(done, stage)
            bar.update(
                task,
                total=total or None,
                completed=done,
                words=escape(words.say(done, total, stage)),
            )

        yield show
