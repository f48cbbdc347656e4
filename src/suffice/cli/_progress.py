"""Progress on standard error: a live bar on a terminal, plain lines elsewhere."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suffice._core import Progress, ProgressWords


@contextlib.contextmanager
def progress(title: str, *, forecast: bool = False) -> "Iterator[Progress]":
    """Yield a callable that shows progress, with the words of `sf.show_progress`.

    Args:
        title: Name of the work, such as a file.
        forecast: Whether the time left is estimated, as `ProgressLines` does.
    """
    from suffice._core import ProgressLines, ProgressWords

    if sys.stderr.isatty():
        with _bar(title, ProgressWords(forecast)) as show:
            yield show
    else:
        yield ProgressLines(f"suffice: {title}: ", forecast=forecast)


@contextlib.contextmanager
def _bar(title: str, words: "ProgressWords") -> "Iterator[Progress]":
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
