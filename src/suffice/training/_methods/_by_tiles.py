"""Functions of a problem and its parameters, for many members in tiles of one shape."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice.training._data import Data

from ._family import Family
from ._problem import Problem

_WORK = 2.3e4  # best sum of residuals times parameters in a group, for widths 2 to 100
GROUPS = 8  # of slots in a tile: those without a running member cost nothing


def lane_count(residuals: int, parameters: int) -> int:
    """The number of slots that advance together, a power of two between 1 and 64."""
    ideal = np.log2(_WORK / max(1, residuals * parameters))
    return int(np.clip(2.0 ** np.round(ideal), 1, 64))


def tile_size(residuals: int, parameters: int) -> int:
    """The number of slots of a tile."""
    return GROUPS * lane_count(residuals, parameters)


def by_tiles(
    function: Callable[[Problem, jax.Array], Any],
    family: Family,
    theta: np.ndarray,
    data: Data,
) -> Any:
    """Apply a function of (problem, theta) to all members.

    Args:
        function: A function of a module, since it is part of the compiled program.
        family: The architecture of all members.
        theta: Their parameters, with leading axis `runs`.
        data: Their data.
    """
    runs = len(theta)
    lanes = lane_count(data.per_member["y"][0].size, theta.shape[-1])
    parts = []
    for start in range(0, runs, lanes):
        rows = np.minimum(np.arange(start, start + lanes), runs - 1)
        arrays = jax.tree.map(lambda a, rows=rows: a[rows], data.per_member)
        part = _mapped(function, family, data.shared, arrays, theta[rows])
        parts.append(jax.tree.map(np.asarray, part))
    return jax.tree.map(lambda *a: np.concatenate(a)[:runs], *parts)


@eqx.filter_jit
def _mapped(function, family, shared, per_member, theta):
    def of_member(arrays, theta):
        x, stops = arrays.get("x", shared), jnp.zeros(0)
        problem = Problem(family, x, arrays["y"], arrays["root"], stops)
        return function(problem, theta)

    return jax.vmap(of_member)(per_member, theta)
