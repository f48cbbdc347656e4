"""The progress of a store, read from its markers alone."""

import dataclasses
import platform
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from suffice._core import duration, idle, plural, Result

from ._cells import Cell
from ._entry import DAMAGED, DONE, FAILED, Marker
from ._store import MANIFEST, REMEDY, Store

RECENT = 50
IDLE_SECONDS = 60.0
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class Status(Result):
    """The progress of a sweep.

    Attributes:
        store: Folder of the store.
        done: Number of cells that are computed.
        failed: Number of cells that failed, for the reasons in `failures`.
        pending: Number of cells that are still to be computed.
        runs: Number of seeds in the cells that are done.
        rate: Recently finished cells per second; NaN if nothing is running.
        seconds_left: Time for the pending cells at that rate; NaN if none is running.
        compute_seconds: Time spent in all cells, summed over all workers.
        outcomes: Number of runs by outcome, if the study records outcomes.
        limits: Number of cells that are done and hold runs that met a limit, by the
            limit. A sweep with a larger one computes these runs again.
        failures: Reason of each failed cell, by the description of the cell.
        damaged: What is wrong with the file of each pending cell that was done, by the
            description of the cell, and with lost lists of cells.
        platforms: Number of different sets of versions and processors that computed
            cells; if it is above 1, last digits may differ between cells.
    """

    store: str
    done: int
    failed: int
    pending: int
    runs: int
    rate: float
    seconds_left: float
    compute_seconds: float
    outcomes: dict[str, int]
    limits: dict[str, int]
    failures: dict[str, str]
    damaged: dict[str, str]
    platforms: int

    def headline(self) -> str:
        """The answer in one sentence."""
        total = self.done + self.failed + self.pending
        words = [f"{self.done} of {total} cells are done"]
        if self.failed:
            words.append(f"{self.failed} failed")
        if self.damaged:
            words.append(f"{plural(len(self.damaged), 'file')} damaged")
        if self.pending and self.seconds_left == self.seconds_left:
            words.append(f"about {duration(self.seconds_left)} left")
        elif self.pending:
            words.append("nothing is running")
        return ", ".join(words) + "."

    def shown(self) -> dict[str, Any]:
        """The rows printed under the headline."""
        rows: dict[str, Any] = {"store": self.store, "runs": self.runs}
        rows |= self.outcomes
        if self.pending and self.rate == self.rate:
            rows["cells per second"] = self.rate
        rows["compute time"] = duration(self.compute_seconds)
        if self.platforms > 1:
            rows["platforms"] = f"{self.platforms}: last digits may differ"
        for number, (limit, cells) in enumerate(self.limits.items(), 1):
            rows[f"limit {number}"] = (
                f"{limit} ended runs in {plural(cells, 'cell')}; a sweep with a larger "
                "one computes these runs again, and no others"
            )
        reasons = Counter(self.failures.values()).most_common(SHOWN)
        for number, (reason, cells) in enumerate(reasons, 1):
            rows[f"reason {number}"] = f"{reason} ({cells} cells)"
        for number, sentence in enumerate(self.damaged.values(), 1):
            rows[f"damage {number}"] = sentence
        if self.damaged:
            rows["remedy"] = REMEDY
        return rows


def status(store: str | Path, *, verify: bool = False) -> Status:
    """Count the cells of a store that are done, failed and pending, at any time.

    Args:
        store: Folder of the store.
        verify: Whether the numbers of every cell are read and checked, too.

    Raises:
        ValueError: There is no store, or its manifest is damaged.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> three = LinearSpec(3), RandomNetwork(), Random(3)
        >>> study = sf.Study(*three, grid={"samples.size": (2, 3)}, seeds=4)
        >>> done = sf.sweep(study, "linear.store")
        >>> print(sf.sweeps.status("linear.store").headline())
        2 of 2 cells are done.
    """
    opened = Store(store)
    tally = _Tally(opened.manifest.limits)
    for entry in opened.entries:
        tally.add(entry.cell, entry.read()[0] if verify else entry.marker())
    pending = len(opened.entries) - tally.done - len(tally.failures)
    rate = _rate(tally.finished)
    if idle(opened.path / MANIFEST) and tally.hosts <= {platform.node()}:
        rate = float("nan")  # a sweep on this computer would hold the lock
    flaws = {f"segment {number}": text for number, text in opened.flaws.items()}
    return Status(
        store=str(store),
        done=tally.done,
        failed=len(tally.failures),
        pending=pending,
        runs=tally.runs,
        rate=rate,
        seconds_left=pending / rate,
        compute_seconds=tally.seconds,
        outcomes=dict(tally.outcomes),
        limits=dict(tally.met),
        failures=tally.failures,
        damaged=flaws | tally.damaged,
        platforms=len(tally.platforms),
    )


class _Tally:
    """What is counted of the cells, one by one: not all of them are kept in memory."""

    def __init__(self, limits: Mapping[str, float]):
        self.limits = limits
        self.done, self.runs, self.seconds = 0, 0, 0.0
        self.outcomes, self.met = Counter[str](), Counter[str]()
        self.failures: dict[str, str] = {}
        self.damaged: dict[str, str] = {}
        self.finished: list[float] = []
        self.hosts, self.platforms = set[str](), set[tuple]()

    def add(self, cell: Cell, marker: Marker | None) -> None:
        """Count one cell."""
        if marker is None:
            return
        if marker.status == DAMAGED:
            self.damaged[str(cell)] = marker.reason
        elif marker.status == FAILED:
            self.failures[str(cell)] = marker.reason
        elif marker.status == DONE:
            self._add_runs(cell, marker)
        if marker.status in (DONE, FAILED):
            self.seconds += marker.wall_s
            self.finished.append(marker.finished)
            self.hosts.add(marker.host)
            self.platforms.add(tuple(sorted(marker.versions.items())))

    def _add_runs(self, cell: Cell, marker: Marker) -> None:
        self.done += 1
        self.runs += cell.size
        self.outcomes.update(marker.outcomes)
        for path, limit in marker.limits.items():
            if path in self.limits:
                self.met[f"{path} = {limit:g}"] += 1


def _rate(times: list[float]) -> float:
    """Rate of the latest cells in cells per second; NaN if the last was long ago."""
    recent = sorted(times)[-RECENT:]
    if len(recent) < 2 or recent[-1] == recent[0]:
        return float("nan")
    rate = (len(recent) - 1) / (recent[-1] - recent[0])
    idle = time.time() - recent[-1] > max(IDLE_SECONDS, 10 / rate)
    return float("nan") if idle else rate
