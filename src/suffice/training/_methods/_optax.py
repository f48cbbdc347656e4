"""The optimisers of optax, with optional mini-batches."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from ._descent import BLOCK, first_outcome, last_outcome, next_stop, positive
from ._method import training_method
from ._problem import Problem


class OptaxState(NamedTuple):
    """The state of one member, with that of its optimiser."""

    theta: jax.Array
    loss: jax.Array
    time: jax.Array
    steps: jax.Array
    rejected: jax.Array
    outcome: jax.Array
    unit: jax.Array  # the loss relative to which tolerances are given
    memory: Any
    key: jax.Array  # the data of a key, since the driver converts states to NumPy


@training_method
class Optax:
    """An optimiser of optax, on all samples or on random mini-batches.

    In every step a mini-batch is drawn without replacement from the samples of positive
    weight; its gradient is scaled so that its mean is the gradient of all samples. The
    draws depend on `seed` and on the values of the member's initial parameters, but not
    on its position in the ensemble or on the other members. Prefer `GradientFlow` for
    the limit of gradient flow, and `learn` for other losses than least squares.

    Attributes:
        optimizer: Name of an optimiser in optax that takes a `learning_rate`: "sgd",
            "adam", "rmsprop", "adagrad", ...
        learning_rate: Learning rate for the sum of squares `L`; `time` is this number
            times the number of steps.
        max_steps: Limit on the number of steps.
        batch_size: Number of samples of a mini-batch; None takes all samples.
        options: Further arguments of the optimiser, as pairs: `(("momentum", 0.9),)`.
        seed: Seed of the mini-batches.
        loss_tolerance: A member is fitted when `L` on all samples is at most this
            fraction of the loss of the zero function; checked every 64 steps.
        loss_limit: A member has diverged when `L` exceeds the loss of the zero function
            by this factor.

    Examples:
        >>> models = sf.training.stack([sf.Linear(jnp.zeros(1))])
        >>> adam = sf.training.Optax("adam", learning_rate=0.1, max_steps=1)
        >>> trained = sf.train(models, np.ones((1, 1)), np.ones(1), method=adam)
        >>> round(float(trained.models.theta[0, 0]), 4)  # the learning rate
        0.1
    """

    optimizer: str = "adam"
    learning_rate: float = 1e-3
    max_steps: int = 100_000
    batch_size: int | None = None
    options: tuple[tuple[str, float], ...] = ()
    seed: int = 0
    loss_tolerance: float = 1e-20
    loss_limit: float = 1e20

    def __post_init__(self):
        positive("learning_rate", self.learning_rate)
        if self.batch_size is not None and self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}; expected at least 1.")
        known = inspect.signature(_factory(self.optimizer)).parameters
        unknown = [name for name, _ in self.options if name not in known]
        if unknown:
            raise ValueError(
                f"options has {unknown[0]!r}, which optax.{self.optimizer} does not "
                f"take; it takes {', '.join(known)}."
            )

    def start(self, problem: Problem, theta: jax.Array) -> OptaxState:
        """The state at the start, with the key of the member."""
        loss, gradient = problem.gradient(theta)
        unit = problem.unit(loss)
        outcome = first_outcome(self, unit, loss, gradient)
        memory = self._rule().init(theta)
        zero = jnp.asarray(0)
        key = jax.random.key_data(_key(self.seed, theta))
        return OptaxState(
            theta, loss, jnp.asarray(0.0), zero, zero, outcome, unit, memory, key
        )

    def advance(self, problem: Problem, state: OptaxState) -> OptaxState:
        """The state after a block of steps, at most to a limit or a recorded time."""
        rule, root_key = self._rule(), jax.random.wrap_key_data(state.key)
        room = self.max_steps - state.steps
        wait = jnp.ceil((next_stop(problem, state) - state.time) / self.learning_rate)
        allowed = jnp.minimum(room, jnp.where(wait < BLOCK, wait, BLOCK))

        def step(carry, index):
            theta, memory = carry
            key = jax.random.fold_in(root_key, state.steps + index)
            _, gradient = self._batch(problem, key).gradient(theta)
            change, moved = rule.update(gradient, memory, theta)
            new = (theta + change, moved)
            go = index < allowed
            return jax.tree.map(lambda a, b: jnp.where(go, a, b), new, carry), None

        start = state.theta, state.memory
        (theta, memory), _ = jax.lax.scan(step, start, jnp.arange(BLOCK))
        steps, loss = state.steps + allowed.astype(int), problem.loss(theta)
        return OptaxState(
            theta,
            loss,
            self.learning_rate * steps,
            steps,
            state.rejected,
            last_outcome(self, state.unit, loss, steps, jnp.asarray(False)),
            state.unit,
            memory,
            state.key,
        )

    def _rule(self):
        return _factory(self.optimizer)(
            learning_rate=self.learning_rate, **dict(self.options)
        )

    def _batch(self, problem: Problem, key: jax.Array) -> Problem:
        """A random choice of samples, with weights that keep the mean gradient."""
        samples = len(problem.root)
        if self.batch_size is None or self.batch_size >= samples:
            return problem
        present = problem.root[:, 0] > 0
        lot = jnp.where(present, jax.random.uniform(key, (samples,)), 2.0)
        _, chosen = jax.lax.top_k(-lot, self.batch_size)
        count = jnp.sum(present)
        scale = jnp.sqrt(count / jnp.minimum(count, self.batch_size))
        return eqx.tree_at(
            lambda p: (p.x, p.y, p.root),
            problem,
            (
                jax.tree.map(lambda leaf: leaf[chosen], problem.x),
                problem.y[chosen],
                scale * problem.root[chosen],
            ),
        )


def _factory(name: str) -> Callable[..., Any]:
    factory = getattr(optax, name, None) if name.isidentifier() else None
    parameters = inspect.signature(factory).parameters if callable(factory) else {}
    if factory is None or "learning_rate" not in parameters:
        raise ValueError(
            f"optimizer is {name!r}, which is no optimiser of optax that takes a "
            "learning_rate; use sgd, adam, adamw, rmsprop, adagrad, lion, ..."
        )
    return factory


def _key(seed, theta):
    """A key that depends on the seed and on the bits of a starting point."""
    words = jax.lax.bitcast_convert_type(theta, jnp.uint32).ravel()
    place = jnp.arange(len(words), dtype=jnp.uint32)
    key = jax.random.key(seed)
    for multiplier in (0x9E3779B1, 0x85EBCA77):
        mixed = (words ^ (words >> 15)) * (jnp.uint32(multiplier) + 2 * place)
        mixed = (mixed ^ (mixed >> 13)) * jnp.uint32(0xC2B2AE3D)
        key = jax.random.fold_in(key, jnp.sum(mixed, dtype=jnp.uint32))
    return key
