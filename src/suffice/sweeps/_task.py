"""The task that is sent to a worker, and the report that the worker returns."""

import contextlib
import dataclasses
import os
import platform
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import jax
import numpy as np
import scipy.linalg  # noqa: F401  # loads the BLAS of JAX, so that it can be limited
from threadpoolctl import threadpool_limits

from ._grid import substitute
from ._limits import met, open_runs, Shorter
from ._plain import from_plain, to_plain
from ._store._cells import Cell
from ._store._manifest import versions
from ._study import (
    class_path,
    fingerprint_of,
    import_class,
    Sweepable,
    Variable,
)


@dataclasses.dataclass(frozen=True)
class CellTask:
    """A cell of a study, described without code.

    Attributes:
        study_class: Import path of the class of the study.
        study: The fields of the study.
        cell: The cell.
        float64: Whether the precision is float64.
        checkpoint: Where a study that can resume inside a cell keeps its state; None
            where the worker sees no common disk.
        shorter: The numbers under lower limits, of which only the runs that met them
            are computed again; None computes all.
    """

    study_class: str
    study: Mapping[str, Any]
    cell: Cell
    float64: bool
    checkpoint: Path | None = None
    shorter: Shorter | None = None


@dataclasses.dataclass(frozen=True)
class Report:
    """The result of a task: its values, or None and the reason in `about`."""

    values: dict[str, np.ndarray] | None
    about: dict[str, Any]


def task_of(
    study: Sweepable,
    cell: Cell,
    checkpoint: Path | None = None,
    shorter: Shorter | None = None,
) -> CellTask:
    """The task of a cell, with the precision of this process."""
    bare = dataclasses.replace(study, grid={})  # type: ignore[type-var]
    float64 = bool(jax.config.read("jax_enable_x64"))
    path, fields = class_path(study), to_plain(bare)
    return CellTask(path, fields, cell, float64, checkpoint, shorter)


def compute(task: CellTask) -> Report:
    """Compute a cell; an error becomes the reason in its report.

    The precision is that of the process that made the task. One BLAS thread is used,
    because the last digits of large decompositions depend on the number of threads.
    (The number of XLA's threads changes no digit.)
    """
    started = time.perf_counter()
    try:
        with threadpool_limits(1, "blas"), jax.enable_x64(task.float64):
            values, about = _run(task)
    except Exception as error:
        values, about = None, failure(error)
    about |= {
        "wall_s": time.perf_counter() - started,
        "host": platform.node(),
        "process": os.getpid(),
        "versions": versions(),
    }
    return Report(values, about)


def lost(error: Exception) -> Report:
    """The report of a cell for which no worker returned one."""
    about = {
        "wall_s": 0.0,
        "host": platform.node(),
        "process": os.getpid(),
        "versions": versions(),
    }
    return Report(None, failure(error) | about)


def killed(times: int, cause: Exception | None = None) -> Report:
    """The report of a cell under which a number of workers died."""
    error = RuntimeError(f"the worker died under this cell {times} times")
    error.__cause__ = cause
    return lost(error)


def failure(error: BaseException) -> dict[str, Any]:
    """The reason of a failed cell: one line, and the traceback."""
    return {
        "reason": f"{type(error).__name__}: {error}",
        "traceback": "".join(traceback.format_exception(error)),
    }


def _run(task: CellTask) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    study = from_plain(import_class(task.study_class), task.study, where="study")
    study = substitute(study, task.cell.point)
    seeds = np.arange(task.cell.start, task.cell.stop)
    variables, shorter = study.variables(), task.shorter
    again = np.ones(len(seeds), bool) if shorter is None else open_runs(study, shorter)
    new = _checked(
        variables, _resumed(study, seeds[again], task.checkpoint), int(again.sum())
    )
    values = new if shorter is None else _merged(shorter.values, new, again)
    return values, {
        "outcomes": _outcomes(variables, values),
        "computes": fingerprint_of(study),
        "limits": met(study, values),
    }


def _merged(
    held: Mapping[str, np.ndarray], new: Mapping[str, np.ndarray], again: np.ndarray
) -> dict[str, np.ndarray]:
    """The held numbers, with those of some runs replaced by new ones."""
    merged = {name: array.copy() for name, array in held.items()}
    for name, array in new.items():
        merged[name][again] = array
    return merged


def _resumed(study: Any, seeds: np.ndarray, checkpoint: Path | None) -> Any:
    """The numbers of a cell, from its checkpoint if there is one that fits."""
    if checkpoint is None or "checkpoint" not in signature(study.run).parameters:
        return study.run(seeds)
    if checkpoint.exists():
        with contextlib.suppress(ValueError):  # damaged, or of other versions
            return study.run(seeds, checkpoint=checkpoint)
        checkpoint.unlink()
    return study.run(seeds, checkpoint=checkpoint)


def _checked(
    variables: Mapping[str, Variable], values: Mapping[str, Any], seeds: int
) -> dict[str, np.ndarray]:
    if set(values) != set(variables):
        raise ValueError(
            f"run() returned {sorted(values)}, variables() promise {sorted(variables)}."
        )
    arrays = {}
    for name, variable in variables.items():
        array = np.asarray(values[name])
        if array.shape != (seeds, *variable.shape):
            raise ValueError(
                f"run() returned {name} of shape {array.shape}, expected "
                f"{(seeds, *variable.shape)}."
            )
        if not np.can_cast(array.dtype, variable.dtype, casting="same_kind"):
            raise ValueError(
                f"run() returned {name} as {array.dtype}, expected {variable.dtype}."
            )
        arrays[name] = array.astype(variable.dtype)
    return arrays


def _outcomes(
    variables: Mapping[str, Variable], values: Mapping[str, np.ndarray]
) -> dict[str, int]:
    attrs = variables["outcome"].attrs if "outcome" in variables else {}
    if "flag_meanings" not in attrs:
        return {}
    words = dict(zip(attrs["flag_values"], attrs["flag_meanings"].split(), strict=True))
    counts = Counter(values["outcome"].tolist())
    return {words.get(code, str(code)): n for code, n in sorted(counts.items())}
