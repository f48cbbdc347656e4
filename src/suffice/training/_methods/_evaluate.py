"""Measures of trained members, computed in the same way for every method."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice.training._data import Data

from ._family import Family
from ._problem import Problem
from ._tile import tile_size


def evaluate_members(
    family: Family, theta: np.ndarray, data: Data, test: Data | None
) -> dict[str, np.ndarray]:
    """Gradient norm, largest curvature and relative test error of each member."""
    measures = _by_tiles(_at_the_end, family, theta, data)
    if test is None:
        measures["test_error"] = np.full(len(theta), np.nan)
    else:
        measures["test_error"] = _by_tiles(_test_error, family, theta, test)
    return measures


def losses(family: Family, theta: np.ndarray, data: Data) -> np.ndarray:
    """The loss of each member at each of its points `(runs, points, p)`."""
    return _by_tiles(_losses, family, theta, data)


def _by_tiles(function, family, theta, data: Data) -> Any:
    """Apply a function of (problem, theta) to all members in tiles of one shape."""
    runs = len(theta)
    slots = tile_size(data.per_member["y"][0].size, theta.shape[-1])
    parts = []
    for start in range(0, runs, slots):
        rows = np.minimum(np.arange(start, start + slots), runs - 1)
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


def _at_the_end(problem: Problem, theta):
    tangent = problem.tangent(theta)
    if tangent.residual.size <= theta.size:
        kernel = tangent.gram()
    else:
        jac = tangent.matrix()
        kernel = jac.T @ jac
    return {
        "gradient": jnp.linalg.norm(tangent.pull(tangent.residual)),
        "curvature": jnp.linalg.eigvalsh(kernel)[-1],
    }


def _test_error(problem: Problem, theta):
    size = problem.target_norm()
    error = jnp.linalg.norm(problem.residual(theta))
    # If all targets are zero, the error is 0 for zero outputs and infinite otherwise.
    return jnp.where(error > 0, error / size, error)


def _losses(problem: Problem, theta):
    return jax.vmap(problem.loss)(theta)
