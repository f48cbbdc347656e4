"""Random numbers outside compiled code."""

import jax
import numpy as np
from jaxtyping import Array, Key


def numpy_rng(key: Key[Array, ""]) -> np.random.Generator:
    """A NumPy generator with the seed of a JAX key.

    It is used for random numbers that are not differentiated, since JAX compiles its
    normal distribution in float64 for seconds.
    """
    return np.random.default_rng(np.ravel(jax.random.key_data(key)))
