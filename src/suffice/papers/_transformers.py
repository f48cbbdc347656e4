"""Studies and single transformers of the papers on reasoning."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from suffice.reasoning import Decoder, Recipe, train_members
from suffice.sweeps import open_store, sweep, value_seed

from ._paper import Run


def swept(run: Run, study: Any, store: Path, cells: str) -> xr.Dataset:
    """The whole sweep of a study.

    Args:
        run: How the experiment is run.
        study: The study that is swept.
        store: Folder in which the numbers are kept.
        cells: What one cell holds, in the plural; printed as progress.
    """
    sweep(
        study,
        store,
        workers=run.workers,
        progress=lambda done, total, _: run.tell(f"{done} of {total} {cells} trained"),
    )
    return open_store(store).load()


def trained(
    run: Run, name: str, task: Any, model: Decoder, recipe: Recipe, seeds: int
) -> list[Any]:
    """Train transformers with seeds from 0; a stopped training goes on.

    Starts and sequences are those that a study with key 0 gives the same seeds.
    """
    run.tell(f"training {seeds} transformers, {name}")
    run.folder.mkdir(parents=True, exist_ok=True)
    training = train_members(
        *(task, model, recipe, np.arange(seeds)),
        at=[0, recipe.steps],
        checkpoint=run.folder / f"{name.replace(' ', '-')}.checkpoint",
    )
    return [training.member(seed) for seed in range(seeds)]


def fresh(task: Any, size: int, group: str) -> Any:
    """Sequences of a group on which models are evaluated."""
    return task.batch(jax.random.key(value_seed(0, "evaluation", group)), size, group)


def record_labels(count: int) -> list[str]:
    """The shares of a training at which a study records: 0, 1/64, ..., 1/2 and 1."""
    return ["0", *(f"1/{2**p}" for p in range(count - 2, 0, -1)), "1"]
