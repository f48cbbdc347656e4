"""Initial parameters and training of the networks of the paper on grokking."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from suffice._core import partition, Progress
from suffice.models import DeepNetwork
from suffice.papers._paper import Run
from suffice.spectra import Recorder, SpectralRecord
from suffice.training import learn, log_steps, mean_squared_error, stack

_SAID = 10.0  # seconds between two sentences about one training


def networks(
    widths: Sequence[int],
    seeds: Sequence[int],
    *,
    scale: float = 1.0,
    activation: str = "relu",
    dtype: Any = jnp.float64,
) -> DeepNetwork:
    """An ensemble whose initial parameters are those of PyTorch times a factor."""
    drawn = [
        DeepNetwork.uniform(
            widths, scale, key=jax.random.key(seed), activation=activation
        )
        for seed in seeds
    ]
    return jax.tree.map(lambda leaf: leaf.astype(dtype), stack(drawn))


@dataclasses.dataclass(frozen=True)
class Trained:
    """What trained networks computed, and how large they were.

    Attributes:
        record: Their outputs.
        norm: Norm of all parameters, (run, step).
    """

    record: SpectralRecord
    norm: np.ndarray


def trained(
    run: Run,
    name: str,
    models: DeepNetwork,
    recorder: Recorder,
    data: Callable[[Any, Any], Any],
    optimizer: optax.GradientTransformation,
    steps: int,
) -> Trained:
    """Train an ensemble on the mean squared loss; a stopped training goes on.

    Args:
        run: How the experiment is run; its folder keeps the training.
        name: Name of the training and of its file.
        models: The ensemble.
        recorder: An empty recorder, which receives the outputs.
        data: The samples of each step.
        optimizer: An optimizer of optax.
        steps: Number of steps.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    run.tell(f"{name}: {steps} steps")
    learning = learn(
        models,
        data,
        loss=mean_squared_error,
        optimizer=optimizer,
        steps=steps,
        at=log_steps(steps),
        measure=jax.tree_util.Partial(_observed, recorder.measure),
        checkpoint=run.folder / f"{name}.npz",
        progress=_sparse(run, name),
    )
    outputs, norm = learning.measured
    recorder.take(dataclasses.replace(learning, measured=outputs))
    return Trained(recorder.record(), norm)


def _observed(measure, model):
    leaves = jax.tree.leaves(partition(model)[0])
    return measure(model), jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in leaves))


def _sparse(run: Run, name: str) -> Progress:
    said = [time.monotonic()]

    def progress(done: int, steps: int, stage: str) -> None:
        if done < steps and time.monotonic() - said[0] > _SAID:
            said[0] = time.monotonic()
            run.tell(f"{name}: step {done} of {steps}")

    return progress
