"""Random numbers outside of compiled code."""

import jax
import numpy as np
from jaxtyping import Array, Key


def numpy_rng(key: Key[Array, ""]) -> np.random.Generator:
    """A NumPy generator seeded by a JAX key.

    For draws that no gradient passes through: compiling JAX's float64 normal costs
    seconds.
    """
    return np.random.default_rng(np.ravel(jax.random.key_data(key)))
