"""The progress of a store, read from its markers alone."""

import dataclasses
import platform
import time
from collections import Counter
from pathlib import Path
from typing import Any

from suffice._core import duration, idle, plural, Result
from suffice.sweeps._seeds import canonical

from ._entry import DAMAGED, DONE, FAILED
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
    """
    opened = Store(store)
    markers = [(e.cell, e.read()[0] if verify else e.marker()) for e in opened.entries]
    found = {
        state: {str(cell): m for cell, m in markers if m and m.status == state}
        for state in (DONE, FAILED, DAMAGED)
    }
    pending = len(markers) - len(found[DONE]) - len(found[FAILED])
    outcomes: Counter = Counter()
    for marker in found[DONE].values():
        outcomes.update(marker.outcomes)
    limits = Counter(
        f"{path} = {limit:g}"
        for marker in found[DONE].values()
        for path, limit in marker.limits.items()
        if path in opened.manifest.limits
    )
    known = [*found[DONE].values(), *found[FAILED].values()]
    rate = _rate(sorted(marker.finished for marker in known))
    if idle(opened.path / MANIFEST) and all(m.host == platform.node() for m in known):
        rate = float("nan")  # a sweep on this computer would hold the lock
    flaws = {f"segment {number}": text for number, text in opened.flaws.items()}
    return Status(
        store=str(store),
        done=len(found[DONE]),
        failed=len(found[FAILED]),
        pending=pending,
        runs=sum(cell.size for cell, m in markers if m and m.status == DONE),
        rate=rate,
        seconds_left=pending / rate,
        compute_seconds=sum((marker.wall_s for marker in known), 0.0),
        outcomes=dict(outcomes),
        limits=dict(limits),
        failures={cell: marker.reason for cell, marker in found[FAILED].items()},
        damaged=flaws | {cell: m.reason for cell, m in found[DAMAGED].items()},
        platforms=len({canonical(marker.versions) for marker in known}),
    )


def _rate(times: list[float]) -> float:
    """Rate of the latest cells in cells per second; NaN if the last was long ago."""
    recent = times[-RECENT:]
    if len(recent) < 2 or recent[-1] == recent[0]:
        return float("nan")
    rate = (len(recent) - 1) / (recent[-1] - recent[0])
    idle = time.time() - recent[-1] > max(IDLE_SECONDS, 10 / rate)
    return float("nan") if idle else rate
