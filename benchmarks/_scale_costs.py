"""What a sweep costs besides its cells, measured in processes of their own."""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import contextlib
import dataclasses
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import jax

jax.config.update("jax_enable_x64", True)

from _scale_studies import study  # noqa: E402

from suffice.sweeps import sweep  # noqa: E402
from suffice.sweeps._store._store import prepare, Store  # noqa: E402
from suffice.sweeps._sweep import _record  # noqa: E402
from suffice.sweeps._task import compute, task_of  # noqa: E402


@dataclasses.dataclass
class Clock:
    """The wall time and the CPU time of this process at every finished cell."""

    times: list = dataclasses.field(default_factory=list)

    def __call__(self, done, total, stage):
        self.times.append((time.time(), time.process_time()))


def swept(kind: str, cells: int, workers: int, scheduler: str | None = None):
    """Sweep a study into a new store on the disk.

    Returns:
        `seconds` of the whole sweep; `rate`, cells per second from when every worker
        has computed one cell; `cell`, the median of the wall seconds of a cell on its
        worker; `cpu`, CPU seconds of a cell on its worker, and `parent` in the process
        that sweeps; `start` and `start_cpu`, the median over the workers of the wall
        and CPU seconds until the first cell is there, without those of a cell.
    """
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        path, begin = Path(folder, "store"), time.time()
        how = {"scheduler": scheduler} if scheduler else {"workers": workers}
        sweep(study(kind, cells), path, **how, progress=clock)
        seconds, found = time.time() - begin, _by_process(path)
    return {"seconds": seconds} | _costs(found, clock.times[1:], begin)


def _by_process(path):
    """When each cell was finished, its wall seconds and CPU, by process and in turn."""
    found = defaultdict(list)
    for entry in Store(path).entries:
        marker, arrays = entry.read()
        cpu = float(arrays["cpu"][0])
        found[marker.process].append((cpu, marker.finished, marker.wall_s))
    return [sorted(cells) for cells in found.values()]


def _costs(found, times, begin):
    walls = [wall for cells in found for *_, wall in cells]
    cell = median(walls)
    cpu = [(c[-1][0] - c[0][0]) / (len(c) - 1) for c in found if len(c) > 1]
    all_there = max(cells[0][1] for cells in found)
    steady = [pair for pair in times if pair[0] >= all_there]
    (wall0, cpu0), (wall1, cpu1) = steady[0], steady[-1]
    passed = len(steady) - 1
    return {
        "rate": passed / (wall1 - wall0),
        "cell": cell,
        "cpu": median(cpu),
        "parent": (cpu1 - cpu0) / passed,
        "start": median(cells[0][1] - begin - cell for cells in found),
        "start_cpu": median(cells[0][0] for cells in found) - median(cpu),
    }


def sharded(cells: int, shards: int):
    """Cells per second of several sweeps of one store, each with its share.

    The cells cost nothing; the sweeps begin together, and count while all of them run.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store")
        prepare(study("empty", cells), path)
        call = "import _scale_costs; _scale_costs.shard({!r}, {}, {}, {})"
        lines = [("-c", call.format(folder, cells, i, shards)) for i in range(shards)]
        with _commands(*lines) as running:
            for process in running:
                process.wait()
        found = [[at for _, at, _ in by] for by in _by_process(path)]
    first, last = max(at[0] for at in found), min(at[-1] for at in found)
    passed = sum(first < at <= last for by in found for at in by)
    return passed / (last - first)


def shard(folder: str, cells: int, number: int, shards: int):
    """Sweep one share of a store as soon as all are ready."""
    empty = study("empty", cells)
    Path(folder, f"{number}.ready").touch()
    while len(list(Path(folder).glob("*.ready"))) < shards:
        time.sleep(0.01)
    sweep(empty, Path(folder, "store"), shard=(number, shards))


def parent(kind: str, repeats: int):
    """Seconds of the parts of a cell in the process that sweeps.

    Returns:
        CPU of `message` (the file is looked at, the task is packed), `report` (it is
        unpacked) and `write`; wall time of `write` and of `disk`: the same bytes into a
        new file, forced to the disk with its folder.
    """
    cheap = study(kind, repeats)
    with tempfile.TemporaryDirectory() as folder:
        entries = prepare(cheap, Path(folder, "store")).entries
        report = compute(task_of(cheap, entries[0].cell))
        packed = pickle.dumps(report)

        def message(entry):
            entry.read()
            pickle.dumps(task_of(cheap, entry.cell, shorter=entry.shorter()))

        def disk(entry):
            path = Path(folder, entry.name)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _forced(folder)

        found = {"message": _each(message, entries)}
        found["report"] = _each(lambda _: pickle.loads(packed), entries)
        found["write"] = _each(lambda entry: _record(entry, report), entries)
        content = entries[0].path.read_bytes()
        found["disk"] = _each(disk, entries)
    return found


def _forced(folder):
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _each(work, entries):
    """CPU and wall seconds of some work, for each of many entries."""
    cpu, wall = time.process_time(), time.perf_counter()
    for entry in entries:
        work(entry)
    n = len(entries)
    return (time.process_time() - cpu) / n, (time.perf_counter() - wall) / n


def scheduled(cells: int, workers: int = 2):
    """Sweep empty cells through a Dask scheduler with workers on this machine.

    Returns:
        The numbers of `swept`, and `scheduler`: its CPU seconds for each cell.
    """
    import psutil  # comes with Dask

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scheduler.json")
        quiet = ("--no-dashboard", "--scheduler-file", str(file))
        scheduler = ("-m", "distributed.cli.dask_scheduler", *quiet, "--port", "0")
        worker = ("-m", "distributed.cli.dask_worker", *quiet, "--nthreads", "1")
        with _commands(scheduler, *[worker] * workers) as running:
            address = _address(file)
            swept("empty", 2 * workers, 0, address)  # all have imported the package
            process = psutil.Process(running[0].pid)
            before = sum(process.cpu_times()[:2])
            found = swept("empty", cells, 0, address)
            spent = sum(process.cpu_times()[:2]) - before
    return found | {"scheduler": spent / cells}


def _address(file, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return json.loads(file.read_text())["address"]
        time.sleep(0.05)
    raise TimeoutError(f"the Dask scheduler did not start in {seconds:g} s.")


@contextlib.contextmanager
def _commands(*lines):
    """Processes that are ended afterwards; they find the studies of this folder."""
    here = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    running = [
        subprocess.Popen(
            [sys.executable, *line],
            env=os.environ | {"PYTHONPATH": here},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for line in lines
    ]
    try:
        yield running
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()
