"""What studies of transformers have in common: members, training, records."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from suffice._core import require_float64
from suffice.sweeps import value_seed, Variable
from suffice.training import learn, Learning

from ._batch import Stream, Task
from ._loss import last_loss
from ._study_decoder import Decoder, Recipe

SHARES = tuple(2.0**-power for power in range(6, -1, -1))
TIME = {"time": len(SHARES)}


def record_steps(steps: int) -> np.ndarray:
    """The steps at which a run is looked at: 1/64, 1/32, ... and all of its steps.

    Raises:
        ValueError: The run is so short that two of them coincide.
    """
    at = np.rint(np.asarray(SHARES) * steps).astype(int)
    if at[0] < 1 or (np.diff(at) < 1).any():
        raise ValueError(f"steps is {steps}; expected at least {round(1 / SHARES[0])}.")
    return at


def train_members(
    task: Task,
    length: int,
    vocab: int,
    model: Decoder,
    recipe: Recipe,
    seeds: np.ndarray,
    key: int,
    measure: Callable[[Any], Any],
) -> Learning:
    """Train one transformer per seed on its own stream of a task.

    Initialisation and stream follow from the key and the seed by value: equal seeds at
    two rates, depths or recipes see the same sequences.
    """
    require_float64("A study of transformers")  # seeds are 63-bit numbers
    streams = [value_seed(key, "stream", int(seed)) for seed in seeds]
    return learn(
        model.build(vocab, length, seeds, key),
        Stream(task, recipe.batch),
        loss=last_loss,
        optimizer=recipe.optimizer,
        steps=recipe.steps,
        at=record_steps(recipe.steps),
        measure=measure,
        seed=np.asarray(streams),
    )


def evaluation_key(key: int, group: str) -> Any:
    """The key of the sequences on which every member of a study is evaluated."""
    return jax.random.key(value_seed(key, "evaluation", group))


def share(meaning: str, **dims: int) -> Variable:
    """A recorded share or score, with further dimensions."""
    return Variable("float64", dims, {"long_name": meaning, "units": "1"})


def recorded(learning: Learning, names: Any, last: Any) -> dict[str, np.ndarray]:
    """The measured numbers: over time, or those of the trained model only."""
    measured = {k: np.asarray(v, float) for k, v in learning.measured.items()}
    found = {name: measured[name] for name in names}
    return found | {name: measured[name][:, -1] for name in last}


def check_size(name: str, value: int) -> None:
    """Refuse a number of sequences below one."""
    if value < 1:
        raise ValueError(f"{name} is {value}; expected at least 1.")
