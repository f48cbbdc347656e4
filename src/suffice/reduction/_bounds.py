"""Values of an activation, and a bound of the output of a layer."""

import math

import jax.numpy as jnp
import numpy as np

from suffice.models import Activation


def length(v: np.ndarray) -> np.ndarray:
    """Euclidean norms of vectors along the last axis, whose squares may underflow."""
    return np.asarray(np.hypot.reduce(v, axis=-1))


def value(activation: Activation, z) -> np.ndarray:
    """The activation at given points, as NumPy numbers."""
    return np.asarray(activation(jnp.asarray(z, float)), float)


def hidden_radius(activation: Activation, w, b, radius: float) -> float:
    """An upper bound of the norm of `s(w h + b)` over `|h| <= radius`."""
    rows = length(w) * radius
    rows = rows if b is None else rows + np.abs(b)
    top = activation.suprema[0]
    if math.isfinite(top):
        tops = np.full(len(rows), top)
    else:
        _, slope, _ = activation.bounds(float(rows.max(initial=0.0)))
        tops = abs(activation.value_at_zero) + slope * rows
    return float(np.linalg.norm(tops))
