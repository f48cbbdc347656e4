"""Values of targets, bitwise independent of what is evaluated together with them."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

_TILE = 64  # members evaluated together, always as many, so that results agree


def target_values(targets: list[Any], x: np.ndarray) -> np.ndarray:
    """Return the values of each target at its inputs.

    Args:
        targets: One target per member; equal targets are one object.
        x: Inputs `(runs, n, ...)`.

    Returns:
        Values of shape `(runs, n, outputs)`.
    """
    shared = all(target is targets[0] for target in targets)
    parts = [
        _tile(targets[start : start + _TILE], x[start : start + _TILE], shared)
        for start in range(0, len(targets), _TILE)
    ]
    y = np.concatenate(parts)
    return y.reshape(*x.shape[:2], -1)


def _tile(targets: list[Any], x: np.ndarray, shared: bool) -> np.ndarray:
    count = len(targets)
    slots = np.minimum(np.arange(_TILE), count - 1)
    inputs = jnp.asarray(x[slots])
    if shared:
        values = _values_of_one(targets[0], inputs)
    else:
        params = [eqx.partition(targets[i], eqx.is_inexact_array)[0] for i in slots]
        rest = eqx.partition(targets[0], eqx.is_inexact_array)[1]
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *params)
        values = _values_of_each(eqx.combine(stacked, rest), inputs)
    return np.asarray(values)[:count]


@eqx.filter_jit
def _values_of_one(target, x):
    return jax.vmap(jax.vmap(target))(x)


@eqx.filter_jit
def _values_of_each(targets, x):
    return eqx.filter_vmap(lambda target, points: jax.vmap(target)(points))(targets, x)
