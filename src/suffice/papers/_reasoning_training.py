"""A few transformers that are kept, for looking into them."""

from typing import Any

import jax
import numpy as np

from suffice.reasoning import Decoder, last_loss, Recipe, Stream
from suffice.sweeps import value_seed
from suffice.training import learn

from ._paper import Run


def trained(
    run: Run, name: str, task: Any, model: Decoder, recipe: Recipe, seeds: int
) -> list[Any]:
    """Train transformers with seeds from 0; a stopped training goes on.

    Starts and sequences are those that a study with key 0 gives the same seeds.
    """
    run.progress(f"training {seeds} transformers, {name}")
    run.folder.mkdir(parents=True, exist_ok=True)
    numbers = np.arange(seeds)
    streams = [value_seed(0, "stream", int(seed)) for seed in numbers]
    done = learn(
        model.build(task.vocab, task.length, numbers, 0),
        Stream(task, recipe.batch),
        loss=last_loss,
        optimizer=recipe.optimizer,
        steps=recipe.steps,
        at=[0, recipe.steps],
        seed=np.asarray(streams),
        checkpoint=run.folder / f"{name.replace(' ', '-')}.checkpoint",
    )
    return [done.member(seed) for seed in range(seeds)]


def fresh(task: Any, size: int, group: str) -> Any:
    """Sequences of a group on which models are evaluated."""
    return task.batch(jax.random.key(value_seed(0, "evaluation", group)), size, group)
