"""One step of the projected exponential Gauss-Newton flow."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._modes import modes
from ._phi_functions import double, phi
from ._problem import Problem
from ._stopping import distance_left


class Step(NamedTuple):
    """The result of a step, with an estimate of its error."""

    theta: jax.Array
    loss: jax.Array
    force: jax.Array  # minus the gradient, at the new point
    error: jax.Array  # estimated local error, a vector
    curvature: jax.Array  # largest eigenvalue of J Jᵀ, at the old point
    distance: jax.Array  # to the solutions of the linearised problem, from there
    ahead: jax.Array  # the same after the step


def exponential_step(
    problem: Problem, theta: Float[Array, " p"], h: Float[Array, ""]
) -> Step:
    """Krogstad's exponential Runge-Kutta step of order 4 for `θ' = -Jᵀ r`.

    The linear part is `-Jᵀ J` at the start of the step; the remainder
    `N(v) = F(v) - F(θ) + Jᵀ J (v - θ)` vanishes there. Because

        φₖ(-h Jᵀ J) v = v / k! - h Jᵀ φₖ₊₁(-h J Jᵀ) J v

    every stage is a combination of forces and of one pulled-back residual, and the
    matrix functions act on one mode of `J Jᵀ` at a time. Exact for linear models at any
    `h`; as `h` grows the step becomes the minimum-norm Gauss-Newton step.

    Source:
        Krogstad 2005 (ETDRK4-B), written for a Gauss-Newton splitting and with an
        embedded solution of order 3; derived and verified here.
    """
    at = modes(problem.tangent(theta), theta.size)
    half = phi(h / 2 * at.kernel)
    whole = double(half)

    def stage(point, c, moved):
        """Force at a point, its push, and the remainder in two pieces."""
        loss, gradient = problem.gradient(point)
        pushed = at.push(-gradient)
        drift = at.residual + moved + at.kernel * c
        return loss, -gradient, pushed, drift, pushed + at.kernel * drift

    c = -(h / 2) * half[1] * at.residual
    _, f2, p2, d2, b2 = stage(theta + at.pull(c), c, 0.0)
    c = c + (h / 2) * d2 - (h**2 / 2) * half[3] * b2
    _, f3, p3, d3, b3 = stage(theta + (h / 2) * f2 + at.pull(c), c, (h / 2) * p2)
    e = -h * whole[1] * at.residual
    c = e + h * d3 - 2 * h**2 * whole[3] * b3
    _, f4, p4, d4, b4 = stage(theta + h * f3 + at.pull(c), c, h * p3)
    c = (
        e
        + h * ((d2 + d3) / 3 + d4 / 6)
        - h**2 * (whole[3] * (2 * (b2 + b3) - b4) + 4 * whole[4] * (b4 - b2 - b3))
    )
    new = theta + h * ((f2 + f3) / 3 + f4 / 6) + at.pull(c)
    loss, f5, _, d5, b5 = stage(new, c, h * ((p2 + p3) / 3 + p4 / 6))
    c = (h / 6) * (d4 - d5) - h**2 * (4 * whole[4] - whole[3]) * (b4 - b5)
    error = (h / 6) * (f4 - f5) + at.pull(c)
    return Step(
        theta=new,
        loss=loss,
        force=f5,
        error=error,
        curvature=jnp.max(at.kernel),
        distance=distance_left(at.kernel, at.residual),
        ahead=distance_left(at.kernel, whole[0] * at.residual),
    )
