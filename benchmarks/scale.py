"""How far one sweep goes, over workers and over cells: `python benchmarks/scale.py`.

Throughput of real sweeps on this machine, the cost of every cell in the process that
writes the store and in a Dask scheduler, a schedule simulated from these costs to
10,000 workers, and a store of 100,000 cells. About four minutes; `--quick` for a smoke
test. The stores of many cells are made in a folder in memory where there is one
(`--folder`), the others on the disk.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from _measure import from_command_line, in_process, markdown, write_table
from _scale_schedule import Costs, simulated

MEMORY = Path("/dev/shm")
WORKERS = 0, 1, 2, 4
SHARDS = 1, 2, 4
PARTS = "message", "report", "write"  # of what a cell needs in the parent
MANY = 1, 10, 100, 1000, 10_000
SECONDS = 0.1, 1, 10, 100
SWEPT = (
    *("cells", "workers", "cells/s", "CPU a cell", "CPU of the parent, a cell"),
    *("start of a worker", "its CPU", "simulated cells/s", "measured / simulated"),
)
WAYS = (  # what is done with a store, and the function of _scale_store that does it
    ("status", "counted"),
    ("as an xarray data set", "opened"),
    ("export to CSV", "exported"),
    ("plot: the page", "drawn"),
    ("sweep when all but ten cells are done", "resumed"),
    ("sweep when all are done", "swept"),
)
KINDS = {
    "empty": ("nothing", 300),
    "small": ("4 networks", 100),
    "large": ("256 networks", 20),
}


def main(quick: bool = False, write: bool = False, folder: Path | None = None) -> int:
    """Measure all.

    Args:
        quick: Few cells and workers; checks the script.
        write: Put the tables into README.
        folder: Where stores of many cells are made and deleted.
    """
    machine = _machine()
    kind, cells = ("empty", 20) if quick else ("small", 300)
    spent = in_process("_scale_costs", "parent", kind, cells)
    real, start = swept_lines(quick, spent)
    parts = [machine, "", *parent_lines(spent), "", *real]
    parts += ["", shard_lines(quick)]
    _show(parts)
    dask, found = scheduler_lines(quick)
    _show(dask)
    limits = ["", *schedule_lines(quick, start, *served(spent, found))]
    _show(limits)
    where = folder or (MEMORY if MEMORY.is_dir() else None)
    read = ["", *store_lines(quick, where)]
    _show(read)
    if write and not quick:
        write_table("scale", [*parts, "", *dask, *limits, *read])
    return 0


def _show(lines):
    print("\n".join([*lines, ""]), flush=True)


def _machine():
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; "
        "one thread a process."
    )


def occupied(spent):
    """Wall seconds for which a cell occupies the process that writes the store."""
    return sum(spent[name][1] for name in PARTS)


def parent_lines(spent):
    """What a cell costs in the process that sweeps."""
    names = {
        "message": "look at its file, pack its task",
        "report": "unpack its report",
        "write": "write its file, forced to the disk",
        "disk": "the same bytes forced to the disk, nothing else",
    }
    rows = [
        (text, f"{1e3 * spent[n][0]:.2f} ms", f"{1e3 * spent[n][1]:.2f} ms")
        for n, text in names.items()
    ]
    most = f"At most {1 / occupied(spent):.0f} cells a second pass through one process."
    return [*markdown(("a cell in the parent", "CPU", "wall"), rows), "", most]


def swept_lines(quick, spent):
    """Throughput of real sweeps beside that of the simulation; CPU of a start."""
    rows, starts = [], []
    for kind in ("empty",) if quick else KINDS:
        words, cells = KINDS[kind]
        for workers in (1,) if quick else WORKERS:
            with tempfile.TemporaryDirectory() as cache:  # all programs are new
                found = in_process(
                    *("_scale_costs", "swept", kind, 20 if quick else cells, workers),
                    XDG_CACHE_HOME=cache,
                )
            rows.append((words, str(workers), *_told(found, workers, spent)))
            starts.append(found["start_cpu"])
    return markdown(SWEPT, rows), max(starts)


def _told(found, workers, spent):
    shown = (
        f"{found['rate']:.1f}",
        f"{1e3 * found['cpu']:.1f} ms",
        f"{1e3 * found['parent']:.1f} ms" if workers else "the same process",
        f"{found['start']:.1f} s",
        f"{found['start_cpu']:.1f} s",
    )
    alone = workers == 0  # one process computes, and writes in between
    costs = Costs(0.0, occupied(spent))
    foretold = 1000 / simulated(workers or 1, found["cell"], 1000, costs)
    if not alone and workers > (os.cpu_count() or 1):
        return *shown, "more workers than cores", ""
    return *shown, f"{foretold:.1f}", f"{found['rate'] / foretold:.2f}"


def shard_lines(quick):
    """Throughput of several processes that write into one store."""
    cells, numbers = (20, (1,)) if quick else (1200, SHARDS)
    rates = [in_process("_scale_costs", "sharded", cells, n) for n in numbers]
    found = ", ".join(f"{r:.0f} by {n}" for r, n in zip(rates, numbers, strict=True))
    return f"Cells of nothing, a second, by shards of one store on one disk: {found}."


def scheduler_lines(quick):
    """What a cell costs with a Dask scheduler, in words and numbers, if it is there."""
    try:
        found = in_process("_scale_costs", "scheduled", 40 if quick else 400)
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1]
        return [f"The Dask scheduler was not measured: {last}"], None
    words = [
        f"Empty cells through a Dask scheduler and two workers: {found['rate']:.0f} "
        f"cells a second; of each, {1e3 * found['scheduler']:.1f} ms CPU in the "
        f"scheduler, {1e3 * found['parent']:.1f} ms in the process that writes the "
        f"store, {1e3 * found['cpu']:.1f} ms in a worker."
    ]
    return words, found


def served(spent, found):
    """Seconds of a cell at the store and at the scheduler, which is 0 for pipes."""
    if found is None:
        return occupied(spent), 0.0
    pipes = sum(spent[name][0] for name in PARTS)
    return occupied(spent) + found["parent"] - pipes, found["scheduler"]


def schedule_lines(quick, start, store, scheduler):
    """A simulated sweep of 100,000 cells on up to 10,000 workers."""
    costs = Costs(start, store, scheduler, 2 if scheduler else 1)
    cells, rows = 1000 if quick else 100_000, []
    for workers in MANY:
        row = [f"{workers:,}"]
        for cell in SECONDS:
            rate = cells / simulated(workers, cell, cells, costs)
            row.append(f"{rate:.3g} cells/s, {100 * rate * cell / workers:.0f} %")
        rows.append(row)
    limits = [f"{costs.most(cell):,.0f} workers" for cell in SECONDS]
    rows.append([f"the {costs.limits} limits from", *limits])
    head = ("workers", *(f"cells of {cell:g} s" for cell in SECONDS))
    words = (
        f"Simulated sweeps of {cells:,} cells through "
        f"{'a Dask scheduler' if scheduler else 'pipes'}: cells a second and the share "
        f"of the workers' time that cells take, with {start:.1f} s for each to start "
        f"and compile, {1e3 * costs.store:.1f} ms a cell at the store"
        + (f" and {1e3 * scheduler:.1f} ms at the scheduler." if scheduler else ".")
    )
    return [words, "", *markdown(head, rows)]


def store_lines(quick, where):
    """Time and memory of stores of 10,000 and of 100,000 cells."""
    sizes = (100, 1000) if quick else (10_000, 100_000)
    with tempfile.TemporaryDirectory(dir=where) as folder:
        ways = WAYS[:1] if quick else WAYS
        found = [list(_stored(folder, cells, ways)) for cells in sizes]
    few, many = (f"{size:,} cells" for size in sizes)
    head = ("what", few, "memory", many, "memory", "CPU a cell", "memory a cell")
    step, shown = sizes[1] - sizes[0], []
    for (name, few), (_, many) in zip(*found, strict=True):
        row = [name]
        for one in (few, many):
            row += [f"{one['seconds']:.1f} s", f"{one['mb']:.0f} MB"]
        row.append(f"{1e6 * (many['seconds'] - few['seconds']) / step:.0f} us")
        row.append(f"{2**20 * (many['mb'] - few['mb']) / step:,.0f} bytes")
        shown.append(row)
    words = (
        "CPU and growth of the peak memory in a process of its own; a cell is a "
        "point of a grid, with four runs. The stores are in memory, the cells that "
        "are missing have their programs compiled before."
    )
    return [words, "", *markdown(head, shown)]


def _stored(folder, cells, ways):
    store = f"{folder}/{cells}.store"
    yield "make the store", in_process("_scale_store", "made", store, cells)
    for name, way in ways:
        yield name, in_process("_scale_store", "read", store, cells, way)
    shutil.rmtree(store)


if __name__ == "__main__":
    from_command_line(main, __doc__)
