"""Parameters of models: a model is a callable pytree with floating-point leaves."""

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from ._types import Inputs, Model


def partition(model: Model) -> tuple[Any, Any]:
    """The parameters of a model and all other leaves, as two pytrees."""
    return eqx.partition(model, eqx.is_inexact_array)


def ravel(
    model: Model,
) -> tuple[Float[Array, " p"], Callable[[Float[Array, " p"]], Model]]:
    """The parameter vector of a model, and the map from such a vector to a model."""
    params, rest = partition(model)
    theta, unravel = ravel_pytree(params)
    return theta, lambda vector: eqx.combine(unravel(vector), rest)


@functools.singledispatch
def count_parameters(model: Model) -> int:
    """The number of parameters `M` of a model."""
    return sum(leaf.size for leaf in jax.tree.leaves(partition(model)[0]))


@functools.singledispatch
def evaluate(model: Model, x: Inputs) -> np.ndarray:
    """The outputs at `n` inputs stacked along the leading axis: `(n, outputs)`."""
    values = np.asarray(eqx.filter_vmap(model)(x))
    return values.reshape(len(values), -1)
