"""Local workers: processes that take tasks through pipes and are restarted.

Nothing listens on a port, so that no other user of the machine can reach a worker.
"""

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Any

from suffice._core import compile_cache
from suffice.sweeps._store._entry import Entry
from suffice.sweeps._study import Sweepable
from suffice.sweeps._task import CellTask, killed, Report, task_of

from ._process import READY

ATTEMPTS = 3
Reports = Iterator[tuple[Entry, Report]]


def compute_locally(
    workers: int, study: Sweepable, entries: Iterable[Entry]
) -> Reports:
    """Compute cells in local processes, in the order in which they finish.

    A cell whose worker died several times is set aside. At the end it is computed once
    more while nothing else runs, because the memory may have been taken by others.

    Raises:
        ChildProcessError: A worker cannot start; its error is on standard error.
    """
    pool, suspects = _Pool(workers), list[Entry]()
    try:
        for entry, report in pool.stream(study, entries, workers):
            if report is None:
                suspects.append(entry)
            else:
                yield entry, report
        for entry, report in pool.stream(study, suspects, 1):
            yield entry, killed(ATTEMPTS) if report is None else report
    finally:
        pool.close()


class _Worker:
    """A process; the thread that listens to it ends with it."""

    def __init__(self, messages: queue.SimpleQueue):
        self.ready, self.entry = False, None
        self.process = subprocess.Popen(
            [sys.executable, "-m", "suffice.sweeps._workers._process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | worker_environment(),
            start_new_session=True,  # Ctrl-C must stop only the process that sweeps
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.tasks, self.answers = self.process.stdin, self.process.stdout
        self.thread = threading.Thread(target=self._listen, args=(messages,))
        self.thread.start()

    def _listen(self, messages: queue.SimpleQueue) -> None:
        try:
            while True:
                messages.put((self, pickle.load(self.answers)))
        except Exception:  # it has died, maybe in the middle of a message
            self.process.wait()
            messages.put((self, None))

    def give(self, entry: Entry, task: CellTask) -> None:
        """Give the worker a cell; a worker that is dead by now is replaced later."""
        self.entry = entry
        try:
            pickle.dump(task, self.tasks)
            self.tasks.flush()
        except OSError:
            self.process.kill()

    def stop(self) -> None:
        """End the process; its results are no longer needed."""
        self.process.kill()
        self.process.wait()
        self.thread.join()
        for pipe in (self.tasks, self.answers):
            with contextlib.suppress(OSError):  # a task that nobody takes any more
                pipe.close()


class _Pool:
    """A number of workers, each of which is replaced when it dies."""

    def __init__(self, count: int):
        self.messages: queue.SimpleQueue = queue.SimpleQueue()
        self.workers = [_Worker(self.messages) for _ in range(count)]

    def stream(
        self, study: Sweepable, entries: Iterable[Entry], most: int
    ) -> Iterator[tuple[Entry, Report | None]]:
        """Yield reports; None for a cell whose worker has died several times.

        Args:
            study: The study.
            entries: The cells.
            most: Number of cells that are computed at the same time.
        """
        waiting, again, deaths = iter(entries), deque[Entry](), Counter[str]()
        while True:
            for worker in self._idle(most):
                entry = again.popleft() if again else next(waiting, None)
                if entry is not None:
                    path, shorter = entry.checkpoint, entry.shorter()
                    worker.give(entry, task_of(study, entry.cell, path, shorter))
            if not any(worker.entry for worker in self.workers):
                return
            worker, entry, report = self._next()
            if report is not None:
                yield entry, report
            elif entry is not None:
                deaths[entry.name] += worker.ready
                if deaths[entry.name] < ATTEMPTS:
                    again.append(entry)
                else:
                    yield entry, None

    def _idle(self, most: int) -> list[_Worker]:
        idle = [worker for worker in self.workers if worker.entry is None]
        return idle[: max(0, most - len(self.workers) + len(idle))]

    def _next(self) -> tuple[_Worker, Any, Report | None]:
        """The next worker with news, the cell that it had, and the report, if any."""
        worker, message = self.messages.get()
        if message == READY:
            worker.ready = True
            return worker, None, None
        entry, worker.entry = worker.entry, None
        if message is None:
            if not worker.ready and worker.process.returncode > 0:
                raise ChildProcessError("the local workers do not start; see above.")
            worker.stop()
            self.workers[self.workers.index(worker)] = _Worker(self.messages)
        return worker, entry, message

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers:
            worker.stop()


def worker_environment() -> dict[str, str]:
    """Settings of a worker: one thread, and a cache of compiled programs for all."""
    single = "--xla_cpu_multi_thread_eigen=false"
    settings = {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {single}".strip(),
        "NPROC": "1",
    }
    kept = {name.upper(): str(value) for name, value in compile_cache().items()}
    return settings if "JAX_COMPILATION_CACHE_DIR" in os.environ else settings | kept
