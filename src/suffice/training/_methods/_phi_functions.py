"""The phi functions of exponential integrators on the negative axis."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

_TERMS = 19  # of the Taylor series; the next term is negligible for z <= 1


def phi(z: Float[Array, "*n"]) -> tuple[Float[Array, "*n"], ...]:
    """The functions `φ₀(-z), ..., φ₄(-z)` for `z >= 0`, accurate to rounding.

        φ₀(x) = eˣ,   φₖ₊₁(x) = (φₖ(x) - 1/k!) / x,   φₖ(0) = 1/k!

    The recursion for increasing `k` divides rounding errors by `x`. So for `z < 1` the
    function with the largest `k` is summed from its series and `k` decreases.
    """
    small = z < 1.0
    x = -jnp.where(small, z, 0.0)
    below = [_series(x)]
    for k in (3, 2, 1, 0):
        below.insert(0, x * below[0] + 1 / math.factorial(k))
    x = -jnp.where(small, 1.0, z)
    above = [jnp.exp(x)]
    for k in range(4):
        above.append((above[k] - 1 / math.factorial(k)) / x)
    return tuple(jnp.where(small, b, a) for b, a in zip(below, above, strict=True))


def double(
    phis: tuple[Float[Array, "*n"], ...],
) -> tuple[Float[Array, "*n"], ...]:
    """The functions `φ₀, ..., φ₄` at twice the argument, as sums of positive terms."""
    p0, p1, p2, p3, p4 = phis
    return (
        p0 * p0,
        (p0 + 1) * p1 / 2,
        (p1 * p1 + 2 * p2) / 4,
        (p1 * p2 + p2 + 2 * p3) / 8,
        (p2 * p2 + 2 * p3 + 2 * p4) / 16,
    )


def _series(x):
    total = jnp.full_like(x, 1 / math.factorial(_TERMS + 3))
    for j in reversed(range(_TERMS - 1)):
        total = total * x + 1 / math.factorial(j + 4)
    return total
