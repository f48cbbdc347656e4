"""Properties of an activation at zero, near which small networks operate."""

import jax.numpy as jnp
import numpy as np

from suffice.models import Activation

NO_GROWTH = (
    "so no direction grows exponentially at the origin, and the limit of the flow is "
    "not determined by an imbalance"
)


def slope_at_zero(activation: Activation) -> float:
    """`s'(0)` of an activation with `s(0) = 0` that is differentiable there.

    Raises:
        ValueError: `s(0)` is not 0, `s'(0)` is 0, or `s` has a kink at 0.
    """
    step = 1e-6
    before, after = np.asarray(activation(jnp.array([-step, step])), np.float64)
    value, slope = activation.value_at_zero, activation.slope_at_zero
    name = activation.name
    if value != 0:
        raise ValueError(
            f"activation {name!r} has s(0) = {value:.3g}, so the origin is not a "
            "critical point; expected s(0) = 0, e.g. tanh, erf, arctan or sin."
        )
    if abs(before + after) > 1e-3 * step:
        raise ValueError(
            f"activation {name!r} has a kink at 0; expected a function with two "
            "continuous derivatives there."
        )
    if slope == 0:
        raise ValueError(f"activation {name!r} has s'(0) = 0, {NO_GROWTH}.")
    return slope


def is_odd(activation: Activation) -> bool:
    """Whether `s` is odd: as declared, or else up to rounding on a grid of points."""
    if activation.odd or activation.dependences_known:
        return activation.odd
    z = np.linspace(0.05, 4.0, 17)
    plus, minus = (
        np.asarray(activation(jnp.asarray(sign * z))) for sign in (1.0, -1.0)
    )
    return bool(np.abs(plus + minus).max() <= 1e-12 * np.abs(plus).max())
