"""The batched Levenberg-Marquardt iteration; `fit` is its public face."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from suffice._core import partition

from ._outcome import Outcome

_RUNNING = -1
_ROUNDING = 1e-14  # a residual this small relative to the target is zero
_STUCK = 1e16  # with more damping, relative to the curvature, a step has no effect


class _State(NamedTuple):
    theta: jax.Array
    objective: jax.Array
    damping: jax.Array
    growth: jax.Array
    steps: jax.Array
    outcome: jax.Array


class _Problem(NamedTuple):
    """One member's weighted least-squares problem in its parameter vector."""

    outputs: Callable  # (parameter vector, one input) -> vector of outputs
    x: jax.Array
    y: jax.Array
    scale: jax.Array  # square roots of the normalised weights
    ridge: jax.Array

    def residual(self, theta):
        values = jax.vmap(self.outputs, (None, 0))(theta, self.x)
        return (self.scale[:, None] * (values - self.y)).ravel()

    def tangent(self, theta):
        rows = jax.vmap(jax.jacrev(self.outputs), (None, 0))(theta, self.x)
        return (self.scale[:, None, None] * rows).reshape(self.y.size, -1)

    def loss(self, theta):
        return jnp.sum(self.residual(theta) ** 2)

    def objective(self, theta):
        return self.loss(theta) + self.ridge * jnp.sum(theta**2)

    def floor(self):
        return _ROUNDING**2 * jnp.sum((self.scale[:, None] * self.y) ** 2)


@eqx.filter_jit
def levenberg_marquardt(models, x, y, weights, ridge, max_steps, tolerance):
    """Fit every member; returns parameters, losses, steps and outcome codes.

    Each member has a separate damping and accepts or rejects its steps separately; a
    member that has stopped waits for the others. The step solves the damped normal
    equations `(J^T J + ridge + damping) step = -gradient`.
    """
    params, rest = partition(models)
    _, unravel = ravel_pytree(jax.tree.map(lambda leaf: leaf[0], params))
    y = y.reshape(len(y), -1)

    def outputs(theta, point):
        return eqx.combine(unravel(theta), rest)(point).reshape(y.shape[1])

    def problem(w, lam):
        return _Problem(outputs, x, y, jnp.sqrt(w / (y.shape[1] * w.sum())), lam)

    def advance(state, w, lam):
        moved = _advance(problem(w, lam), state, max_steps, tolerance)
        stopped = state.outcome != _RUNNING
        return jax.tree.map(lambda old, new: jnp.where(stopped, old, new), state, moved)

    theta = jax.vmap(lambda p: ravel_pytree(p)[0])(params)
    first = jax.vmap(lambda t, w, lam: problem(w, lam).objective(t))(
        theta, weights, ridge
    )
    states = jax.vmap(_start)(theta, first)
    states = jax.lax.while_loop(
        lambda s: jnp.any(s.outcome == _RUNNING),
        lambda s: jax.vmap(advance)(s, weights, ridge),
        states,
    )
    loss = jax.vmap(lambda t, w: problem(w, 0.0).loss(t))(states.theta, weights)
    return jax.vmap(unravel)(states.theta), loss, states.steps, states.outcome


def _start(theta, objective):
    running = jnp.where(jnp.isfinite(objective), _RUNNING, Outcome.diverged)
    return _State(
        theta, objective, jnp.asarray(1e-2), jnp.asarray(2.0), jnp.asarray(0), running
    )


def _advance(problem: _Problem, state: _State, max_steps, tolerance) -> _State:
    """Try one step; Nielsen's rule adapts the damping to the gain of the step."""
    jac, res = problem.tangent(state.theta), problem.residual(state.theta)
    identity = jnp.eye(state.theta.size)
    gradient = jac.T @ res + problem.ridge * state.theta
    curvature = jac.T @ jac + problem.ridge * identity
    step = -_damped_solve(curvature, gradient, state.damping, identity)
    trial = problem.objective(state.theta + step)
    predicted = -2 * step @ gradient - step @ curvature @ step
    gain = state.objective - trial
    taken = (gain > 0) & (predicted > 0)
    ratio = gain / jnp.where(predicted > 0, predicted, 1.0)
    shrink = jnp.maximum(1 / 3, 1 - (2 * ratio - 1) ** 3)
    objective = jnp.where(taken, trial, state.objective)
    damping = state.damping * jnp.where(taken, shrink, state.growth)
    cosine = tolerance * jnp.sqrt(jnp.diagonal(curvature) * state.objective)
    negligible = jnp.maximum(gain, predicted) <= tolerance**2 * state.objective
    outcome = jnp.select(
        [
            objective <= problem.floor(),
            jnp.all(jnp.abs(gradient) <= cosine) | (taken & negligible),
            damping > _STUCK,
            state.steps + 1 >= max_steps,
        ],
        [Outcome.fitted, Outcome.stationary, Outcome.stalled, Outcome.out_of_steps],
        _RUNNING,
    )
    return _State(
        theta=jnp.where(taken, state.theta + step, state.theta),
        objective=objective,
        damping=jnp.maximum(damping, 1e-15),
        growth=jnp.where(taken, 2.0, 2.0 * state.growth),
        steps=state.steps + 1,
        outcome=outcome,
    )


def _damped_solve(curvature, gradient, damping, identity):
    # The damping is in units of the largest curvature. Marquardt's rule, which uses the
    # diagonal of the curvature, lets dead neurons move freely: in a test from equal
    # starts it recovered 30-68% of tanh targets of width 3, and this rule 85-100%.
    shift = damping * jnp.diagonal(curvature).max() + jnp.finfo(gradient.dtype).tiny
    factor = jax.scipy.linalg.cho_factor(curvature + shift * identity)
    return jax.scipy.linalg.cho_solve(factor, gradient)
