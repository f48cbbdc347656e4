"""An activation with its first two derivatives, as NumPy numbers."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import Activation

_MOST = 2**20  # entries that are computed together


class Jet(NamedTuple):
    """Values and derivatives of an activation, all of the shape of the argument."""

    s: np.ndarray
    s1: np.ndarray
    s2: np.ndarray


def jet(activation: Activation, z: np.ndarray) -> Jet:
    """The jet at every entry of an array."""
    parts, flat = np.empty((3, z.size)), z.ravel()
    for start in range(0, z.size, _MOST):
        which = slice(start, start + _MOST)
        parts[:, which] = _padded(activation, flat[which])
    return Jet(*(part.reshape(z.shape) for part in parts))


def _padded(activation: Activation, z: np.ndarray) -> np.ndarray:
    """The jet of a vector, padded to a power of two so that few programs compile."""
    padded = np.zeros(max(256, 1 << (z.size - 1).bit_length()))
    padded[: z.size] = z
    return np.stack(_jet(activation, padded))[:, : z.size]


@functools.partial(jax.jit, static_argnums=0)
def _jet(activation, z):
    def first(t):
        return jax.jvp(activation.function, (t,), (jnp.ones_like(t),))

    (s, s1), (_, s2) = jax.jvp(first, (z,), (jnp.ones_like(z),))
    return s, s1, s2
