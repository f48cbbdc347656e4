"""The test of convergence for gradient flow, by the remaining movement.

The loss alone says little about the limit. A residual of 1e-10 in a mode of the tangent
kernel with eigenvalue 1e-12 still moves the parameters by 1e-4. The remaining distance
is the minimum-norm Gauss-Newton displacement `ρ = |J⁺ r|`, which follows from the
eigenbasis of the kernel at no cost. The remaining movement of the function depends on
the decay of the loss:

- Exponentially, where the solutions near the limit form a manifold and the loss grows
  quadratically away from it. The function moves in proportion to `ρ`.
- Algebraically, `L ~ t^-q`, where the loss is of higher order along some direction: two
  neurons merge, `q = 2`, and their distance falls like `t^-1/2`. There `ρ` is that
  distance (up to a factor 2), and the function depends on it to second order, `ρ²`.

The exponent `d log L / d log t` grows tenfold per decade of time in the first case and
is constant in the second. It is measured over whole decades, since the pointwise value
`-t |∇L|² / L` is dominated by the error of the last step in the stiffest modes. But a
sum of exponentials with rates over many decades has a constant exponent, too. Therefore
a decade counts as algebraic only if the kernel moves: if the flow with the kernel
frozen at its beginning would have ended at less than a tenth of the loss.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from suffice.training._outcome import Outcome

from ._method import RUNNING

ROUNDING = 1e-15  # a residual this small relative to the targets is zero
STATIONARY = 1e-13  # cosine between the residual and the range of J
FUNCTION = 1e-3  # remaining movement of the function, in units of rtol
_STEADY = 0.2  # largest relative change per decade of a constant exponent
_DECADES = 2  # decades of constant exponent after which a decay is algebraic
_SLOWEST = -0.9  # a loss of order 2m falls like t^(-m / (m - 1)), faster than 1/t
_FASTEST = -3.5  # a loss of order 3 falls like t^-3, and no loss falls faster
_NONLINEAR = 0.1  # largest share of the loss that a frozen kernel explains


class Decay(NamedTuple):
    """The exponent `d log L / d log t`, measured over whole decades of time."""

    time: jax.Array  # at the last two marks, which are a decade or more apart
    loss: jax.Array  # at these marks
    exponent: jax.Array  # between these marks
    linear: jax.Array  # the loss a decade after the last mark for a frozen kernel
    decades: jax.Array  # consecutive algebraic decades

    @classmethod
    def unknown(cls) -> "Decay":
        """The state before the first observation."""
        zero = jnp.zeros(2)
        # of the types that `observe` returns: no second program for the next call
        unknown = jnp.full((), jnp.nan, zero.dtype)
        return cls(zero, zero, unknown, unknown, jnp.zeros((), int))

    def observe(
        self, time: jax.Array, loss: jax.Array, linear: jax.Array | float = jnp.inf
    ) -> "Decay":
        """Set a mark once per decade of time and compare the exponents.

        Args:
            time: The time.
            loss: The loss at this time.
            linear: The loss at ten times this time if the kernel did not change;
                infinite if unknown, and then no decade counts as algebraic.
        """
        exponent = _exponent(loss, self.loss[1], time, self.time[1])
        change = jnp.abs(exponent - self.exponent)
        # not the plateau of a small start
        falling = (exponent <= _SLOWEST) & (exponent >= _FASTEST)
        steady = falling & (change <= _STEADY * jnp.abs(exponent))
        nonlinear = self.linear < _NONLINEAR * loss
        marked = Decay(
            time=jnp.stack([self.time[1], time]),
            loss=jnp.stack([self.loss[1], loss]),
            exponent=exponent,
            linear=jnp.asarray(linear),
            decades=jnp.where(steady & nonlinear, self.decades + 1, 0),
        )
        due = time >= 10 * self.time[1]
        return jax.tree.map(lambda new, old: jnp.where(due, new, old), marked, self)

    @property
    def algebraic(self) -> jax.Array:
        """Whether the loss follows a power of time."""
        return self.decades >= _DECADES


def _exponent(loss, before, time, since):
    # nan before the first mark, where the logarithms are infinite
    return jnp.log(loss / before) / jnp.log(time / since)


def distance_left(kernel, residual):
    """The norm `|J⁺ r|`, from the eigenvalues of the kernel and modes of `r`."""
    floor = kernel.size * jnp.finfo(kernel.dtype).eps * jnp.max(kernel)
    inverse = jnp.where(kernel > floor, 1 / jnp.where(kernel > floor, kernel, 1.0), 0.0)
    return jnp.sqrt(jnp.sum(residual**2 * inverse))


def loss_if_linear(step, time):
    """The loss at ten times the time before a step, for the kernel at that time."""
    return 0.5 * jnp.sum((jnp.exp(-9 * time * step.kernel) * step.residual) ** 2)


def movement_left(step, before, after, size, decay: Decay):
    """Predicted remaining movement of the function, relative to its size.

    After a step the linearised problem leaves `|J⁺ e^{-hK} r|`. The nonlinear part of
    the residual is assumed to lie in the same modes as the residual before the step.
    """
    ratio = jnp.sqrt(after / jnp.where(before > 0, before, 1.0))
    relative = jnp.maximum(step.ahead, step.distance * ratio) / size
    return jnp.where(decay.algebraic, relative**2, relative)


def decide(method, state, step, rejected, size, turned):
    """The outcome after a step; `RUNNING` until the member has converged."""
    near = state.left <= FUNCTION * method.rtol
    fitted = (state.loss <= method.loss_tolerance * state.unit) & near
    slope = jnp.linalg.norm(state.force)
    cosine = slope / jnp.sqrt(2 * state.loss * jnp.max(step.kernel))
    limit = (state.steps >= method.max_steps) | (state.time >= method.max_time)
    return jnp.select(
        [
            fitted | (state.loss <= ROUNDING**2 * state.unit),
            turned,
            cosine <= STATIONARY,
            rejected & (state.h * slope <= ROUNDING * size),
            limit,
        ],
        [
            Outcome.fitted,
            Outcome.kinked,
            Outcome.stationary,
            Outcome.stalled,
            Outcome.out_of_steps,
        ],
        RUNNING,
    )
