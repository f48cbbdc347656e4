"""Gradient descent, with a constant and with an adaptive step."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from suffice.training._outcome import Outcome

from ._method import RUNNING, training_method
from ._problem import Problem
from ._stopping import ROUNDING

BLOCK = 64  # steps per call of `advance`, to reduce the overhead of the driver


class DescentState(NamedTuple):
    """The state of one member of a gradient descent."""

    theta: jax.Array
    loss: jax.Array
    time: jax.Array
    steps: jax.Array
    rejected: jax.Array
    outcome: jax.Array
    unit: jax.Array  # the loss relative to which tolerances are given


class AdaptiveState(NamedTuple):
    """The state of one member of an adaptive descent, with its gradient and step."""

    theta: jax.Array
    loss: jax.Array
    time: jax.Array
    steps: jax.Array
    rejected: jax.Array
    outcome: jax.Array
    unit: jax.Array
    gradient: jax.Array
    h: jax.Array


@training_method
class GradientDescent:
    """Full-batch gradient descent `θ ← θ - η ∇L(θ)` with a constant learning rate.

    It follows gradient flow up to an error of order `η`, as long as `η λ < 2` with the
    curvature `λ` of `Training.curvature`. If `η λ > 2` at a minimum, descent cannot
    converge to it and continues to a flatter one, which is not the limit of the flow.
    Prefer `GradientFlow` for smooth activations, and `AdaptiveDescent` where the
    learning rate is unknown; use this method to reproduce experiments.

    Attributes:
        learning_rate: `η > 0`, for the sum of squares `L`; `time` is `η` times the
            number of steps.
        max_steps: Limit on the number of steps.
        loss_tolerance: A member is fitted when `L` is at most this fraction of the loss
            of the zero function, `1/2 Σ w |y|²`.
        loss_limit: A member has diverged when `L` exceeds the loss of the zero function
            by this factor.

    Source:
        The method of arXiv:2405.13787 and of the optimistic estimate 2307.08921.

    Examples:
        >>> models = sf.training.stack([sf.Linear(jnp.zeros(1))])
        >>> descent = sf.training.GradientDescent(learning_rate=0.5, max_steps=3)
        >>> trained = sf.train(models, np.ones((1, 1)), np.ones(1), method=descent)
        >>> float(trained.models.theta[0, 0])  # a half, three quarters, seven eighths
        0.875
    """

    learning_rate: float
    max_steps: int = 100_000
    loss_tolerance: float = 1e-20
    loss_limit: float = 1e20

    def __post_init__(self):
        positive("learning_rate", self.learning_rate)
        check_limits(self)

    def start(self, problem: Problem, theta: jax.Array) -> DescentState:
        """The state at the start."""
        loss, gradient = problem.gradient(theta)
        unit = problem.unit(loss)
        outcome = first_outcome(self, unit, loss, gradient)
        zero = jnp.asarray(0)
        return DescentState(theta, loss, jnp.asarray(0.0), zero, zero, outcome, unit)

    def advance(self, problem: Problem, state: DescentState) -> DescentState:
        """The state after a block of steps, at most to a limit or a recorded time."""
        room = self.max_steps - state.steps
        wait = jnp.ceil((next_stop(problem, state) - state.time) / self.learning_rate)
        allowed = jnp.minimum(room, jnp.where(wait < BLOCK, wait, BLOCK))
        goal = lowest(self, state.unit)

        def step(carry, _):
            theta, taken = carry
            loss, gradient = problem.gradient(theta)
            go = (taken < allowed) & (loss > goal)
            rate = jnp.where(go, self.learning_rate, 0.0)
            return (theta - rate * gradient, taken + go), None

        start = state.theta, jnp.asarray(0)
        (theta, taken), _ = jax.lax.scan(step, start, None, length=BLOCK)
        steps = state.steps + taken
        loss, gradient = problem.gradient(theta)
        stuck = still(theta - self.learning_rate * gradient, theta)  # the next step
        return DescentState(
            theta,
            loss,
            self.learning_rate * steps,
            steps,
            state.rejected,
            last_outcome(self, state.unit, loss, steps, stuck),
            state.unit,
        )


@training_method
class AdaptiveDescent:
    """Monotone gradient descent with adaptive steps, which needs no learning rate.

    A step `h` is accepted if it satisfies Armijo's condition and changes the gradient
    by at most `change` times its norm:

        L(θ - h g) <= L(θ) - c h |g|²   and   |g' - g| <= change |g|

    After an accepted step `h` is multiplied by `growth`; otherwise it is halved. The
    path follows gradient flow roughly. Near a tiny initialisation the decrease of the
    loss is smaller than rounding errors; then Armijo's condition is replaced by
    `g' · g >= (2c - 1) |g|²`, which is equivalent for quadratic losses. Prefer it to
    `GradientDescent` where the learning rate is unknown. A
    network with kinks may stop at one, where no step lowers the loss
    (`Outcome.kinked`).

    Attributes:
        max_steps: Limit on the number of steps, accepted or not.
        loss_tolerance: A member is fitted when `L` is at most this fraction of the loss
            of the zero function, `1/2 Σ w |y|²`.
        max_time: Limit on the flow time, the sum of the steps.
        armijo: The constant `c`, between 0 and 1.
        change: Largest relative change of the gradient in a step, above 0.
        growth: Factor of the step after an accepted step, above 1.
        loss_limit: A member has diverged when `L` exceeds the loss of the zero function
            by this factor.

    Source:
        Armijo 1966; the gradient test is the approximate Wolfe condition of Hager and
        Zhang 2005.

    Examples:
        >>> models = sf.training.stack([sf.Linear(jnp.zeros(1))])
        >>> descent = sf.training.AdaptiveDescent(loss_tolerance=1e-6)
        >>> trained = sf.train(models, np.ones((1, 1)), np.ones(1), method=descent)
        >>> round(float(trained.models.theta[0, 0]), 2)
        1.0
    """

    max_steps: int = 100_000
    loss_tolerance: float = 1e-20
    max_time: float = math.inf
    armijo: float = 0.3
    change: float = 1.0
    growth: float = 1.1
    loss_limit: float = 1e20

    def __post_init__(self):
        check_limits(self)
        if not 0 < self.armijo < 1:
            raise ValueError(f"armijo is {self.armijo}; expected 0 < armijo < 1.")
        if not self.growth > 1:
            raise ValueError(f"growth is {self.growth}; expected a number > 1.")
        if not (self.change > 0 and self.max_time > 0):
            raise ValueError(
                f"change is {self.change} and max_time is {self.max_time}; expected "
                "positive numbers."
            )

    def start(self, problem: Problem, theta: jax.Array) -> AdaptiveState:
        """The state at the start; the first step has a hundredth of its norm."""
        loss, gradient = problem.gradient(theta)
        h = problem.first_step(theta, gradient)
        unit = problem.unit(loss)
        outcome = first_outcome(self, unit, loss, gradient)
        zero = jnp.asarray(0)
        return AdaptiveState(
            theta, loss, jnp.asarray(0.0), zero, zero, outcome, unit, gradient, h
        )

    def advance(self, problem: Problem, state: AdaptiveState) -> AdaptiveState:
        """The state after a block of attempts, which ends at a recorded time."""
        stop = next_stop(problem, state)

        def step(now, _):
            go = (now.outcome == RUNNING) & (now.time < stop)
            new = self._attempt(problem, now)
            return jax.tree.map(lambda a, b: jnp.where(go, a, b), new, now), None

        return jax.lax.scan(step, state, None, length=BLOCK)[0]

    def _attempt(self, problem: Problem, state: AdaptiveState) -> AdaptiveState:
        trial = state.theta - state.h * state.gradient
        loss, gradient = problem.gradient(trial)
        slack = 2 * ROUNDING * jnp.sqrt(2 * state.loss) * problem.target_norm()
        ok = self._accepts(state, loss, gradient, slack)
        theta = jnp.where(ok, trial, state.theta)
        loss = jnp.where(ok, loss, state.loss)
        time = state.time + jnp.where(ok, state.h, 0.0)
        steps = state.steps + 1
        stuck = still(trial, state.theta)
        outcome = last_outcome(self, state.unit, loss, steps, stuck)
        late = (outcome == RUNNING) & (time >= self.max_time)
        return AdaptiveState(
            theta,
            loss,
            time,
            steps,
            state.rejected + ~ok,
            jnp.where(late, Outcome.out_of_steps, outcome),
            state.unit,
            jnp.where(ok, gradient, state.gradient),
            state.h * jnp.where(ok, self.growth, 0.5),
        )

    def _accepts(self, state, loss, gradient, slack):
        square = jnp.sum(state.gradient**2)
        decrease = self.armijo * state.h * square
        armijo = loss <= state.loss - decrease
        flat = (decrease <= slack) & (loss <= state.loss + slack)
        wolfe = jnp.sum(gradient * state.gradient) >= (2 * self.armijo - 1) * square
        moved = jnp.sum((gradient - state.gradient) ** 2)
        return (armijo | (flat & wolfe)) & (moved <= self.change**2 * square)


def lowest(method: Any, unit):
    """The loss at which a member is fitted: the tolerance or the rounding level."""
    return jnp.maximum(method.loss_tolerance, ROUNDING**2) * unit


def first_outcome(method: Any, unit, loss, gradient):
    """The outcome before the first step, usually RUNNING."""
    finite = jnp.isfinite(loss) & jnp.all(jnp.isfinite(gradient))
    return jnp.select(
        [~finite, loss <= lowest(method, unit), jnp.all(gradient == 0)],
        [Outcome.diverged, Outcome.fitted, Outcome.stationary],
        RUNNING,
    )


def last_outcome(method: Any, unit, loss, steps, stuck):
    """The outcome after some steps; the first condition that holds decides."""
    lost = ~(loss <= method.loss_limit * unit)
    return jnp.select(
        [lost, loss <= lowest(method, unit), stuck, steps >= method.max_steps],
        [Outcome.diverged, Outcome.fitted, Outcome.stalled, Outcome.out_of_steps],
        RUNNING,
    )


def still(new, old):
    """Whether no parameter has moved by more than rounding."""
    return jnp.all(jnp.abs(new - old) <= 4 * jnp.finfo(old.dtype).eps * jnp.abs(old))


def next_stop(problem: Problem, state):
    """The next time at which the trajectory is recorded, or infinity."""
    later = jnp.where(problem.stops > state.time, problem.stops, jnp.inf)
    return jnp.min(later, initial=jnp.inf)


def check_limits(method: Any) -> None:
    """Check the limits of a descent.

    Raises:
        ValueError: `max_steps`, `loss_limit` or `loss_tolerance` is out of range.
    """
    positive("max_steps", method.max_steps)
    positive("loss_limit", method.loss_limit)
    if not 0 <= method.loss_tolerance < math.inf:
        raise ValueError(
            f"loss_tolerance is {method.loss_tolerance}; expected a finite number >= 0."
        )


def positive(name: str, value: float | int) -> None:
    """Check that a number is positive and finite.

    Raises:
        ValueError: It is zero, negative, infinite or nan.
    """
    if not 0 < value < math.inf:
        raise ValueError(f"{name} is {value}; expected a finite number > 0.")
