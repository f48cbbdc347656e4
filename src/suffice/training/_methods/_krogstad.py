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
    distance: jax.Array  # from the old point to solutions of the linearised problem
    ahead: jax.Array  # the same distance after the step
    kernel: jax.Array  # eigenvalues of J Jᵀ, at the old point
    residual: jax.Array  # the modes of the residual, at the old point
    points: jax.Array  # all points at which the step evaluates the force
    forces: jax.Array  # the forces there


def exponential_step(
    problem: Problem, theta: Float[Array, " p"], h: Float[Array, ""]
) -> Step:
    """Krogstad's exponential Runge-Kutta step of order 4 for `θ' = -Jᵀ r`.

    The linear part is `-Jᵀ J` at the start of the step; the remainder
    `N(v) = F(v) - F(θ) + Jᵀ J (v - θ)` vanishes there. Because

        φₖ(-h Jᵀ J) v = v / k! - h Jᵀ φₖ₊₁(-h J Jᵀ) J v

    every stage is a combination of forces and one vector `Jᵀ c`, and the matrix
    functions act on each mode of `J Jᵀ` separately. The step is exact for linear models
    at any `h`; as `h` grows, it becomes the minimum-norm Gauss-Newton step.

    Source:
        Krogstad 2005 (ETDRK4-B), written for a Gauss-Newton splitting and with an
        embedded solution of order 3; derived and verified here.
    """
    basis = modes(problem.tangent(theta), theta.size)
    half = phi(h / 2 * basis.kernel)
    whole = double(half)

    def stage(point, c, moved):
        """Loss, force, its product with `J`, and the two parts of the remainder."""
        loss, gradient = problem.gradient(point)
        pushed = basis.push(-gradient)
        drift = basis.residual + moved + basis.kernel * c
        return loss, -gradient, pushed, drift, pushed + basis.kernel * drift

    c = -(h / 2) * half[1] * basis.residual
    u2 = theta + basis.pull(c)
    _, f2, p2, d2, b2 = stage(u2, c, 0.0)
    c = c + (h / 2) * d2 - (h**2 / 2) * half[3] * b2
    u3 = theta + (h / 2) * f2 + basis.pull(c)
    _, f3, p3, d3, b3 = stage(u3, c, (h / 2) * p2)
    e = -h * whole[1] * basis.residual
    c = e + h * d3 - 2 * h**2 * whole[3] * b3
    u4 = theta + h * f3 + basis.pull(c)
    _, f4, p4, d4, b4 = stage(u4, c, h * p3)
    c = (
        e
        + h * ((d2 + d3) / 3 + d4 / 6)
        - h**2 * (whole[3] * (2 * (b2 + b3) - b4) + 4 * whole[4] * (b4 - b2 - b3))
    )
    new = theta + h * ((f2 + f3) / 3 + f4 / 6) + basis.pull(c)
    loss, f5, _, d5, b5 = stage(new, c, h * ((p2 + p3) / 3 + p4 / 6))
    c = (h / 6) * (d4 - d5) - h**2 * (4 * whole[4] - whole[3]) * (b4 - b5)
    error = (h / 6) * (f4 - f5) + basis.pull(c)
    return Step(
        theta=new,
        loss=loss,
        force=f5,
        error=error,
        distance=distance_left(basis.kernel, basis.residual),
        ahead=distance_left(basis.kernel, whole[0] * basis.residual),
        kernel=basis.kernel,
        residual=basis.residual,
        points=jnp.stack([u2, u3, u4, new]),
        forces=jnp.stack([f2, f3, f4, f5]),
    )
