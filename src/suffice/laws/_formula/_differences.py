"""Derivatives of a function that JAX cannot trace, by central differences."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

STEP = 4e-4  # of a parameter: the error of fourth order meets the rounding
WEIGHTS = ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12))


def by_differences(
    plain: Callable[[np.ndarray], np.ndarray],
    names: tuple[str, ...],
    shape: tuple[int, ...],
) -> Callable[[dict[str, Any]], Any]:
    """A call by named numbers whose derivatives are differences of fourth order.

    The step depends on the last bits of a number. Who moves it by a few roundings, as
    the decision about a rank does to measure errors, thus sees the error of the
    differences too.

    Args:
        plain: The function of a vector of numbers.
        names: Names of its entries.
        shape: Shape of its value.
    """
    value = jax.ShapeDtypeStruct(shape, float)
    slopes = jax.ShapeDtypeStruct((*shape, len(names)), float)

    @jax.custom_jvp
    def evaluated(vector):
        return jax.pure_callback(plain, value, vector, vmap_method="sequential")

    @evaluated.defjvp
    def _derivative(primals, tangents):
        found = jax.pure_callback(
            lambda v: _differences(plain, np.asarray(v)),
            slopes,
            primals[0],
            vmap_method="sequential",
        )
        return evaluated(primals[0]), found @ tangents[0]

    return lambda given: evaluated(jnp.stack([given[name] for name in names]))


def _differences(plain: Callable, vector: np.ndarray) -> np.ndarray:
    columns = []
    for index, step in enumerate(_steps(vector)):
        total = 0.0
        for times, weight in WEIGHTS:
            moved = vector.copy()
            moved[index] += times * step
            total = total + weight * plain(moved)
        columns.append(np.asarray(total) / step)
    return np.stack(columns, axis=-1)


def _steps(vector: np.ndarray) -> np.ndarray:
    scale = np.where(vector == 0, 1.0, np.abs(vector))
    bits = np.ascontiguousarray(vector, np.float64).view(np.uint64)
    mixed = (bits * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return STEP * scale * (1 + mixed / 2.0**24)
