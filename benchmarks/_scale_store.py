"""Stores of many cells, made by the package's own writing code from made-up reports."""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

from _measure import observed  # noqa: E402
from _scale_studies import phase_diagram  # noqa: E402

from suffice.sweeps import export, open_store, status, sweep  # noqa: E402
from suffice.sweeps._store._manifest import versions  # noqa: E402
from suffice.sweeps._store._store import prepare, Store  # noqa: E402
from suffice.sweeps._sweep import _record  # noqa: E402
from suffice.sweeps._task import compute, Report, task_of  # noqa: E402
from suffice.training import Outcome  # noqa: E402

LEFT = 10  # cells that a new store lacks


def made(folder: str, cells: int):
    """Make a store that lacks its last ten cells; CPU seconds and memory growth."""
    return observed(lambda: _make(folder, phase_diagram(cells)))


def _make(folder, study):
    entries = prepare(study, folder).entries
    about = {"computes": {}, "limits": {}, "wall_s": 0.1, "host": "made up"}
    about |= {"process": 1, "versions": versions()}
    variables, rng = study.variables(), np.random.default_rng(0)
    for entry in entries[:-LEFT]:
        values, outcomes = _invented(entry.cell, variables, rng)
        _record(entry, Report(values, about | {"outcomes": outcomes}))
    return len(entries)


def _invented(cell, variables, rng):
    """Runs that recover more often with more samples."""
    runs = rng.random(cell.size) < cell.point["samples.size"] / 50
    codes = np.where(runs, int(Outcome.recovered), int(Outcome.fitted))
    values = {
        name: rng.random(cell.size).astype(variable.dtype)
        for name, variable in variables.items()
    }
    good = int(runs.sum())
    counts = {"recovered": good, "fitted": cell.size - good}
    return values | {"outcome": codes.astype(np.uint8)}, counts


def read(folder: str, cells: int, way: str):
    """CPU seconds and growth of the peak memory of one way to use a store.

    Args:
        folder: Folder of the store.
        cells: How many it lists.
        way: The name of a function below.
    """
    if way == "resumed":
        _warm(folder, cells)
    return observed(lambda: globals()[way](folder, cells))


def _warm(folder, cells):
    """Compile the programs of the cells that a store lacks."""
    study = phase_diagram(cells)
    compute(task_of(study, Store(folder).entries[-1].cell))


def counted(folder, _):
    return status(folder).done


def opened(folder, _):
    return dict(open_store(folder).sizes)


def exported(folder, _):
    file = export(folder, f"{folder}.csv", "csv")
    size = file.stat().st_size
    file.unlink()
    return size


def drawn(folder, _):
    from suffice.report import sweep_page

    return len(sweep_page(open_store(folder)))


def swept(folder, cells):
    return sweep(phase_diagram(cells), folder).done


resumed = swept
