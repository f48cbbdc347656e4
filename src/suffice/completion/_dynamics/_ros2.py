"""One adaptive step of gradient flow of `A B` on observed entries.

The rows of `A` and the columns of `B` are stacked into `Z = [A; B^T]`. With the
residual `R`, zero where nothing was observed, the flow along a trajectory is

    dZ/dt = -H Z,    H = [[0, R], [R^T, 0]],

and every stage of the integrator also multiplies `Z` from the left. The row space of
`Z` is therefore conserved to rounding, and columns that are zero stay zero.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.scipy.linalg as linalg
import numpy as np
from jaxtyping import Array, Bool, Float, Int

GAMMA = 1 - 2**-0.5  # ROS2 with this shift is L-stable and of order two
STIFF = 1e8  # limit of step * curvature, beyond which rounding spoils the stages
ROTATE = 20  # steps between two rotations of the gauge


class ObservedEntries(NamedTuple):
    """Observed entries of one matrix, padded with entries of weight zero."""

    rows: Int[Array, " n"]
    columns: Int[Array, " n"]
    values: Float[Array, " n"]
    weight: Float[Array, " n"]


class FactorState(NamedTuple):
    """The state of one run, its factors in rotated coordinates."""

    z: Float[Array, "vertices width"]
    gauge: Float[Array, "width width"]  # z @ gauge.T are the factors as initialised
    step: Float[Array, ""]
    time: Float[Array, ""]
    loss: Float[Array, ""]
    gradient: Float[Array, ""]
    steps: Int[Array, ""]
    rejected: Int[Array, ""]
    running: Bool[Array, ""]


def residual(
    problem: ObservedEntries, z: Float[Array, "vertices width"], m: int
) -> Array:
    """Return the matrix `R = P o (A B - M)`."""
    terms = z[:m][problem.rows] * z[m:][problem.columns]
    return scatter(problem, terms.sum(axis=1) - problem.values, m, len(z) - m)


def scatter(
    problem: ObservedEntries, values: Float[Array, " n"], m: int, n: int
) -> Array:
    """Return the matrix with given values at observed entries, zero elsewhere."""
    places = (problem.rows, problem.columns)
    return jnp.zeros((m, n)).at[places].add(problem.weight * values)


def velocity(r: Float[Array, "m n"], z: Float[Array, "vertices width"]) -> Array:
    """Return `-H(R) Z`, minus the gradient when `R` is the residual at `Z`."""
    m = len(r)
    return -jnp.concatenate([r @ z[m:], r.T @ z[:m]])


def start(
    problem: ObservedEntries, z: Float[Array, "vertices width"], m: int
) -> FactorState:
    """Return the state of a run before its first step."""
    r = residual(problem, z, m)
    zero = jnp.zeros(())
    return FactorState(
        z=z,
        gauge=jnp.eye(z.shape[1]),
        step=jnp.asarray(jnp.inf),
        time=zero,
        loss=jnp.sum(r**2) / 2,
        gradient=jnp.linalg.norm(velocity(r, z)),
        steps=jnp.asarray(0),
        rejected=jnp.asarray(0),
        running=jnp.asarray(True),
    )


def advance(
    problem: ObservedEntries, state: FactorState, m: int, rtol, loss_stop, flat
) -> FactorState:
    """Try one step; a run that has stopped is left unchanged."""
    z = state.z
    r = residual(problem, z, m)
    top = jnp.linalg.norm(r, 2)
    # A longer step would let slowly growing directions grow as fast as others.
    limit = jnp.minimum(jnp.sqrt(2 * rtol) / top, STIFF / jnp.sum(z**2))
    h = jnp.minimum(state.step, limit)
    moved, error = _rosenbrock(problem, z, r, h, m)
    ratio = error / (rtol * jnp.linalg.norm(z))
    taken = ratio <= 1
    z = jnp.where(taken, moved, z)
    r = residual(problem, z, m)
    loss, force = jnp.sum(r**2) / 2, jnp.linalg.norm(velocity(r, z))
    gentle = force <= flat * jnp.linalg.norm(r) * jnp.linalg.norm(z)
    new = FactorState(
        z=z,
        gauge=state.gauge,
        step=h * jnp.clip(0.9 * jax.lax.rsqrt(ratio + 1e-300), 0.2, 2.0),
        time=state.time + jnp.where(taken, h, 0.0),
        loss=loss,
        gradient=force,
        steps=state.steps + taken,
        rejected=state.rejected + ~taken,
        running=(loss > loss_stop) & ~gentle & jnp.isfinite(loss),
    )
    return jax.tree.map(lambda a, b: jnp.where(state.running, a, b), new, state)


def _rosenbrock(problem, z, r, h, m):
    """Take a step of ROS2, with `J^T J` implicit and the residual explicit.

    ROS2 is a W-method: it has order two whatever is treated implicitly. Inverses are
    computed for residuals, `(I + c J^T J)^-1 = I - c J^T (I + c J J^T)^-1 J`.
    """
    c = GAMMA * h
    rows, columns, on = problem.rows, problem.columns, problem.weight
    a, b = z[:m][rows], z[m:][columns]
    kernel = (rows[:, None] == rows[None]) * (b @ b.T)
    kernel += (columns[:, None] == columns[None]) * (a @ a.T)
    kernel *= on[:, None] * on[None]
    factor = linalg.cho_factor(jnp.eye(len(on)) + c * kernel, lower=True)

    def implicit(v):
        along = on * ((v[:m][rows] * b).sum(1) + (a * v[m:][columns]).sum(1))
        pulled = linalg.cho_solve(factor, along)
        return v + c * velocity(scatter(problem, pulled, m, len(z) - m), z)

    k1 = implicit(h * velocity(r, z))
    middle = z + k1
    k2 = implicit(h * velocity(residual(problem, middle, m), middle) - 2 * k1)
    return z + 1.5 * k1 + 0.5 * k2, jnp.linalg.norm(k1 + k2) / 2


def rotate(state: FactorState) -> FactorState:
    """Rotate the factors so that `Z` is triangular up to the order of its rows.

    The largest rows come first, so that directions that are forty orders of magnitude
    smaller than the others keep all of their digits.
    """
    q, r, order = linalg.qr(state.z.T, mode="economic", pivoting=True)
    k = q.shape[1]
    z = jnp.zeros_like(state.z).at[order, :k].set(r.T)
    gauge = jnp.zeros_like(state.gauge).at[:, :k].set(state.gauge @ q)
    return state._replace(z=z, gauge=gauge)


def pad(entries: list[list[np.ndarray]]) -> ObservedEntries:
    """Pad the rows, columns and values of several problems to the longest."""
    longest = max(len(rows) for rows, _, _ in entries)

    def padded(vector):
        return np.pad(vector, (0, longest - len(vector)))

    columns = [[padded(v) for v in (*e, np.ones(len(e[0])))] for e in entries]
    return ObservedEntries(
        *(jnp.asarray(np.stack(part)) for part in zip(*columns, strict=True))
    )
