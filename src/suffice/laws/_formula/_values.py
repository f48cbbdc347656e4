"""Outputs and derivatives of a law at inputs, compiled once for all its values.

The tangent engine takes them from here too.
"""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float

from suffice._core import require_float64
from suffice.tangent import jacobian
from suffice.tangent._shared import traced, Traits, traits_of

from ._law import Law


def with_values(law: Law, values: Float[ArrayLike, " p"]) -> Law:
    """The law at a vector of values of its free parameters."""
    return eqx.tree_at(lambda law: law.values, law, jnp.asarray(values))


def predictions(
    law: Law, x: Float[np.ndarray, "n inputs"]
) -> Float[np.ndarray, "n outputs"]:
    """The outputs of a law at inputs."""
    return np.asarray(_values(law, x))


def slopes(
    law: Law,
    x: Float[np.ndarray, "n inputs"],
    weight: Float[np.ndarray, "n outputs"] | None = None,
) -> Float[np.ndarray, "rows p"]:
    """Derivatives of the weighted outputs by the free parameters, row by row."""
    weight = np.ones((len(x), 1)) if weight is None else weight
    return np.asarray(slopes_at(law, law.values, x, weight))


@eqx.filter_jit
def _values(law, x):
    return jnp.reshape(jax.vmap(law)(x), (len(x), -1))


@eqx.filter_jit
def residuals_at(law, values, x, y, weight):
    """Weighted residuals of a law at a vector of values."""
    found = jnp.reshape(jax.vmap(with_values(law, values))(x), y.shape)
    return ((found - y) * weight).ravel()


@eqx.filter_jit
def slopes_at(law, values, x, weight):
    """Weighted derivatives of a law at a vector of values."""

    def row(point):
        return law.derivative(lambda v: with_values(law, v)(point))(values)

    rows = jnp.reshape(jax.vmap(row)(x), (len(x), -1, len(law.names)))
    return jnp.reshape(rows * weight[:, :, None], (-1, len(law.names)))


@jacobian.register(Law)
def _jacobian(model: Law, x: Float[np.ndarray, "n inputs"]) -> np.ndarray:
    require_float64("A tangent matrix")
    return slopes(model, np.reshape(x, (len(x), len(model.inputs))))


@traits_of.register(Law)
def _traits_of(model: Law, x: Float[np.ndarray, "n inputs"]) -> Traits:
    del x  # every input has the same shape
    return _traits(jax.tree.structure(model), len(model.names), len(model.inputs))


@functools.lru_cache(maxsize=64)
def _traits(structure, parameters: int, inputs: int) -> Traits:
    """The traits of all laws that differ in their values only."""
    law = jax.tree.unflatten(structure, [jnp.ones(parameters)])
    return traced(law, np.ones((1, inputs)), law.derivative)
