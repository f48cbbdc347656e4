"""The models that an audit fits: a constant, a linear model and tanh networks."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from suffice.models import Linear, TwoLayer
from suffice.training import ensemble

from ._standard import Standard
from ._targets._response import likeliest


def one(x: Array) -> Array:
    """Return the features of a constant model."""
    return jnp.ones_like(x[:1])


def one_and_inputs(x: Array) -> Array:
    """Return the features of a linear model with an intercept."""
    return jnp.concatenate([jnp.ones_like(x[:1]), x])


def simple_features(name: str) -> Callable:
    """Return the features of the model `constant` or `linear`."""
    return one if name == "constant" else one_and_inputs


def quadratic(x: Array | np.ndarray, squares: tuple[int, ...]) -> Array:
    """Return one, the inputs, the products of two, and the squares of some."""
    first, second = np.triu_indices(x.shape[0], 1)
    first, second = (np.append(part, squares).astype(int) for part in (first, second))
    return jnp.concatenate([one_and_inputs(jnp.asarray(x)), x[first] * x[second]])


def quadratic_features(x: Float[np.ndarray, "n dim"]) -> np.ndarray:
    """Return one, the inputs, and their products in pairs, one row per input."""
    first, second = np.triu_indices(x.shape[1])
    return np.column_stack([np.ones(len(x)), x, x[:, first] * x[:, second]])


def parameters(width: int, inputs: int) -> int:
    """Return the number of parameters of a tanh network with all biases."""
    return width * (inputs + 2) + 1


def network(width: int, inputs: int) -> TwoLayer:
    """Return a tanh network of this architecture whose parameters are all zero."""
    zeros = jnp.zeros
    return TwoLayer(
        zeros((width, inputs)), zeros(width), zeros(width), zeros(()), "tanh"
    )


def size_of(name: str, inputs: int) -> int:
    """Return the number of parameters of the model of a name."""
    if name.startswith("width "):
        return parameters(int(name.removeprefix("width ")), inputs)
    return 1 if name == "constant" else inputs + 1


def template(name: str, inputs: int) -> Any:
    """Return the model of a name, `constant`, `linear` or `width 1`, ..., all zero."""
    if name.startswith("width "):
        return network(int(name.removeprefix("width ")), inputs)
    return Linear(jnp.zeros(size_of(name, inputs)), simple_features(name), inputs)


def starts(width: int, inputs: int, runs: int, key: Key[Array, ""]) -> Any:
    """Return an ensemble of such networks with random parameters, one per run."""
    return ensemble(network(width, inputs), runs, key=key)


def linear_fit(data: Standard, inside: Bool[np.ndarray, " n"], features: Callable):
    """Return the linear model of some rows, of least norm if there are several.

    It has the least squared error or, for classes and counts, the most likelihood.
    """
    rows = data.x[inside]
    design = np.column_stack(
        [np.ones(len(rows)), rows[:, : 0 if features is one else None]]
    )
    weights, y = data.weights[inside], data.y[inside]
    if data.kind == "number":
        root = np.sqrt(weights)
        theta = np.linalg.lstsq(root[:, None] * design, root * y)[0]
    else:
        theta = likeliest(design, data.table.y[inside], weights, data.kind)
    return Linear(jnp.asarray(theta), features, data.x.shape[1])


@eqx.filter_jit
def predict(models: Any, x: Float[Array, "n dim"]) -> Float[Array, "runs n"]:
    """Return the values of every member of an ensemble at every input."""
    return eqx.filter_vmap(lambda model: jax.vmap(model)(x))(models)


def predict_one(model: Any, x: np.ndarray) -> np.ndarray:
    """Return the outputs of one model at every input."""
    return np.asarray(_predicted(model, jnp.asarray(x)))


@eqx.filter_jit
def _predicted(model: Any, x: Float[Array, "n dim"]) -> Float[Array, " n"]:
    return jax.vmap(model)(x)
