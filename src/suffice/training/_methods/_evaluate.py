"""Numbers of trained members, computed alike for every method."""

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
    found = _by_tiles(_at_the_end, family, theta, data)
    if test is None:
        found["test_error"] = np.full(len(theta), np.nan)
    else:
        found["test_error"] = _by_tiles(_test_error, family, theta, test)
    return found


def losses(family: Family, theta: np.ndarray, data: Data) -> np.ndarray:
    """The loss of each member at each of its points `(runs, points, p)`."""
    return _by_tiles(_losses, family, theta, data)


def _by_tiles(function, family, theta, data: Data) -> Any:
    """Apply a function of (problem, theta) to all members in tiles of one shape."""
    runs = len(theta)
    slots = tile_size(data.own["y"][0].size, theta.shape[-1])
    parts = []
    for start in range(0, runs, slots):
        rows = np.minimum(np.arange(start, start + slots), runs - 1)
        own = jax.tree.map(lambda a, at=rows: a[at], data.own)
        part = _mapped(function, family, data.shared, own, theta[rows])
        parts.append(jax.tree.map(np.asarray, part))
    return jax.tree.map(lambda *a: np.concatenate(a)[:runs], *parts)


@eqx.filter_jit
def _mapped(function, family, shared, own, theta):
    def one(own, theta):
        x, stops = own.get("x", shared), jnp.zeros(0)
        return function(Problem(family, x, own["y"], own["root"], stops), theta)

    return jax.vmap(one)(own, theta)


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
    # targets that all vanish have no scale: only they themselves are at distance 0
    return jnp.where(error > 0, error / size, error)


def _losses(problem: Problem, theta):
    return jax.vmap(problem.loss)(theta)
