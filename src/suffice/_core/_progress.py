"""The function by which long computations report their progress, and what shows it."""

import re
import shutil
import sys
import time
from collections.abc import Callable

from ._words import duration

Progress = Callable[[int, int, str], None]
"""A function that is called as `progress(done, total, stage)`: `done` of `total` parts
of a stage are finished. The name of the stage is a plural such as `cells` or `sizes:
learning curve`. Both numbers are 0 for a stage without parts."""

PLAIN_SECONDS = 10.0
LIVE_SECONDS = 1.0
FEW = 20  # a stage of no more pieces has a line for each


def silent(done: int, total: int, stage: str) -> None:
    """A `Progress` that shows nothing."""


def show_progress(done: int, total: int, stage: str) -> None:
    """Show the progress of long work on standard error, if given as `progress=`.

    On a terminal and in a notebook it is one line, which is written anew at most once a
    second and stays when its stage is finished. Elsewhere, as in a log, there are
    plain lines: one when a stage begins and one when it ends, and between them one for
    each part if there are no more than 20, else one every ten seconds. Whatever takes
    `progress=` calls it.

    Args:
        done: Number of finished parts of the stage.
        total: Number of all its parts; 0 for a stage without parts.
        stage: Name of the parts, a plural.

    Examples:
        >>> import contextlib, sys
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> grid = {"samples.size": (3,)}
        >>> study = sf.Study(LinearSpec(3), RandomNetwork(), Random(3), grid=grid)
        >>> with contextlib.redirect_stderr(sys.stdout):  # to see it here
        ...     sf.sweep(study, "shown.store", progress=sf.show_progress).done
        0 of 1 cells
        1 of 1 cells
        1
    """
    _shown(done, total, stage)


class ProgressWords:
    """The text that is shown for a stage; a stage begins with its first call."""

    def __init__(self, forecast: bool = False):
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
        pace = (time.monotonic() - self.began) / (done - self.first)
        return f"{words}, about {duration(pace * (total - done))} left"


class ProgressLines:
    """A `Progress` on standard error: one live line, or plain lines in a log.

    Args:
        before: Text before each line, such as the name of the work.
        forecast: Whether the time left is estimated, on the assumption that all pieces
            of a stage but the first, which includes a compilation, take equally long.
    """

    def __init__(self, before: str = "", *, forecast: bool = False):
        self.before, self.words = before, ProgressWords(forecast)
        self.last, self.done, self.length = 0.0, -1, 0

    def __call__(self, done: int, total: int, stage: str) -> None:
        """Show a line, if it is time for one."""
        live, now = is_live(), time.monotonic()
        changed = self.words.changed(done, stage)
        ended = 0 < total == done != self.done
        part = not live and 0 < total <= FEW and done != self.done
        often = live or total <= FEW or done < self.done  # the last is a new run
        due = now - self.last >= (LIVE_SECONDS if often else PLAIN_SECONDS)
        if not (changed or ended or part or due):
            return
        self.last, self.done = now, done
        line = self.before + self.words.say(done, total, stage)
        if live:
            self._write_over(line, ended)
        else:
            sys.stderr.write(f"{line}\n")

    def _write_over(self, line: str, ended: bool) -> None:
        """Write over the line before, which may have been longer."""
        line = line[: shutil.get_terminal_size().columns - 1]
        end = "\n" if ended else ""
        sys.stderr.write(f"\r{line:<{self.length}}{end}")
        sys.stderr.flush()
        self.length = 0 if ended else len(line)


_shown = ProgressLines()


def is_live() -> bool:
    """Whether standard error shows a line that is written anew: terminal, notebook."""
    notebook = type(sys.stderr).__module__.startswith("ipykernel")
    return notebook or sys.stderr.isatty()
