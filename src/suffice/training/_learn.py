"""Stochastic training for a number of steps, with measurements at some of them."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import ArrayLike, Float, Int, PyTree

from suffice._core import digest, Model, partition, Progress, silent

from ._checkpoint import fingerprint, read_checkpoint, write_checkpoint
from ._ensemble import member
from ._fit import _sizes
from ._learn_checks import check_loss, check_stateless, seeds_of, times_of
from ._outcome import Outcome
from ._trained_ensemble import TrainedEnsemble

_CALL_SECONDS = 2.0  # longest compiled call, so that progress and interrupts are fast
_SAVE_SECONDS = 5.0  # least time between two checkpoints


@dataclasses.dataclass(frozen=True)
class Learning(TrainedEnsemble):
    """An ensemble after a number of steps, with measurements during training.

    Attributes:
        models: The trained ensemble; `member(i)` and `best()` return single models.
        loss: Mean loss of the batches before the last measurement, for each member.
        steps: Number of steps of each member.
        outcome: `Outcome.diverged` for a member with parameters that are not finite,
            or with a loss that was not a number, else `Outcome.out_of_steps`: all steps
            are taken, and whether anything is left to gain is not tested.
        at: The steps at which the members were measured.
        losses: Mean loss of the batches since the previous measurement; nan at step 0.
        measured: Results of `measure`, with leading axes `runs`, `times`, or None.
    """

    at: Int[np.ndarray, " times"]
    losses: Float[np.ndarray, "runs times"]
    measured: PyTree

    def headline(self) -> str:
        """The number of runs and of steps, in one sentence."""
        lost = self.count(Outcome.diverged)
        ends = f", {lost} diverged" if lost else ""
        return f"{len(self.loss)} runs of {self.at[-1]} steps{ends}."

    def shown(self) -> dict[str, Any]:
        """The spread of the last losses."""
        low, middle, high = np.quantile(self.loss, [0, 0.5, 1])
        return {"least_loss": low, "median_loss": middle, "largest_loss": high}


def learn(
    models: Model,
    data: Callable[[Any, Any], Any],
    *,
    loss: Callable[[Any, Any], Any],
    optimizer: optax.GradientTransformation,
    steps: int,
    at: ArrayLike | Sequence[int] | None = None,
    measure: Callable[[Any], Any] | None = None,
    seed: ArrayLike | Sequence[int] = 0,
    checkpoint: str | Path | None = None,
    progress: Progress = silent,
) -> Learning:
    """Train every member for a number of steps of an optimiser of optax.

    Prefer it to `train` for other losses than least squares, for mini-batches, for
    random samples, and for other precisions than float64. On a CPU a member's result is
    bitwise independent of the rest of the ensemble.

    Args:
        models: An ensemble: a callable pytree whose parameters all have a leading axis
            `runs`, as `ensemble` and `stack` return it.
        data: A `Minibatches` or another callable pytree; `data(key, step)` returns, in
            traced code, the batch of a step. A member has one key for all steps.
        loss: A scalar, called as `loss(model, batch)`, e.g. `mean_squared_error` or
            `cross_entropy`.
        optimizer: Any optimiser of optax, which may include schedules. It is given the
            loss of the batch as `value`, `grad` and `value_fn`, for those that need it,
            such as `optax.lbfgs` and `optax.contrib.reduce_on_plateau`.
        steps: Number of steps, at least 1.
        at: Increasing steps at which members are measured, from 0 to `steps`; None
            takes `log_steps(steps)`.
        measure: Returns a pytree of arrays when called as `measure(model)` in traced
            code. Pass the same function, or an `equinox.Partial` of it, to avoid
            another compilation; this holds for `loss` and `optimizer`, too.
        seed: Random seed: one number per member, or one for all members, which then
            have equal batches.
        checkpoint: A file that is written every few seconds. If it exists, the run
            resumes from it and gives bitwise the same result as an uninterrupted run.
            It belongs to these models, data, loss, optimiser, measurements, steps and
            seeds, and to one version of JAX; another run is refused.
        progress: Called as `progress(done, total, "steps")` every few seconds.

    Returns:
        The trained ensemble with loss, steps and outcome of each member, as `fit` and
        `train` return them, too, and the measurements.

    Raises:
        ValueError: `models` is no ensemble, or has layers with mutable state; the loss
            is no scalar; a label for `cross_entropy` is outside the classes; `at`,
            `steps` or `seed` is out of range; or the checkpoint belongs to another run.

    Examples:
        >>> import optax
        >>> from suffice.training import mean_squared_error, Minibatches
        >>> template = sf.TwoLayer.normal(width=2, inputs=1, key=jax.random.key(0))
        >>> x = np.linspace(-2.0, 2.0, 8)[:, None]
        >>> learning = sf.learn(
        ...     sf.ensemble(template, 3, key=jax.random.key(1)),
        ...     Minibatches(x, np.tanh(x[:, 0]), size=4),
        ...     loss=mean_squared_error,
        ...     optimizer=optax.adam(1e-2),
        ...     steps=5,
        ... )
        >>> learning.losses.shape
        (3, 6)
    """
    check_stateless(models)
    runs, _ = _sizes(models)
    at = times_of(at, steps)
    keys = jax.vmap(jax.random.key)(seeds_of(seed, runs))
    check_loss(member(models, 0), data, loss, keys[0])
    path = None if checkpoint is None else Path(checkpoint)
    rule = optax.with_extra_args_support(optimizer)
    run = _Run(models, keys, data, loss, rule, measure, at, steps)
    if path is not None:
        run.resume(path)
    saved = time.monotonic()
    while not run.finished:
        run.go_on()
        late = time.monotonic() - saved > _SAVE_SECONDS
        if path is not None and (late or run.finished):
            run.save(path)
            saved = time.monotonic()
        progress(run.step, steps, "steps")
    return run.result()


class _Run:
    """The state of the training between two compiled calls."""

    def __init__(self, models, keys, data, loss, optimizer, measure, at, steps):
        params, self.rest = partition(models)
        self.keys, self.data, self.loss = keys, data, loss
        self.rule, self.measure, self.at, self.steps = optimizer, measure, at, steps
        self.step, self.count = 0, 0
        total = jnp.zeros(len(keys), jnp.result_type(*jax.tree.leaves(params)))
        self.state = params, jax.vmap(optimizer.init)(params), total
        losses = np.full((len(keys), len(at)), np.nan)
        self.held = losses, _blank(models, measure, len(at))
        self.pace = 16  # steps of a compiled call; it adapts to their duration
        self._record()

    @property
    def finished(self) -> bool:
        return self.step == self.steps

    def go_on(self):
        """Take some steps, at most up to the next measurement, which is then made."""
        goal = self.at[self.count] if self.count < len(self.at) else self.steps
        last, started = min(int(goal), self.step + self.pace), time.monotonic()
        self.state = _advance(*self._arguments(last))
        jax.block_until_ready(self.state)
        seconds = time.monotonic() - started
        if last == self.step + self.pace and seconds < _CALL_SECONDS / 2:
            self.pace *= 2
        self.step = last
        self._record()

    def _arguments(self, last):
        return (
            *(self.state, self.keys, self.rest, self.data),
            *(self.loss, self.rule, np.asarray(self.step), np.asarray(last)),
        )

    def _record(self):
        if self.count == len(self.at) or self.step != self.at[self.count]:
            return
        params, memory, total = self.state
        losses, measured = self.held
        since = self.at[self.count - 1] if self.count else 0
        if self.step > since:
            losses[:, self.count] = np.asarray(total) / (self.step - since)
        if self.measure is not None:
            values = _measure(params, self.rest, self.measure)
            pairs = zip(jax.tree.leaves(measured), jax.tree.leaves(values), strict=True)
            for whole, part in pairs:
                whole[:, self.count] = part
        self.state = params, memory, jnp.zeros_like(total)
        self.count += 1

    def save(self, path):
        write_checkpoint(path, self.digest, self._tree())

    def resume(self, path):
        """Take the digest of the run at its start, and the state of a checkpoint."""
        programs = [fingerprint(_advance, *self._arguments(self.steps))]
        if self.measure is not None:
            made = self.state[0], self.rest, self.measure
            programs.append(fingerprint(_measure, *made))
        self.digest = digest(repr((programs, self.at.tolist())).encode())
        if not path.exists():
            return
        saved = read_checkpoint(path, self.digest, self._tree())
        (step, count), state, self.held = saved
        self.step, self.count = int(step), int(count)
        self.state = jax.tree.map(jnp.asarray, state)

    def _tree(self):
        return (np.asarray(self.step), np.asarray(self.count)), self.state, self.held

    def _lost(self):
        """Whether the loss of a member was not a number in some step."""
        means = self.held[0][:, self.at > 0]
        return np.isnan(means).any(1) | np.isnan(np.asarray(self.state[2]))

    def result(self):
        params, (losses, measured) = self.state[0], self.held
        leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(params)]
        finite = [np.isfinite(leaf.reshape(len(leaf), -1)).all(1) for leaf in leaves]
        kept = np.all(finite, axis=0) & ~self._lost()
        return Learning(
            models=eqx.combine(params, self.rest),
            loss=losses[:, -1],
            steps=np.full(len(kept), self.steps),
            outcome=np.where(kept, Outcome.out_of_steps, Outcome.diverged),
            at=self.at,
            losses=losses,
            measured=measured,
        )


@eqx.filter_jit
def _advance(state, keys, rest, data, loss, rule, first, last):
    """Take the steps from `first` to `last`, which are arrays to compile only once."""

    def member(packed):
        key, state = packed

        def step(index, state):
            params, memory, total = state
            batch = data(key, index)

            def value_of(params):
                return loss(eqx.combine(params, rest), batch)

            value, slope = jax.value_and_grad(value_of)(params)
            change, memory = rule.update(
                *(slope, memory, params), value=value, grad=slope, value_fn=value_of
            )
            return optax.apply_updates(params, change), memory, total + value

        return jax.lax.fori_loop(first, last, step, state)

    return _each(member, (keys, state))


@eqx.filter_jit
def _measure(params, rest, measure):
    return _each(lambda params: measure(eqx.combine(params, rest)), params)


def _each(function, members):
    """Apply a function to members, in sequence on a CPU, together on an accelerator.

    On a CPU batching would save no time, and results would depend on the batch.
    """
    if jax.default_backend() == "cpu":
        return jax.lax.map(function, members)
    return jax.vmap(function)(members)


def _blank(models, measure, times):
    if measure is None:
        return None
    shapes = eqx.filter_eval_shape(measure, member(models, 0))
    runs, _ = _sizes(models)
    return jax.tree.map(lambda a: np.zeros((runs, times, *a.shape), a.dtype), shapes)
