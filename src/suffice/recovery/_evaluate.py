"""Targets at inputs, bitwise independent of what else is evaluated."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

_TILE = 64  # members evaluated together: always as many, so that none sees another


def target_values(targets: list[Any], x: np.ndarray) -> np.ndarray:
    """Each target at its inputs.

    Args:
        targets: One per member; equal ones are one object.
        x: Inputs `(runs, n, ...)`.

    Returns:
        Shape `(runs, n, outputs)`.
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
        values = _same(targets[0], inputs)
    else:
        params = [eqx.partition(targets[i], eqx.is_inexact_array)[0] for i in slots]
        rest = eqx.partition(targets[0], eqx.is_inexact_array)[1]
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *params)
        values = _own(eqx.combine(stacked, rest), inputs)
    return np.asarray(values)[:count]


@eqx.filter_jit
def _same(target, x):
    return jax.vmap(jax.vmap(target))(x)


@eqx.filter_jit
def _own(targets, x):
    return eqx.filter_vmap(lambda target, points: jax.vmap(target)(points))(targets, x)
