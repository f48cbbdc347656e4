"""Measures of trained members, computed in the same way for every method."""

import jax
import jax.numpy as jnp
import numpy as np

from suffice.training._data import Data

from ._by_tiles import by_tiles
from ._family import Family
from ._problem import Problem


def evaluate_members(
    family: Family, theta: np.ndarray, data: Data, test: Data | None
) -> dict[str, np.ndarray]:
    """Gradient norm, largest curvature and relative test error of each member."""
    measures = by_tiles(_at_the_end, family, theta, data)
    if test is None:
        measures["test_error"] = np.full(len(theta), np.nan)
    else:
        measures["test_error"] = by_tiles(_test_error, family, theta, test)
    return measures


def losses(family: Family, theta: np.ndarray, data: Data) -> np.ndarray:
    """The loss of each member at each of its points `(runs, points, p)`."""
    return by_tiles(_losses, family, theta, data)


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
