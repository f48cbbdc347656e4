"""The test of arrival at a positive residual, by what is left to gain.

Near a minimum the flow is linear, and with the gradient `g` and the full Hessian `H` of
the loss it still has to go `-H⁺ g`. A member has arrived if `H` has no negative
eigenvalue, if `g` has no part along the directions in which `H` vanishes, and if
`-H⁺ g` changes neither function nor loss noticeably. The cosine between the gradient
and the residual cannot decide this: a slow direction keeps it large for any useful time
although nothing is left to gain.

The test needs one product with `H` per parameter. It is made between two compiled
calls, for members whose loss stands still and whose gradient does not grow, and after a
failure only after half as many steps again. A member's tests depend on its own numbers
only, so that its result depends on no other member.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from suffice.training._data import Data
from suffice.training._outcome import Outcome

from ._by_tiles import by_tiles
from ._family import Family
from ._kinks import all_seen, crossed, near_kink, switches
from ._method import RUNNING
from ._problem import Problem

LARGEST = 1500  # parameters up to which the test is made, since it forms the Hessian
_SHARE = 1e-2  # movement of the function that may be left, in units of rtol
_RTOL = 1e-5  # of methods without an error per step
_GAIN = 1e-3  # decrease of the loss that may be left, relative to the loss
_FLAT = 1e-9  # a smaller eigenvalue, relative to the largest, counts as zero
_STILL = 100.0  # decrease of the loss in a call, in units of what may be left
_PATIENCE = 1.5  # factor of the steps between two tests


class Arrivals:
    """The tests of arrival of all members, with what is known from their last calls."""

    def __init__(self, method: Any, family: Family, shared: Any, per_member: Any):
        self.allowed = _SHARE * float(getattr(method, "rtol", _RTOL))
        self.family, self.data = family, Data(shared, per_member)
        weighted = per_member["root"] * per_member["y"]
        self.square = np.sum(weighted**2, axis=(1, 2))  # of the targets
        runs = len(self.square)
        self.loss, self.slope = np.full(runs, np.inf), np.zeros(runs)
        self.wait = np.zeros(runs)

    def settle(self, owner: np.ndarray, state: Any) -> Any:
        """The states of all slots after a call, with the outcomes of those who arrived.

        A member that runs, is out of steps or stalled becomes `stationary` if it has
        arrived, and one that stalled at a kink met it.

        Args:
            owner: The numbers of the members in the slots, -1 for a free slot.
            state: Their states.
        """
        busy = np.flatnonzero(owner >= 0)
        old = np.asarray(state.outcome)
        part = state._replace(
            theta=np.asarray(state.theta)[busy],
            loss=np.asarray(state.loss)[busy],
            steps=np.asarray(state.steps)[busy],
            outcome=old[busy],
        )
        new = self._outcomes(owner[busy], part)
        if (new == old[busy]).all():
            return state
        return state._replace(outcome=state.outcome.at[busy].set(new))

    def _outcomes(self, members, state):
        outcome = np.array(state.outcome)
        stalled = outcome == Outcome.stalled
        ended = stalled | (outcome == Outcome.out_of_steps)
        quiet = self._quiet(members, state.loss) & (ended | (outcome == RUNNING))
        quiet |= stalled
        theta, steps = state.theta, state.steps
        due = quiet & ended
        if quiet.any() and theta.shape[1] <= LARGEST:
            slope = self._measure(_slope, members, theta, quiet, 0.0)
            settles = (slope <= self.slope[members]) & (steps >= self.wait[members])
            due |= quiet & settles
            self.slope[members[quiet]] = slope[quiet]
            self.wait[members[due]] = _PATIENCE * steps[due]
            left = self._measure(movement_left, members, theta, due, np.inf)
            outcome[left <= self.allowed] = Outcome.stationary
        stalled &= outcome == Outcome.stalled
        met = self._measure(near_kink, members, theta, stalled, False)
        outcome[met] = Outcome.kinked
        return outcome

    def _quiet(self, members, loss):
        """Whether the last call lowered the loss by no more than what may be left."""
        loss = np.where(np.isfinite(loss), loss, -1.0)  # of lost members: never quiet
        fall = np.abs(self.loss[members] - loss)
        size = np.maximum(self.square[members], 2 * loss)
        self.loss[members] = loss
        return (fall <= _STILL * self.allowed**2 * size) & (fall <= _GAIN * loss)

    def _measure(self, function, members, theta, mask, other):
        """A measure of the members in a mask; another value for the others."""
        values = np.full(len(mask), other)
        if mask.any():
            rows = members[mask]
            arrays = jax.tree.map(lambda leaf: leaf[rows], self.data.per_member)
            data = Data(self.data.shared, arrays)
            values[mask] = by_tiles(function, self.family, theta[mask], data)
        return values


def is_tested(family: Family, theta: np.ndarray, data: Data) -> bool:
    """Whether members are tested at all: if they are small, and their kinks are seen.

    Args:
        family: The architecture of all members.
        theta: Their parameters, with leading axis `runs`.
        data: Their data.
    """
    first = jax.tree.map(lambda leaf: jnp.asarray(leaf[0]), data.per_member)
    x = first.get("x", data.shared)
    problem = Problem(family, x, first["y"], first["root"], jnp.zeros(0))
    return theta.shape[1] <= LARGEST and all_seen(problem, jnp.asarray(theta[0]))


def movement_left(problem: Problem, theta: Float[Array, " p"]) -> Float[Array, ""]:
    """The relative movement of the function that the linearised flow has left.

    It is infinite if the linearised flow does not tell: at a saddle, if the loss can
    still fall noticeably or along a flat direction, if a kink lies ahead, and if kinks
    are not seen.
    """
    if not all_seen(problem, theta):
        return jnp.asarray(jnp.inf)
    tangent = problem.tangent(theta)
    jac, residual = tangent.matrix(), tangent.residual
    values, basis = jnp.linalg.eigh(jax.hessian(problem.loss)(theta))
    largest = jnp.max(jnp.abs(values))
    curved = values > _FLAT * largest
    parts = tangent.pull(residual) @ basis
    move = -jnp.where(curved, parts / jnp.where(curved, values, 1.0), 0.0)
    unit = 8 * jnp.finfo(theta.dtype).eps * jnp.sqrt(theta.size)
    noise = unit * jnp.max(jnp.abs(residual) @ jnp.abs(jac))
    ahead = basis @ move
    sides = switches(problem, theta), switches(problem, theta + ahead)
    tells = (
        jnp.all(values >= -_FLAT * largest)
        & (jnp.linalg.norm(jnp.where(curved, 0.0, parts)) <= 10 * noise)
        & (-0.5 * (parts @ move) <= _GAIN * problem.loss(theta))
        & ~jnp.any(crossed(*sides))
    )
    size = jnp.maximum(problem.target_norm(), jnp.linalg.norm(problem.outputs(theta)))
    return jnp.where(tells, jnp.linalg.norm(jac @ ahead) / size, jnp.inf)


def _slope(problem, theta):
    return jnp.linalg.norm(problem.gradient(theta)[1])
