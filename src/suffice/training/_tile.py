"""Continuous batching: a fixed tile of slots, refilled from a queue of members.

Every compiled call attempts a few steps in every slot; slots whose member has finished
give their numbers back and take the next member. The compiled program depends on the
shapes and the method only, never on the number of members, and a slot computes the same
bits whoever its neighbours are: results do not depend on the order of the members, on
which others there are, or on how many processes share them.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ._family import Family
from ._method import RUNNING
from ._problem import Problem

ATTEMPTS = 8  # steps per compiled call
_WORK = 4e4  # residuals times parameters that fill a tile: measured, width 2 to 100


def tile_size(residuals: int, parameters: int) -> int:
    """Slots of a tile, a power of two between 4 and 512."""
    ideal = np.log2(_WORK / max(1, residuals * parameters))
    return int(np.clip(2.0 ** np.round(ideal), 4, 512))


def run_queue(
    method: Any,
    family: Family,
    theta: np.ndarray,
    shared: Any,
    own: Any,
    stops: np.ndarray,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Any, Any]:
    """Run every member to its outcome.

    Args:
        method: A training method.
        family: The architecture of all members.
        theta: Starting points `(runs, p)`.
        shared: Inputs of all members, or None when they have their own.
        own: Dictionary with `y`, `root` and, when not shared, `x`, each with a leading
            axis `runs`.
        stops: Flow times at which the trajectory is wanted.
        progress: Called with (finished, all) after every compiled call.

    Returns:
        The final states and the trajectories, as NumPy arrays with a leading axis
        `runs`; a trajectory is a pair (time, theta).
    """
    runs, slots = len(theta), tile_size(own["y"][0].size, theta.shape[1])
    owner = np.full(slots, -1)  # the member in each slot
    state, track = _blank(method, family, theta, shared, own, stops, slots)
    found: Any = None
    queued = finished = 0
    data = fresh_theta = None
    while finished < runs:
        fresh = np.zeros(slots, bool)
        free = np.flatnonzero(owner < 0)[: runs - queued]
        owner[free] = np.arange(queued, queued + len(free))
        fresh[free] = True
        queued += len(free)
        if data is None or len(free):
            members = np.maximum(owner, 0)
            data = jax.tree.map(lambda a, at=members: jnp.asarray(a[at]), own)
            fresh_theta = jnp.asarray(theta[members])
        state, track = _turn(
            method, family, shared, data, stops, fresh, fresh_theta, state, track
        )
        outcome = np.asarray(state.outcome)
        done = np.flatnonzero((owner >= 0) & (outcome != RUNNING))
        if len(done):
            answer = jax.tree.map(np.asarray, (state, track))
            if found is None:
                found = jax.tree.map(
                    lambda a: np.zeros((runs, *a.shape[1:]), a.dtype), answer
                )
            _scatter(found, answer, owner[done], done)
            owner[done] = -1
            finished += len(done)
        if progress is not None:
            progress(finished, runs)
    return found


def _scatter(found, answer, members, slots):
    for whole, part in zip(
        jax.tree.leaves(found), jax.tree.leaves(answer), strict=True
    ):
        whole[members] = part[slots]


def _blank(method, family, theta, shared, own, stops, slots):
    """States of empty slots: zeros, whose outcome is not RUNNING."""
    data = jax.tree.map(lambda a: jnp.zeros((slots, *a.shape[1:]), a.dtype), own)
    points = jnp.zeros((slots, theta.shape[1]))
    shape = eqx.filter_eval_shape(_start, method, family, shared, data, stops, points)
    state = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shape)
    return state, _blank_track(points, stops)


def _blank_track(theta, stops):
    runs, p = theta.shape
    if not len(stops):
        return None
    return (
        jnp.zeros((runs, len(stops))),
        jnp.zeros((runs, len(stops), p)),
        jnp.zeros(runs, int),
    )


def _problem(family, shared, data, stops):
    x = data.get("x", shared)
    return Problem(family, x, data["y"], data["root"], stops)


def _start(method, family, shared, data, stops, theta):
    def start(data, theta):
        return method.start(_problem(family, shared, data, stops), theta)

    return jax.vmap(start)(data, theta)


@eqx.filter_jit
def _turn(method, family, shared, data, stops, fresh, theta, state, track):
    """Put fresh members into their slots, then attempt a few steps in all slots."""
    started = _start(method, family, shared, data, stops, theta)
    state = _where(fresh, started, state)
    track = _where(fresh, _blank_track(theta, stops), track)

    def advance(data, state, track):
        problem = _problem(family, shared, data, stops)
        moved = method.advance(problem, state)
        running = state.outcome == RUNNING
        state = jax.tree.map(
            lambda new, old: jnp.where(running, new, old), moved, state
        )
        return state, _record(track, stops, state)

    def attempt(carry):
        i, (state, track) = carry
        return i + 1, jax.vmap(advance)(data, state, track)

    def unfinished(carry):
        i, (state, _) = carry
        return (i < ATTEMPTS) & jnp.any(state.outcome == RUNNING)

    return jax.lax.while_loop(unfinished, attempt, (0, (state, track)))[1]


def _where(mask, new, old):
    def pick(a, b):
        return jnp.where(mask.reshape(-1, *(1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(pick, new, old)


def _record(track, stops, state):
    """Store the first state at or after each wanted time; the last fills the rest."""
    if track is None:
        return None
    time, theta, reached = track
    index = jnp.arange(len(stops))
    over = (state.time >= stops) | (state.outcome != RUNNING)
    new = (index >= reached) & over
    time = jnp.where(new, state.time, time)
    theta = jnp.where(new[:, None], state.theta, theta)
    return time, theta, jnp.maximum(reached, jnp.sum(over))
