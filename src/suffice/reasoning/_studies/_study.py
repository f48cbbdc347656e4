"""Members, training and records that all studies of transformers share."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Int

from suffice._core import require_float64
from suffice.reasoning._analyses._loss import last_loss
from suffice.reasoning._tasks._batch import Stream, Task
from suffice.sweeps import value_seed, Variable
from suffice.training import learn, Learning

from ._decoder import Decoder, Recipe

SHARES = (0.0, *(2.0**-power for power in range(6, -1, -1)))
TIME = {"time": len(SHARES)}


def record_steps(steps: int) -> np.ndarray:
    """The steps at which a run is recorded: 0, 1/64, 1/32, ... and 1 of its length.

    Raises:
        ValueError: The run is so short that two of them coincide.
    """
    at = np.rint(np.asarray(SHARES) * steps).astype(int)
    if (np.diff(at) < 1).any():
        raise ValueError(f"steps is {steps}; expected at least {round(1 / SHARES[1])}.")
    return at


def train_members(
    task: Any,
    model: Decoder,
    recipe: Recipe,
    seeds: Int[np.ndarray, " runs"],
    key: int = 0,
    **watching: Any,
) -> Learning:
    """Train one transformer per seed on its own stream of a task.

    Initialisation and stream follow from the key and the seed by value: equal seeds at
    two rates, depths or recipes see the same sequences.

    Args:
        task: A `Task` that also knows its `vocab` and the `length` of its sequences.
        model: The architecture, and the rate of its initialisation.
        recipe: How it is trained.
        seeds: One member each.
        key: Random key.
        watching: `at`, `measure`, `checkpoint` and `progress` of
            `suffice.training.learn`.

    Raises:
        ValueError: JAX is in float32 mode, or see `suffice.training.learn`.
    """
    require_float64("A study of transformers")  # seeds are 63-bit numbers
    streams = [value_seed(key, "stream", int(seed)) for seed in seeds]
    return learn(
        model.build(task.vocab, task.length, seeds, key),
        Stream(task, recipe.batch),
        loss=last_loss,
        optimizer=recipe.optimizer,
        steps=recipe.steps,
        seed=np.asarray(streams),
        **watching,
    )


def evaluation_key(key: int, group: str) -> Any:
    """The key of the sequences on which every member of a study is evaluated."""
    return jax.random.key(value_seed(key, "evaluation", group))


def variables(meanings: Mapping[str, str]) -> dict[str, Variable]:
    """Losses, shares and scores over the records of a run, from their meanings."""
    return {
        name: Variable("float64", TIME, {"long_name": meaning, "units": "1"})
        for name, meaning in meanings.items()
    }


def run_members(
    study: Any, task: Task, seeds: np.ndarray, measure: Callable[[Any], dict[str, Any]]
) -> dict[str, np.ndarray]:
    """Train the runs of some seeds of a study and record what was measured.

    Args:
        study: With `model`, `training` and `key`.
        task: What is learned.
        seeds: Seeds of the runs.
        measure: Named numbers of a model.
    """
    steps = record_steps(study.training.steps)
    training = train_members(
        *(task, study.model, study.training, seeds, study.key),
        at=steps,
        measure=measure,
    )
    columns = {name: np.asarray(v, float) for name, v in training.measured.items()}
    return {"loss": training.losses, **columns}


def check_size(name: str, value: int) -> None:
    """Refuse a number of sequences below one."""
    if value < 1:
        raise ValueError(f"{name} is {value}; expected at least 1.")
