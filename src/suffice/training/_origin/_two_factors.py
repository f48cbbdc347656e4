"""Models that are, to leading order at the origin, a product of two factors."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import partition
from suffice.models import DeepNetwork, MatrixProduct, TwoLayer

from ._at_zero import slope_at_zero


class Samples(NamedTuple):
    """Data with a leading axis: one entry per member, or a single entry for all.

    Attributes:
        x: Inputs, `(runs or 1, n, ...)` in every leaf.
        y: Targets, `(runs or 1, n, outputs)`.
        weights: `(runs or 1, n)`.
    """

    x: Any
    y: np.ndarray
    weights: np.ndarray


class TwoFactors(NamedTuple):
    """Models that are `slope * left @ right @ x` to leading order at the origin.

    Attributes:
        left: Output weights, `(runs, outputs, width)`.
        right: Input weights with the biases as last column, `(runs, width, inputs)`.
        slope: `s'(0)`.
        rebuild: Function that makes the ensemble of `left` and `right`.
    """

    left: np.ndarray
    right: np.ndarray
    slope: float
    rebuild: Callable[[np.ndarray, np.ndarray], Any]


def two_factors(models: Any) -> TwoFactors | None:
    """The two factors of an ensemble, or None for a model of another form.

    Raises:
        ValueError: The model is a two-layer network whose origin is not a saddle of
            this form (output bias, `s(0)` not 0, `s'(0) = 0`, or a kink at 0).
    """
    if isinstance(models, MatrixProduct) and len(models.factors) == 2:
        left, right = (np.asarray(factor) for factor in models.factors)
        return TwoFactors(left, right, 1.0, lambda a, b: _put(models, (a, b)))
    if isinstance(models, DeepNetwork) and len(models.weights) == 2:
        _refuse_output_bias(models.biases)
        lower, upper = (np.asarray(weight) for weight in models.weights)
        left = upper.reshape(len(upper), -1, upper.shape[-1])
        return TwoFactors(
            left,
            lower,
            slope_at_zero(models.activation),
            lambda a, b: _put(models, (b, a)),
        )
    if isinstance(models, TwoLayer):
        return _two_layer(models)
    return None


def moments(models: Any, data: Samples) -> np.ndarray:
    """The moments `Σᵢ wᵢ yᵢ xᵢᵀ` of the data, `(runs or 1, outputs, inputs)`.

    A bias has a constant input 1. The input of a matrix product is a pair of unit
    vectors, so that the moments are the observed matrix.
    """
    weighted = data.weights[..., None] * data.y
    x = np.asarray(data.x)
    if isinstance(models, MatrixProduct):
        left, right = models.factors
        rows = np.eye(left.shape[-2])[x[..., 0]]
        columns = np.eye(right.shape[-1])[x[..., 1]]
        return (rows * weighted).mT @ columns
    if getattr(models, "b", None) is not None:
        x = np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
    return weighted.mT @ x


def _two_layer(models: TwoLayer) -> TwoFactors:
    _refuse_output_bias(models.c)
    w, a = np.asarray(models.w), np.asarray(models.a)
    left = a.reshape(len(a), -1, a.shape[-1])
    if models.b is None:
        right = w
    else:
        right = np.concatenate([w, np.asarray(models.b)[..., None]], axis=-1)
    slope = slope_at_zero(models.activation)

    def rebuild(new_left, new_right):
        if models.b is None:
            return _put(models, (new_right, new_left))
        return _put(models, (new_right[..., :-1], new_left, new_right[..., -1]))

    return TwoFactors(left, right, slope, rebuild)


def _put(models, arrays):
    """The ensemble with other parameters, given in the order of its leaves."""
    params, rest = partition(models)
    leaves, structure = jax.tree.flatten(params)
    new = [
        jnp.asarray(array.reshape(leaf.shape), leaf.dtype)
        for array, leaf in zip(arrays, leaves, strict=True)
    ]
    return eqx.combine(jax.tree.unflatten(structure, new), rest)


def _refuse_output_bias(bias):
    if bias is not None:
        raise ValueError(
            "the model has an output bias, so the origin is not a critical point of "
            "the loss; drop the bias and subtract the mean from the targets."
        )
