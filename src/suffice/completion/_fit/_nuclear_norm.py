"""The completion of minimum nuclear norm, with a certified gap."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from suffice._core import Numbers, require_float64, Result
from suffice.completion._entries._problems import read_problems

CHECK = 25  # iterations between two evaluations of the gap


@dataclasses.dataclass(frozen=True)
class NuclearCompletion(Result):
    """A completion of nearly minimum nuclear norm, with a proved bound of the error.

    With several problems the first axis of every array is that of the problems.

    Attributes:
        values: The completion, equal to the data where observed.
        upper: Its nuclear norm.
        lower: A lower bound of the nuclear norm of every completion, by duality.
        gap: The relative gap `(upper - lower) / upper`, at least 0 up to rounding.
        multiplier: The dual certificate `Y`, which is zero where nothing was observed
            and has spectral norm at most one; `<Y, M>` is the lower bound.
        steps: Number of iterations.
    """

    values: Float[np.ndarray, "*problems rows columns"]
    upper: Float[np.ndarray, "*problems"] | float
    lower: Float[np.ndarray, "*problems"] | float
    gap: Float[np.ndarray, "*problems"] | float
    multiplier: Float[np.ndarray, "*problems rows columns"]
    steps: Int[np.ndarray, "*problems"] | int

    def headline(self) -> str:
        """The norm and how certain it is, in one sentence."""
        if np.ndim(self.upper):
            return (
                f"{np.size(self.upper)} completions of minimum nuclear norm, certified "
                f"to a relative gap of {np.max(self.gap):.2g}."
            )
        return (
            f"The minimum nuclear norm is {self.upper:.6g}, certified to a relative "
            f"gap of {self.gap:.2g}."
        )


class _State(eqx.Module):
    v: Array
    values: Array
    multiplier: Array
    upper: Array
    lower: Array
    steps: Array


def minimum_nuclear_norm(
    values: Numbers,
    mask: Numbers,
    *,
    tolerance: float = 1e-8,
    max_steps: int = 50_000,
) -> NuclearCompletion:
    r"""Return the completion of minimum nuclear norm, with a certified gap.

        min |W|_*   subject to  W = M where observed

    by Douglas-Rachford splitting, which alternates soft thresholding of the singular
    values with resetting of the observed entries. Every 25 iterations the dual
    variable, scaled into the unit ball of the spectral norm, gives a proved lower
    bound; the iteration stops when the two bounds agree. The minimiser need not be
    unique.

    Use it for the norm itself; `complete` with `method="nuclear"` also says which
    entries are determined.

    Args:
        values: The matrix, in the shape of the mask; values that the mask leaves out
            are ignored.
        mask: True where an entry is observed, shape `(rows, columns)`, or `(problems,
            rows, columns)` for several problems.
        tolerance: Relative gap at which the iteration stops.
        max_steps: Limit on the iterations; `gap` is the gap that was reached.
            Degenerate masks of 4 x 4 matrices took up to 20,000.

    Returns:
        The completion, its nuclear norm and the lower bound.

    Raises:
        ValueError: JAX runs in float32 mode, the shapes do not agree, or a value is
            not finite where observed.

    Source:
        Lions and Mercier 1979 for the splitting; the certificate is the duality of
        nuclear and spectral norm. The tests compare with cvxpy, to 1e-6.

    Examples:
        >>> values = np.array([[1.0, 0.0], [2.0, 4.0]])
        >>> mask = np.array([[True, False], [True, True]])
        >>> found = sf.completion.minimum_nuclear_norm(values, mask)
        >>> found.values.round(2)
        array([[1., 2.],
               [2., 4.]])
    """
    require_float64("A certified nuclear norm")
    masks, matrices, lead = read_problems(values, mask)
    matrices = np.where(masks, matrices, 0.0)
    state = _solve(
        jnp.asarray(masks, float),
        jnp.asarray(matrices),
        jnp.asarray(tolerance),
        jnp.asarray(max_steps),
    )
    state = jax.tree.map(lambda a: np.asarray(a).reshape(lead + a.shape[1:]), state)
    upper, lower, steps = state.upper, state.lower, state.steps
    gap = (upper - lower) / np.where(upper > 0, upper, 1.0)
    return NuclearCompletion(
        values=state.values,
        upper=upper if lead else float(upper),
        lower=lower if lead else float(lower),
        gap=gap if lead else float(gap),
        multiplier=state.multiplier,
        steps=steps if lead else int(steps),
    )


@jax.jit
def _solve(masks, matrices, tolerance, max_steps):
    # Problems are solved one by one: a few degenerate ones take a hundred times the
    # steps of the others.
    return jax.lax.map(
        lambda pair: _douglas_rachford(pair[0], pair[1], tolerance, max_steps),
        (masks, matrices),
    )


def _douglas_rachford(mask, matrix, tolerance, max_steps) -> _State:
    tau = 0.1 * jnp.linalg.norm(matrix, 2)
    tau = jnp.where(tau > 0, tau, 1.0)

    def shrink(v):
        u, s, vt = jnp.linalg.svd(v, full_matrices=False)
        return (u * jnp.maximum(s - tau, 0.0)[None]) @ vt

    def reset(x):
        return mask * matrix + (1 - mask) * x

    def iterate(_, v):
        x = shrink(v)
        return v + reset(2 * x - v) - x

    def bounds(v, steps) -> _State:
        x = shrink(v)
        y = mask * (v - x) / tau
        y = y / jnp.maximum(1.0, jnp.linalg.norm(y, 2))
        full = reset(x)
        upper = jnp.linalg.norm(full, "nuc")
        return _State(v, full, y, upper, jnp.sum(y * matrix), steps)

    def going(state: _State):
        open_ = state.upper - state.lower > tolerance * state.upper
        return open_ & (state.steps < max_steps)

    def more(state: _State) -> _State:
        new = bounds(jax.lax.fori_loop(0, CHECK, iterate, state.v), state.steps + CHECK)
        # Both bounds are proved at every check: keep the best of each.
        better = new.upper < state.upper
        tighter = new.lower > state.lower
        return _State(
            v=new.v,
            steps=new.steps,
            values=jnp.where(better, new.values, state.values),
            upper=jnp.minimum(new.upper, state.upper),
            multiplier=jnp.where(tighter, new.multiplier, state.multiplier),
            lower=jnp.maximum(new.lower, state.lower),
        )

    return jax.lax.while_loop(going, more, bounds(matrix, jnp.asarray(0)))
