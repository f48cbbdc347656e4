"""How fast, and how far, an activation can move: the constants of a certificate."""

import math

import jax.numpy as jnp
import numpy as np

from suffice.models import Activation

_SUPREMUM = {
    "tanh": 1.0,
    "erf": 1.0,
    "arctan": math.pi / 2,
    "sigmoid": 1.0,
    "gaussian": 1.0,
    "sin": 1.0,
    "cos": 1.0,
}


def derivatives(activation: Activation, reach: float) -> tuple[float, float]:
    """Upper bounds of `|s'|` and `|s''|` on `[-reach, reach]`; infinite if unknown."""
    if activation.kind == "exponential":
        top = math.exp(min(reach, 700.0))
        return top, top
    if activation.kind == "polynomial":
        terms = list(enumerate(activation.coefficients))
        first = sum(abs(c) * k * reach ** (k - 1) for k, c in terms if k > 0)
        second = sum(abs(c) * k * (k - 1) * reach ** (k - 2) for k, c in terms if k > 1)
        return float(first), float(second)
    return activation.slope, activation.curvature


def value(activation: Activation, z) -> np.ndarray:
    """The activation at given points, as NumPy numbers."""
    return np.asarray(activation(jnp.asarray(z, float)), float)


def hidden_radius(activation: Activation, w, b, radius: float) -> float:
    """An upper bound of the norm of `s(w h + b)` over `|h| <= radius`."""
    rows = np.linalg.norm(w, axis=1) * radius
    rows = rows if b is None else rows + np.abs(b)
    if activation.name in _SUPREMUM:
        tops = np.full(len(rows), _SUPREMUM[activation.name])
    else:
        slope, _ = derivatives(activation, float(rows.max(initial=0.0)))
        tops = float(np.abs(value(activation, 0.0))) + slope * rows
    return float(np.linalg.norm(tops))
