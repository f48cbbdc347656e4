"""Local workers: processes that are restarted when they die."""

import contextlib
import hashlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dask import config
from distributed import Client, LocalCluster

from suffice.sweeps._store._manifest import versions

ATTEMPTS = 3
WATCH_SECONDS = 0.2


@contextlib.contextmanager
def local_client(workers: int) -> Iterator[Client]:
    """Yield a client of a scheduler in this process that has local workers.

    The workers are started by a command and not by Dask's nannies. A nanny ends when
    its worker is killed while it starts, and it would run a script without a main guard
    again in each worker.

    Raises:
        RuntimeError: A worker cannot start; its error is on standard error.
    """
    options: dict[str, Any] = {
        "n_workers": 0,
        "dashboard_address": "127.0.0.1:0",
        "silence_logs": logging.CRITICAL,
    }
    failures = {"distributed.scheduler.allowed-failures": ATTEMPTS - 1}
    with (
        config.set(failures),
        LocalCluster(**options) as cluster,
        Client(cluster, set_as_default=False) as client,
        _Processes(workers, client.scheduler_info()["address"]) as processes,
    ):
        while not client.ncores():
            processes.check()
            time.sleep(WATCH_SECONDS)
        yield client


class _Processes:
    """A number of worker processes, restarted until the end of the block."""

    def __init__(self, count: int, address: str):
        self.address, self.closing = address, threading.Event()
        self.processes = [self._start() for _ in range(count)]
        self.watch = threading.Thread(target=self._keep_up, daemon=True)

    def _start(self) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "suffice.sweeps._workers._process", self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=os.environ | worker_environment(),
            start_new_session=True,  # Ctrl-C must stop only the process that sweeps
        )

    def _keep_up(self) -> None:
        while not self.closing.wait(WATCH_SECONDS):
            for i, process in enumerate(self.processes):
                if process.poll() is not None:
                    _stop(process)
                    self.processes[i] = self._start()

    def check(self) -> None:
        """Raise an error if a worker has ended with one instead of starting."""
        for process in self.processes:
            if (process.poll() or 0) > 0:
                raise RuntimeError("the local workers do not start; see above.")

    def __enter__(self) -> "_Processes":
        self.watch.start()
        return self

    def __exit__(self, *_) -> None:
        self.closing.set()
        self.watch.join()
        for process in self.processes:
            _stop(process)


def _stop(process: subprocess.Popen) -> None:
    process.kill()  # its results are no longer needed
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def worker_environment() -> dict[str, str]:
    """Settings of a worker: one thread, and a cache of compiled programs for all."""
    single = "--xla_cpu_multi_thread_eigen=false"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    host = hashlib.blake2b(versions()["cpu"].encode(), digest_size=4).hexdigest()
    return {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {single}".strip(),
        "NPROC": "1",
        "JAX_COMPILATION_CACHE_DIR": str(cache / "suffice" / f"jax-{host}"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
