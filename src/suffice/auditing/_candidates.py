"""The ladder of models that an audit fits, from a constant to ever wider networks."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from suffice.models import Linear, TwoLayer
from suffice.training import ensemble


def one(x: Array) -> Array:
    """The features of a constant model."""
    return jnp.ones_like(x[:1])


def one_and_inputs(x: Array) -> Array:
    """The features of a linear model with an intercept."""
    return jnp.concatenate([jnp.ones_like(x[:1]), x])


def parameters(width: int, inputs: int) -> int:
    """`k (inputs + 2) + 1`: a width-k tanh network with input and output biases."""
    return width * (inputs + 2) + 1


def network(width: int, inputs: int) -> TwoLayer:
    """A tanh network of this architecture; its parameters mean nothing."""
    zeros = jnp.zeros
    return TwoLayer(
        zeros((width, inputs)), zeros(width), zeros(width), zeros(()), "tanh"
    )


def starts(width: int, inputs: int, runs: int, key: Key[Array, ""]) -> Any:
    """An ensemble of such networks at random starts, one per run."""
    return ensemble(network(width, inputs), runs, key=key)


def linear_fit(x: np.ndarray, y: np.ndarray, features: Callable = one_and_inputs):
    """The linear model of least squares, of least norm where there are several."""
    inputs = x[:, :0] if features is one else x
    design = np.column_stack([np.ones(len(x)), inputs])
    theta = np.linalg.lstsq(design, y)[0]
    return Linear(jnp.asarray(theta), features, x.shape[1])


@eqx.filter_jit
def predict(models: Any, x: Float[Array, "n dim"]) -> Float[Array, "runs n"]:
    """Outputs of every member of an ensemble at every input."""
    return eqx.filter_vmap(lambda model: jax.vmap(model)(x))(models)


def predict_one(model: Any, x: np.ndarray) -> np.ndarray:
    """Outputs of one model at every input."""
    return np.asarray(jax.vmap(model)(x))
