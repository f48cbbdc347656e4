"""An activation with its first two derivatives, as NumPy numbers."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import Activation


class Jet(NamedTuple):
    """Values and derivatives of an activation, all of the shape of the argument."""

    s: np.ndarray
    s1: np.ndarray
    s2: np.ndarray


def jet(activation: Activation, z: np.ndarray) -> Jet:
    """The jet at every entry of an array.

    Lengths are padded to powers of two, so that few programs are compiled.
    """
    size = max(256, 1 << (z.size - 1).bit_length()) if z.size else 256
    padded = np.zeros(size)
    padded[: z.size] = z.ravel()
    parts = _jet(activation, padded)
    return Jet(*(np.asarray(part)[: z.size].reshape(z.shape) for part in parts))


@functools.partial(jax.jit, static_argnums=0)
def _jet(activation, z):
    def first(t):
        return jax.jvp(activation.function, (t,), (jnp.ones_like(t),))

    (s, s1), (_, s2) = jax.jvp(first, (z,), (jnp.ones_like(z),))
    return s, s1, s2
