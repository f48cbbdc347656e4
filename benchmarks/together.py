"""Every benchmark in a short form, on one page: `./do bench`.

Each runs in a process of its own and prints its tables; the page shows them with CPU
time, peak memory and, where a benchmark cannot run, its message. A benchmark that takes
longer than its share of the time is stopped, and the page says so. The numbers in
README.md are those of the long forms.
"""

import dataclasses
import itertools
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from _measure import from_command_line, markdown, write_table

HERE = Path(__file__).parent
# The arguments of short forms, with `{store}` for a folder that is deleted and `{data}`
# for one with tables that the repository does not hold.
SHORT = {
    "waits": (),
    "rank": ("--quick",),
    "completion_speed": ("--only", "413,100000"),
    "completion": ("--quick",),
    "laws": ("campaigns", "--repeats", "2"),
    "noise": ("--tables", "2"),
    "verdicts": ("--quick", "--only", "guarantee"),
    "audit": ("--quick", "--store", "{store}"),
    "flow": ("--only", "P2"),
    "reasoning": ("--quick", "--only", "tiny"),
    "scale": ("--quick",),
    "inference": ("--quick", "--store", "{store}"),
    "recipes": ("--quick", "--only", "exception-5,step-500", "--store", "{store}"),
    "forecast": ("--only", "sin3 jitter", "--store", "{store}"),
    "forecast_limits": ("--quick",),
    "papers": ("--only", "connectivity", "--folder", "{store}"),
    "completion_tables": ("--quick", "--store", "{store}", "--data", "{data}"),
    "gpu": ("--quick",),
}
HEAD = ("benchmark", "state", "CPU seconds", "peak MB", "message")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one benchmark printed, and what it took."""

    name: str
    command: str
    printed: str
    message: str
    cpu: float
    peak: float

    def state(self) -> str:
        """Whether it ran to its end, began, or printed nothing."""
        if not self.message:
            return "ran"
        return "ended early" if self.printed else "did not run"


def main(
    out: Path = Path("benchmarks.html"),
    minutes: float = 10.0,
    data: str = "",
    write: bool = False,
) -> int:
    """Run all benchmarks in their short forms and write one page.

    Args:
        out: The page; a file of this name is replaced.
        minutes: For all of them together.
        data: Folder with tables that the repository does not hold.
        write: Put the table of what ran into README.
    """
    end, outcomes = time.monotonic() + 60 * minutes, []
    for place, (name, words) in enumerate(SHORT.items()):
        share = (end - time.monotonic()) / (len(SHORT) - place)
        outcomes.append(run(name, words, max(10.0, 2 * share), data))
        last = outcomes[-1]
        took = f"{last.cpu:.0f} s CPU, {last.peak:.0f} MB. {last.message}"
        print(f"{place + 1} of {len(SHORT)}: {name} {last.state()}, {took}", flush=True)
    write_page_of(outcomes, out)
    print(f"the page is {out}")
    if write:
        write_table("together", markdown(HEAD, rows_of(outcomes)))
    return 0


def run(name: str, words: tuple[str, ...], seconds: float, data: str = "") -> Outcome:
    """Run one benchmark for at most so many seconds."""
    command = " ".join(["python", f"benchmarks/{name}.py", *words])
    if "{data}" in words and not data:
        return Outcome(name, command, "", "It needs tables: --data FOLDER.", 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        places = {"store": Path(folder, "store"), "data": Path(data).absolute()}
        arguments = [word.format_map(places) for word in words]
        out, err = Path(folder, "out"), Path(folder, "err")
        with out.open("w") as printed, err.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, HERE / f"{name}.py", *arguments],
                cwd=folder,
                stdout=printed,
                stderr=errors,
            )
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            _, status, used = os.wait4(process.pid, 0)
            timer.cancel()
        code = process.returncode = os.waitstatus_to_exitcode(status)
        last = (err.read_text().strip().splitlines() or ["It gave no reason."])[-1]
        message = f"It was stopped after {seconds:.0f} s." if code < 0 else last
        return Outcome(
            name,
            command,
            out.read_text().strip(),
            message if code else "",
            used.ru_utime + used.ru_stime,
            used.ru_maxrss / 1000,  # kB on Linux
        )


def rows_of(outcomes: list[Outcome]) -> list[tuple[str, ...]]:
    """What each benchmark took."""
    return [
        (o.name, o.state(), f"{o.cpu:.0f}", f"{o.peak:.0f}", o.message)
        for o in outcomes
    ]


def write_page_of(outcomes: list[Outcome], out: Path) -> None:
    """A page of what ran and what did not, and of every table that was printed.

    The imports wait: a process begins with the peak memory of the one that starts it.
    """
    from suffice._core import processor
    from suffice.report import write_page
    from suffice.report._page._describe import Page, Section, Soft
    from suffice.report._page._grid import Grid
    from suffice.report._page._render import rendered

    page = rendered(
        Page(
            title="Benchmarks of suffice, in their short forms",
            subtitle=f"Python {platform.python_version()}, jax {version('jax')}, "
            f"{processor()}.",
            cards=(),
            lead=(Grid(HEAD, tuple(rows_of(outcomes))),),
            sections=tuple(
                Section(o.name, (Soft(o.command), *parts(o.printed, Grid), o.message))
                for o in outcomes
            ),
            command="./do bench",
        )
    )
    write_page(page, out, overwrite=True)


def parts(text: str, table: Callable) -> list:
    """Tables in Markdown as tables, and every other line as a paragraph."""
    found: list = []
    for is_row, lines in itertools.groupby(text.splitlines(), lambda s: s[:1] == "|"):
        kept = [line for line in lines if set(line) - set("|- :")]
        if not is_row:
            found += kept
            continue
        cells = [
            tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
            for line in kept
        ]
        head, *rows = (row for row in cells if len(row) == len(cells[0]))
        found.append(table(head, tuple(rows)) if rows else " ".join(head))
    return found


if __name__ == "__main__":
    from_command_line(main, __doc__)
