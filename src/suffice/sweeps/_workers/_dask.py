"""Computation by other processes through Dask, local ones or those of a cluster."""

import contextlib
import logging
import os
import platform
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any

from distributed import as_completed, Client, Future, KilledWorker
from distributed.comm.core import CommClosedError
from distributed.utils import silence_logging_cmgr

from suffice.sweeps._store._entry import Entry
from suffice.sweeps._store._manifest import versions
from suffice.sweeps._study import class_path, Sweepable
from suffice.sweeps._task import compute, failure, Report, task_of

from ._local import ATTEMPTS, local_client

CONNECT_SECONDS = 30
Reports = Iterator[tuple[Entry, Report]]


@contextlib.contextmanager
def dask_client(workers: int, scheduler: str | None) -> Iterator[Client]:
    """Yield a client of a scheduler: the given one, or one with local workers.

    Raises:
        ValueError: No scheduler answers at the address.
    """
    if scheduler is None:
        with local_client(workers) as client:
            yield client
        return
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"no Dask scheduler answers at {scheduler!r}; expected an address such as "
            "tcp://host:8786, as printed by the command: dask scheduler."
        ) from error
    with silence_logging_cmgr(logging.CRITICAL), client:
        yield client


def check_importable(study: Sweepable) -> None:
    """Refuse a study that other processes cannot import."""
    if class_path(study).startswith("__main__:"):
        raise ValueError(
            f"the study's class {type(study).__name__} is defined in the running "
            "script or notebook, where workers cannot import it; move it to a module, "
            "or sweep with workers=0."
        )


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

    def refill() -> None:
        cores: Any = client.ncores()  # workers may come and go
        window = 1 if alone else max(4, 2 * sum(cores.values()))
        while len(submitted) < window and (entry := next(waiting, None)) is not None:
            key = f"suffice-{entry.name}-{uuid.uuid4().hex}"
            submitted[key] = entry
            task = task_of(study, entry.cell)
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


def _report(future: Future, suspecting: bool) -> Report | None:
    """The report of a future; None if its worker died and it should be tried again."""
    try:
        report: Any = future.result()
    except (CancelledError, CommClosedError):
        raise
    except KilledWorker as error:
        if suspecting:
            return None
        killed = RuntimeError(f"the worker died under this cell {ATTEMPTS} times")
        killed.__cause__ = error
        return _lost(killed)
    except Exception as error:
        return _lost(error)
    return report


def _lost(error: Exception) -> Report:
    """The report of a cell for which no worker returned one."""
    about = {
        "wall_s": 0.0,
        "host": platform.node(),
        "process": os.getpid(),
        "versions": versions(),
    }
    return Report(None, failure(error) | about)
