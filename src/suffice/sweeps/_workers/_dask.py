"""Computation by the workers of a cluster, through a Dask scheduler."""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any

from distributed import as_completed, Client, Future, KilledWorker
from distributed.comm.core import CommClosedError
from distributed.utils import silence_logging_cmgr

from suffice.sweeps._store._entry import Entry
from suffice.sweeps._study import Sweepable
from suffice.sweeps._task import compute, killed, lost, Report, task_of

from ._local import ATTEMPTS

CONNECT_SECONDS = 30
COUNT_SECONDS = 1.0  # a question to the scheduler for every cell would slow it down
Reports = Iterator[tuple[Entry, Report]]


def compute_by(scheduler: str, study: Sweepable, entries: Iterable[Entry]) -> Reports:
    """Compute cells on the workers of a scheduler, in the order in which they finish.

    Raises:
        ValueError: No scheduler answers at the address.
        ConnectionError: The scheduler has ended.
    """
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"no Dask scheduler answers at {scheduler!r}; expected an address such as "
            "tls://host:8786, as printed by the command: dask scheduler."
        ) from error
    with silence_logging_cmgr(logging.CRITICAL), client:
        yield from compute_on(client, study, entries)


def compute_on(client: Client, study: Sweepable, entries: Iterable[Entry]) -> Reports:
    """Compute cells on the workers of a client, in the order in which they finish.

    A cell whose worker died several times is set aside. At the end it is computed once
    more while nothing else runs, because the worker may have died from another cell.

    Raises:
        ConnectionError: The scheduler has ended.
    """
    suspects: list[Entry] = []
    try:
        yield from _stream(client, study, entries, suspects.append, alone=False)
        yield from _stream(client, study, suspects, None, alone=True)
    except (CancelledError, CommClosedError) as error:
        raise ConnectionError(
            "the Dask scheduler has gone; what is done is safe, run the same command "
            "again."
        ) from error


def _stream(
    client: Client,
    study: Sweepable,
    entries: Iterable[Entry],
    suspect: Callable[[Entry], None] | None,
    *,
    alone: bool,
) -> Reports:
    waiting = iter(entries)
    submitted: dict[str, Entry] = {}
    running = as_completed(loop=client.loop)

    window = _Window(client)

    def refill() -> None:
        most = 1 if alone else window.most()
        while len(submitted) < most and (entry := next(waiting, None)) is not None:
            key = f"suffice-{entry.name}-{uuid.uuid4().hex}"
            submitted[key] = entry
            task = task_of(study, entry.cell, shorter=entry.shorter())
            running.add(client.submit(compute, task, key=key, pure=False))

    refill()
    for future in running:
        entry = submitted.pop(future.key)
        report = _report(future, suspect is not None)
        if report is not None:
            yield entry, report
        elif suspect is not None:
            suspect(entry)
        refill()


class _Window:
    """How many cells the workers have at a time, with those that wait there."""

    def __init__(self, client: Client):
        self.client, self.asked, self.cores = client, float("-inf"), 0

    def most(self) -> int:
        """Two for each thread; workers may come and go, so they are counted again."""
        if time.monotonic() > self.asked + COUNT_SECONDS:
            cores: Any = self.client.ncores()
            self.cores, self.asked = sum(cores.values()), time.monotonic()
        return max(4, 2 * self.cores)


def _report(future: Future, suspecting: bool) -> Report | None:
    """The report of a future; None if its worker died and it should be tried again."""
    try:
        report: Any = future.result()
    except (CancelledError, CommClosedError):
        raise
    except KilledWorker as error:
        if suspecting:
            return None
        return killed(ATTEMPTS, error)
    except Exception as error:
        return lost(error)
    return report
