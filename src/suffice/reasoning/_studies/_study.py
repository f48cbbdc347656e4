"""Training and records that all studies of transformers share."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import jax
import numpy as np
from jaxtyping import Int

from suffice._core import check_size, require_float64
from suffice.reasoning._analyses._loss import last_loss
from suffice.reasoning._tasks._batch import SizedTask, Stream
from suffice.sweeps import value_seed, Variable
from suffice.training import learn, Learning

from ._decoder import Decoder, Recipe

SHARES = (0.0, *(2.0**-power for power in range(6, -1, -1)))
TIME = {"time": len(SHARES)}


def record_steps(steps: int) -> np.ndarray:
    """Return the steps at which a run is recorded: 0, 1/64, 1/32, ..., 1 of its length.

    Raises:
        ValueError: The run is so short that two of these steps coincide.
    """
    at = np.rint(np.asarray(SHARES) * steps).astype(int)
    if (np.diff(at) < 1).any():
        raise ValueError(f"steps is {steps}; expected at least {round(1 / SHARES[1])}.")
    return at


def train_members(
    task: SizedTask,
    model: Decoder,
    recipe: Recipe,
    seeds: Int[np.ndarray, " runs"],
    key: int = 0,
    **watching: Any,
) -> Learning:
    """Train one transformer per seed on its own stream of a task.

    Initialisation and stream depend on the key and the value of the seed only, so equal
    seeds with two rates, depths or recipes train on the same sequences.

    Args:
        task: A `Task` with the attributes `vocab` and `length`.
        model: The architecture, with the rate of its initialisation.
        recipe: The recipe of the training.
        seeds: Seeds of the members.
        key: An integer, from which with the seed all random numbers follow.
        watching: The arguments `at`, `measure`, `checkpoint` and `progress` of
            `suffice.training.learn`.

    Returns:
        The trained ensemble.

    Raises:
        ValueError: JAX runs in float32 mode, or as in `suffice.training.learn`.

    Examples:
        >>> task = sf.reasoning.AnchorTask.identity()
        >>> model = sf.reasoning.Decoder(layers=1, width=8)
        >>> recipe = sf.reasoning.Recipe(steps=2, batch=4)
        >>> seeds = np.array([3, 3, 4])
        >>> learned = sf.reasoning.train_members(task, model, recipe, seeds)
        >>> loss = learned.loss
        >>> bool(loss[0] == loss[1]), bool(loss[1] == loss[2])  # of equal seeds
        (True, False)
    """
    require_float64("A study of transformers")  # seeds are 63-bit numbers
    check_size(
        len(seeds) * recipe.batch * task.length * model.width,
        f"a batch of {recipe.batch} sequences for each of {len(seeds)} transformers",
        "take a smaller batch",
    )
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
    """Return the key of the sequences on which every member is evaluated."""
    return jax.random.key(value_seed(key, "evaluation", group))


class TransformerStudy:
    """What studies of transformers share: each says what it measures, and of what.

    Attributes:
        meanings: What is recorded: the meaning of each variable.
    """

    meanings: ClassVar[Mapping[str, str]]

    def measured(self) -> tuple[SizedTask, Callable[[Any], dict[str, Any]]]:
        """Return the task that is learned, and a function that measures a model."""
        raise NotImplementedError

    def variables(self) -> dict[str, Variable]:
        """Return what is recorded at steps 0, 1/64, 1/32, ..., 1 of each run."""
        return {
            name: Variable("float64", TIME, {"long_name": meaning, "units": "1"})
            for name, meaning in self.meanings.items()
        }

    def run(
        self, seeds: np.ndarray, checkpoint: Path | None = None
    ) -> dict[str, np.ndarray]:
        """Train the runs of some seeds and return the numbers named in `variables`.

        Args:
            seeds: Seeds of the runs.
            checkpoint: File from which a stopped training goes on, or None.
        """
        return run_members(self, *self.measured(), seeds, checkpoint)


def run_members(
    study: Any,
    task: SizedTask,
    measure: Callable[[Any], dict[str, Any]],
    seeds: np.ndarray,
    checkpoint: Path | None,
) -> dict[str, np.ndarray]:
    """Train the runs of some seeds of a study and return what was measured.

    Args:
        study: A study with `model`, `training` and `key`.
        task: The task that is learned.
        measure: Function that returns named numbers of a model.
        seeds: Seeds of the runs.
        checkpoint: File from which a stopped training goes on, or None.
    """
    steps = record_steps(study.training.steps)
    training = train_members(
        *(task, study.model, study.training, seeds, study.key),
        at=steps,
        measure=measure,
        checkpoint=checkpoint,
    )
    columns = {name: np.asarray(v, float) for name, v in training.measured.items()}
    return {"loss": training.losses, **columns}


def check_positive(name: str, value: int) -> None:
    """Raise a ValueError for a number of sequences below one."""
    if value < 1:
        raise ValueError(f"{name} is {value}; expected at least 1.")
