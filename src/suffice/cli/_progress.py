"""Progress on standard error: a live line on a terminal, plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[str, str], None]]:
    """Yield a function to be called with a stage and a step before each piece of work.

    Args:
        title: What is being worked on.
    """
    started = time.monotonic()
    if sys.stderr.isatty():
        yield from _live(title, started)
        return
    last = ""

    def report(stage: str, step: str) -> None:
        nonlocal last
        if stage != last:
            elapsed = time.monotonic() - started
            print(f"[{elapsed:5.1f} s] {title}: {stage}", file=sys.stderr, flush=True)
            last = stage

    yield report


def _live(title: str, started: float) -> Iterator[Callable[[str, str], None]]:
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True)
    with console.status(escape(title)) as status:

        def report(stage: str, step: str) -> None:
            elapsed = time.monotonic() - started
            status.update(escape(f"{title}: {stage}, {step}  [{elapsed:.0f} s]"))

        yield report
