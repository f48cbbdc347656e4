"""Gradient flow to its limit, with tolerance on the limit function."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ._method import RUNNING, training_method
from ._outcome import Outcome
from ._step import exponential_step


class FlowState(NamedTuple):
    """One member on its way along gradient flow."""

    theta: jax.Array
    loss: jax.Array
    time: jax.Array
    steps: jax.Array
    rejected: jax.Array
    outcome: jax.Array
    force: jax.Array
    h: jax.Array


@training_method
class GradientFlow:
    """The exact limit of gradient flow `θ' = -∇L(θ)`."""

    rtol: float = 1e-5
    loss_tolerance: float = 1e-20
    max_steps: int = 1500
    max_time: float = math.inf

    def start(self, problem, theta):
        """Evaluate the start and choose the first step from its scale."""
        loss, gradient = problem.gradient(theta)
        norm = jnp.linalg.norm(gradient)
        h = 0.01 * jnp.linalg.norm(theta) / jnp.where(norm > 0, norm, 1.0)
        finite = jnp.isfinite(loss) & jnp.isfinite(norm)
        outcome = jnp.select(
            [~finite, norm == 0, loss <= self.loss_tolerance],
            [Outcome.diverged, Outcome.stationary, Outcome.fitted],
            RUNNING,
        )
        zero = jnp.asarray(0)
        return FlowState(
            theta, loss, jnp.asarray(0.0), zero, zero, outcome, -gradient, h
        )

    def advance(self, problem, state):
        """Attempt one step; the loss must not rise."""
        step = exponential_step(problem, state.theta, state.h)
        size = jnp.maximum(jnp.linalg.norm(state.theta), jnp.linalg.norm(step.theta))
        error = jnp.linalg.norm(step.error) / (self.rtol * size)
        ok = (error <= 1) & (step.loss <= state.loss)
        factor = jnp.clip(0.9 * error**-0.25, 0.2, 6.0)
        factor = jnp.where(jnp.isfinite(error), factor, 0.2)
        theta = jnp.where(ok, step.theta, state.theta)
        loss = jnp.where(ok, step.loss, state.loss)
        time = state.time + jnp.where(ok, state.h, 0.0)
        steps = state.steps + 1
        outcome = jnp.select(
            [loss <= self.loss_tolerance, steps >= self.max_steps],
            [Outcome.fitted, Outcome.out_of_steps],
            RUNNING,
        )
        return FlowState(
            theta,
            loss,
            time,
            steps,
            state.rejected + ~ok,
            outcome,
            jnp.where(ok, step.force, state.force),
            jnp.where(ok | (error > 1), factor, 0.3) * state.h,
        )
