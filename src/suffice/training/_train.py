"""Train every member of an ensemble to its outcome."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from suffice._core import Inputs, Model, partition, Progress, require_float64, silent

from ._data import Data, read_data
from ._ensemble import member
from ._fit import _sizes
from ._methods._arrival import is_tested
from ._methods._by_tiles import tile_size
from ._methods._evaluate import evaluate_members, losses
from ._methods._family import Family
from ._methods._flow import GradientFlow
from ._methods._method import Method
from ._methods._tile import run_queue
from ._outcome import Outcome
from ._training import Training, Trajectory

_TINY = 1e-153  # squares of smaller numbers lose digits in float64


def train(
    models: Model,
    x: Inputs,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    method: Method | None = None,
    test: tuple[Inputs, ArrayLike] | None = None,
    recover: float = 1e-6,
    at: ArrayLike | Sequence[float] | None = None,
    progress: Progress = silent,
) -> Training:
    """Train all members of an ensemble, each until it converges or reaches a limit.

        L(θ) = 1/2 Σᵢ wᵢ |f(xᵢ; θ) - yᵢ|²

    Each member may have its own start, data and weights. A finished member is replaced
    by a waiting one, so memory does not grow with the number of members. No result
    depends on the order of the members or on the other members. Prefer `fit` where
    only a minimum is wanted, and `learn` for other losses and for mini-batches.

    Args:
        models: An ensemble: a callable pytree whose parameters all have a leading axis
            `runs`, as `ensemble` returns it.
        x: Inputs stacked along the leading axis: `(n, ...)` for all members, or
            `(runs, n, ...)` for different inputs of each member.
        y: Targets, `(n,)` or `(n, outputs)`, or with a leading axis `runs`.
        weights: Weights of the samples, `(n,)` or `(runs, n)`, all >= 0; None gives
            weight 1. A sample of weight 0 is ignored, so members with different
            numbers of samples can train together.
        method: The training method; None takes `GradientFlow()`.
        test: A pair of test inputs and targets, in the same forms as `x` and `y`.
        recover: A member is recovered when its root mean square test error is at most
            this number times the root mean square of its test targets; if these are
            all zero, when its outputs are zero, too.
        at: Increasing flow times at which the trajectory is recorded.
        progress: Called as `progress(done, total, "members")` during training.

    Returns:
        The trained ensemble with loss, steps and outcome of each member, as `fit` and
        `learn` return them, too. A member that fails is reported in `outcome`; it
        raises no error.

    Raises:
        ValueError: JAX is in float32 mode; `models` is no ensemble; shapes do not
            agree; a value is not finite; the squares of a start underflow; or the
            times do not increase.

    Examples:
        >>> models = sf.ensemble(sf.Linear(jnp.zeros(2)), 3, key=jax.random.key(0))
        >>> trained = sf.train(models, np.eye(2), np.array([1.0, -1.0]))
        >>> print(trained.headline())
        Of 3 runs 3 fitted.
    """
    require_float64("Training to a limit")
    if not 0 <= recover < np.inf:
        raise ValueError(f"recover is {recover}; expected a finite error from 0.")
    runs, _ = _sizes(models)
    data = read_data(models, runs, x, y, weights)
    tested = None if test is None else read_data(models, runs, *test, None, "test ")
    stops = _stops(at)
    family = Family.of(member(models, 0))
    theta = _vectors(models, runs)
    _refuse_underflow(theta)
    state, track = run_queue(
        GradientFlow() if method is None else method,
        family,
        theta,
        data.shared,
        data.per_member,
        stops,
        progress,
    )
    measures = evaluate_members(family, state.theta, data, tested)
    outcome = np.where(
        (measures["test_error"] <= recover) & (state.outcome != Outcome.diverged),
        Outcome.recovered,
        state.outcome,
    )
    decay, states = track
    return Training(
        models=family.model(jnp.asarray(state.theta)),
        loss=state.loss,
        gradient=measures["gradient"],
        time=state.time,
        steps=state.steps,
        rejected=state.rejected,
        outcome=outcome,
        test_error=measures["test_error"],
        curvature=measures["curvature"],
        exponent=_exponents(decay, state),
        arrival_tested=is_tested(family, theta, data),
        tile=tile_size(data.per_member["y"][0].size, theta.shape[1]),
        trajectory=_trajectory(family, states, data),
    )


def _vectors(models, runs):
    leaves = jax.tree.leaves(partition(models)[0])
    parts = [np.asarray(leaf, float).reshape(runs, -1) for leaf in leaves]
    return np.concatenate(parts, axis=1)


def _refuse_underflow(theta):
    largest = np.abs(theta).max(axis=1)
    tiny = int(np.sum((largest > 0) & (largest < _TINY)))
    if tiny:
        raise ValueError(
            f"{tiny} of {len(theta)} members start with all parameters below "
            f"{_TINY:g}, whose squares vanish in float64; expected larger starts, or "
            "their limit as suffice.training.limit_start computes it."
        )


def _stops(at):
    stops = np.zeros(0) if at is None else np.atleast_1d(np.asarray(at))
    stops = stops.astype(float)
    valid = stops.ndim == 1 and np.isfinite(stops).all() and (stops >= 0).all()
    if not valid or (np.diff(stops) <= 0).any():
        raise ValueError(f"at is {at}; expected increasing finite times >= 0.")
    return stops


def _exponents(decay, state):
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.log(state.loss / decay.loss[:, 0])
        return loss / np.log(state.time / decay.time[:, 0])


def _trajectory(family: Family, states: Any, data: Data):
    if states is None:
        return None
    time, theta, _ = states
    loss = losses(family, theta, data)
    return Trajectory(family.model(jnp.asarray(theta)), time, loss)
