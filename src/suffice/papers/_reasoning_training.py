"""A few transformers that are kept, for looking into them."""

from typing import Any

import jax
import numpy as np

from suffice.reasoning import Decoder, Recipe, train_members
from suffice.sweeps import value_seed

from ._paper import Run


def trained(
    run: Run, name: str, task: Any, model: Decoder, recipe: Recipe, seeds: int
) -> list[Any]:
    """Train transformers with seeds from 0; a stopped training goes on.

    Starts and sequences are those that a study with key 0 gives the same seeds.
    """
    run.progress(f"training {seeds} transformers, {name}")
    run.folder.mkdir(parents=True, exist_ok=True)
    done = train_members(
        *(task, model, recipe, np.arange(seeds)),
        at=[0, recipe.steps],
        checkpoint=run.folder / f"{name.replace(' ', '-')}.checkpoint",
    )
    return [done.member(seed) for seed in range(seeds)]


def fresh(task: Any, size: int, group: str) -> Any:
    """Sequences of a group on which models are evaluated."""
    return task.batch(jax.random.key(value_seed(0, "evaluation", group)), size, group)
