"""Gradient flow to its limit, with tolerance on the limit function."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from suffice.training._outcome import Outcome

from ._kinks import Crossing
from ._krogstad import exponential_step
from ._method import RUNNING, training_method
from ._problem import Problem
from ._stopping import Decay, decide, loss_if_linear, movement_left, ROUNDING

_SAFETY = 0.9
_SHORTEN = 0.3  # factor of the step after one that raised the loss


class FlowState(NamedTuple):
    """The state of one member on gradient flow."""

    theta: jax.Array
    loss: jax.Array
    time: jax.Array
    steps: jax.Array
    rejected: jax.Array
    outcome: jax.Array
    unit: jax.Array  # the loss relative to which tolerances are given
    force: jax.Array  # minus the gradient
    h: jax.Array  # length of the next step, in flow time
    left: jax.Array  # predicted remaining movement of the function
    decay: Decay


@training_method
class GradientFlow:
    """Gradient flow `θ' = -∇L(θ)` to its limit, by large and accurate steps.

    Each step solves the flow of the linearised problem exactly and corrects for the
    remainder to fourth order (`J Jᵀ` is diagonalised once per step). Unlike in gradient
    descent, the stiffest direction does not limit the steps: they grow without bound as
    the residual vanishes, and become Gauss-Newton steps. Each is accepted only if it
    stays within `rtol` of the flow, so the implicit bias of the flow is preserved. A
    switch to Gauss-Newton, Levenberg-Marquardt or Adam does not preserve it: with 200
    networks of width 2, it changed for 25 to 50 % of them whether the target was
    recovered.

    The error of a step is measured relative to the norm of the parameters, so that
    initialisations of size 1e-20 are followed as accurately as those of size 1. It is
    split into a part along the flow and a part across it. An error along the flow only
    shifts time and does not change the limit; `rtol ** 0.5` is allowed, so that its
    effect across the flow is of order `rtol`.

    A member is `fitted` when its loss is within `loss_tolerance` and the predicted
    remaining movement of its function is at most `rtol / 1000`; `stationary` when its
    residual is positive, but the flow of the problem linearised with the full Hessian
    would move the function by at most `rtol / 100`; `out_of_steps` at `max_steps` or
    `max_time`.

    Networks with kinks, such as ReLU, are followed through each kink by steps of length
    `rtol`, as long as the forces on both sides agree on the direction. Where they point
    at each other, the flow slides along the kink with a velocity that is no gradient;
    there the member ends as `kinked`, and `GradientDescent` with a small learning rate
    is the alternative. Kinks inside loops and branches of your own programs, and those
    of sorting, pooling and rounding, are not seen; such a model is `stationary` only
    where its gradient vanishes.

    Attributes:
        rtol: Relative error of the parameters per step, across the flow, in (0, 1). The
            limit function has errors of about `rtol`: for width 2 and 20 the median was
            0.1 to 0.6 of it. Nearly equal samples make slow valleys, in which the worst
            of 500 members had an error of 15 to 60 times `rtol`.
        loss_tolerance: Largest loss of a fitted member, as a fraction of the loss of
            the zero function, `1/2 Σ w |y|²`; if all targets are zero, of the loss at
            the start.
        max_steps: Limit on the number of attempted steps.
        max_time: Limit on the flow time; the last step ends exactly there.

    Source:
        Theory and measurements in the guide to recovery; derived and verified here.

    Examples:
        >>> models = sf.training.stack([sf.Linear(jnp.zeros(1))])
        >>> flow = sf.training.GradientFlow(max_time=np.log(2.0))
        >>> trained = sf.train(models, np.ones((1, 1)), np.ones(1), method=flow)
        >>> round(float(trained.models.theta[0, 0]), 4)  # 1 - exp(-t), t = log 2
        0.5
    """

    rtol: float = 1e-5
    loss_tolerance: float = 1e-20
    max_steps: int = 1500
    max_time: float = math.inf

    def __post_init__(self):
        if not 0 < self.rtol < 1:
            raise ValueError(f"rtol is {self.rtol}; expected a number in (0, 1).")
        if not self.loss_tolerance >= 0:
            raise ValueError(
                f"loss_tolerance is {self.loss_tolerance}; expected a number >= 0."
            )
        if self.max_steps < 1:
            raise ValueError(f"max_steps is {self.max_steps}; expected at least 1.")
        if not self.max_time > 0:
            raise ValueError(f"max_time is {self.max_time}; expected a time > 0.")

    def start(self, problem: Problem, theta: jax.Array) -> FlowState:
        """The state at the start; its scale determines the first step."""
        loss, gradient = problem.gradient(theta)
        norm, unit = jnp.linalg.norm(gradient), problem.unit(loss)
        outcome = jnp.select(
            [
                ~(jnp.isfinite(loss) & jnp.isfinite(norm)),
                loss <= self.loss_tolerance * unit,
                norm == 0,
            ],
            [Outcome.diverged, Outcome.fitted, Outcome.stationary],
            RUNNING,
        )
        return FlowState(
            theta=theta,
            loss=loss,
            time=jnp.asarray(0.0),
            steps=jnp.asarray(0),
            rejected=jnp.asarray(0),
            outcome=outcome,
            unit=unit,
            force=-gradient,
            h=problem.first_step(theta, gradient),
            left=jnp.asarray(jnp.inf),
            decay=Decay.unknown(),
        )

    def advance(self, problem: Problem, state: FlowState) -> FlowState:
        """The state after one attempted step.

        A step is accepted if its error is small, it does not raise the loss, and it
        crosses a kink only if it is short.
        """
        h = jnp.minimum(state.h, _room(self, problem, state.time))
        step = exponential_step(problem, state.theta, h)
        size = jnp.maximum(jnp.linalg.norm(state.theta), jnp.linalg.norm(step.theta))
        error = _error(step, size, self.rtol)
        slack = ROUNDING * problem.target_norm()
        lower = jnp.sqrt(2 * step.loss) <= jnp.sqrt(2 * state.loss) + slack
        kink = Crossing.of(problem, state.theta, step)
        short = h * jnp.linalg.norm(step.force) <= self.rtol * size
        taken = (error <= 1) & lower & (short | ~kink.met)
        moved = _moved(state, step, h, error, size)
        kept = state._replace(
            h=h * jnp.where(error <= 1, _SHORTEN, _factor(error)),
            rejected=state.rejected + 1,
        )
        state = jax.tree.map(lambda a, b: jnp.where(taken, a, b), moved, kept)
        state = state._replace(steps=state.steps + 1)
        turned = taken & kink.turned
        return state._replace(outcome=decide(self, state, step, ~taken, size, turned))


def _room(method, problem, time):
    """The flow time until the next time at which a step must end."""
    ahead = jnp.where(problem.stops > time, problem.stops, jnp.inf)
    return jnp.minimum(jnp.min(ahead, initial=jnp.inf), method.max_time) - time


def _error(step, size, rtol):
    """The larger error, across or along the flow, divided by what is allowed."""
    square = jnp.sum(step.force**2)
    shift = jnp.sum(step.error * step.force) / jnp.where(square > 0, square, 1.0)
    across = jnp.linalg.norm(step.error - shift * step.force) / size
    along = jnp.abs(shift) * jnp.sqrt(square) / size
    return jnp.maximum(across / rtol, along / jnp.sqrt(rtol))


def _factor(error):
    factor = jnp.clip(_SAFETY * error**-0.25, 0.2, 6.0)
    return jnp.where(jnp.isfinite(error), factor, 0.2)


def _moved(state, step, h, error, size):
    time = state.time + h
    linear = loss_if_linear(step, state.time)
    decay = state.decay.observe(state.time, state.loss, linear)
    return state._replace(
        theta=step.theta,
        loss=step.loss,
        time=time,
        force=step.force,
        h=jnp.maximum(h * _factor(error), jnp.where(h < state.h, state.h, 0.0)),
        left=movement_left(step, state.loss, step.loss, size, decay),
        decay=decay,
    )
