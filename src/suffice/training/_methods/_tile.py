"""Continuous batching: a fixed tile of slots, refilled from a queue of members.

Every compiled call attempts a few steps in every slot. When a member has finished, its
state is stored and the slot takes the next member. The compiled program depends on the
shapes and the method only, not on the number of members. The result of a slot is
bitwise independent of the other slots: it depends neither on the order of the members,
nor on the other members, nor on the number of processes among which they are divided.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import Progress, silent

from ._arrival import Arrivals
from ._by_tiles import GROUPS, tile_size
from ._family import Family
from ._method import RUNNING
from ._problem import Problem
from ._stopping import Decay

ATTEMPTS = 8  # steps per compiled call


def run_queue(
    method: Any,
    family: Family,
    theta: np.ndarray,
    shared: Any,
    per_member: Any,
    stops: np.ndarray,
    progress: Progress = silent,
) -> tuple[Any, Any]:
    """Run every member to its outcome.

    Args:
        method: A training method.
        family: The architecture of all members.
        theta: Starting points `(runs, p)`.
        shared: Inputs of all members, or None when they have their own.
        per_member: Dictionary with `y`, `root` and, when not shared, `x`, each with a
            leading axis `runs`.
        stops: Flow times at which the trajectory is recorded.
        progress: Called as `progress(finished, total, "members")` after every compiled
            call.

    Returns:
        The final states, and for each member the decay of its loss together with the
        states at the stops (time, theta, their number) or None; all with a leading axis
        `runs`.
    """
    arrivals = Arrivals(method, family, shared, per_member)
    method = jax.tree.map(np.asarray, method)  # JAX traces arrays, but not numbers
    runs, slots = len(theta), tile_size(per_member["y"][0].size, theta.shape[1])
    queue = _Queue(runs, slots)
    data, points = jax.tree.map(
        lambda a: jnp.zeros((slots, *a.shape[1:]), a.dtype), (per_member, theta)
    )
    state, track = _blank(method, family, shared, data, stops, points)
    results = jax.tree.map(
        lambda a: np.zeros((runs, *a.shape[1:]), a.dtype), (state, track)
    )
    while queue.finished < runs:
        order, fresh, changed = queue.fill()
        if changed:
            members = np.maximum(queue.owner, 0)
            data = jax.tree.map(
                lambda a, members=members: jnp.asarray(a[members]), per_member
            )
            points = jnp.asarray(theta[members])
        state, track = _turn(
            method, family, shared, data, stops, order, fresh, points, state, track
        )
        state = arrivals.settle(queue.owner, state)
        members, done = queue.release(np.asarray(state.outcome))
        if len(done):
            _scatter(results, (state, track), members, done)
        progress(queue.finished, runs, "members")
    return results


class _Queue:
    """The assignment of members to slots, and the members that still wait."""

    def __init__(self, runs: int, slots: int):
        self.owner = np.full(slots, -1)  # -1 for a free slot
        self.runs, self.queued, self.finished = runs, 0, 0

    def fill(self):
        """Move running members to the front and start waiting ones behind them."""
        order = np.argsort(self.owner < 0, kind="stable")
        self.owner = self.owner[order]
        free = np.flatnonzero(self.owner < 0)[: self.runs - self.queued]
        self.owner[free] = np.arange(self.queued, self.queued + len(free))
        self.queued += len(free)
        fresh = np.zeros(len(order), bool)
        fresh[free] = True
        moved = bool((np.diff(order) < 0).any())
        return order, fresh, moved or len(free) > 0

    def release(self, outcome):
        """The members that have finished, and their slots, which become free."""
        slots = np.flatnonzero((self.owner >= 0) & (outcome != RUNNING))
        members = self.owner[slots]
        self.owner[slots] = -1
        self.finished += len(slots)
        return members, slots


def _scatter(results, parts, members, slots):
    pairs = zip(jax.tree.leaves(results), jax.tree.leaves(parts), strict=True)
    for whole, part in pairs:
        whole[members] = np.asarray(part)[slots]


@eqx.filter_jit
def _blank(method, family, shared, data, stops, theta):
    """States of empty slots: zeros, whose outcome is not RUNNING."""
    shape = eqx.filter_eval_shape(_start, method, family, shared, data, stops, theta)
    state = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shape)
    return state, _blank_track(theta, stops)


def _blank_track(theta, stops):
    runs, p = theta.shape
    decay = jax.tree.map(
        lambda leaf: jnp.broadcast_to(leaf, (runs, *leaf.shape)), Decay.unknown()
    )
    if not len(stops):
        return decay, None
    times = jnp.zeros((runs, len(stops)))
    points = jnp.broadcast_to(theta[:, None], (*times.shape, p))
    reached = jnp.full(runs, jnp.sum(stops <= 0))  # the start itself
    return decay, (times, points, reached)


def _problem(family, shared, data, stops):
    x = data.get("x", shared)
    return Problem(family, x, data["y"], data["root"], stops)


def _start(method, family, shared, data, stops, theta):
    def start(data, theta):
        return method.start(_problem(family, shared, data, stops), theta)

    return jax.vmap(start)(data, theta)


@eqx.filter_jit
def _turn(method, family, shared, data, stops, order, fresh, theta, state, track):
    """Reorder the slots, start new members in theirs, and attempt a few steps."""
    state, track = jax.tree.map(lambda leaf: leaf[order], (state, track))

    def advance(data, state, track):
        moved = method.advance(_problem(family, shared, data, stops), state)
        running = state.outcome == RUNNING
        state = jax.tree.map(
            lambda new, old: jnp.where(running, new, old), moved, state
        )
        return state, _record(track, stops, state)

    def begin(data, fresh, theta, state, track):
        started = _start(method, family, shared, data, stops, theta)
        return _where(fresh, (started, _blank_track(theta, stops)), (state, track))

    def group(packed):
        data, fresh, theta, state, track = packed
        carry = jax.lax.cond(
            jnp.any(fresh), begin, lambda *a: a[3:], data, fresh, theta, state, track
        )

        def attempt(carry):
            i, (state, track) = carry
            return i + 1, jax.vmap(advance)(data, state, track)

        def unfinished(carry):
            i, (state, _) = carry
            return (i < ATTEMPTS) & jnp.any(state.outcome == RUNNING)

        return jax.lax.while_loop(unfinished, attempt, (0, carry))[1]

    split = jax.tree.map(
        lambda leaf: leaf.reshape(GROUPS, -1, *leaf.shape[1:]),
        (data, fresh, theta, state, track),
    )
    done = jax.lax.map(group, split)
    return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), done)


def _where(mask, new, old):
    def pick(a, b):
        return jnp.where(mask.reshape(-1, *(1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(pick, new, old)


def _record(track, stops, state):
    """Record the decay of the loss, and the first state at or after each stop.

    The stops after the end of a member get its last state.
    """
    decay, states = track
    decay = decay.observe(state.time, state.loss)
    if states is None:
        return decay, None
    time, theta, reached = states
    index = jnp.arange(len(stops))
    over = (state.time >= stops) | (state.outcome != RUNNING)
    new = (index >= reached) & over
    time = jnp.where(new, state.time, time)
    theta = jnp.where(new[:, None], state.theta, theta)
    return decay, (time, theta, jnp.maximum(reached, jnp.sum(over)))
