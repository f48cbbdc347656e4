"""The tangent matrix of a model with a bound of its rounding errors."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from suffice._core import Inputs, Model, numerical_rank, NumericalRank

from ._traits import traced, Traits

# A tangent matrix with more entries (160 MB) is not formed, but sketched.
DENSE_ENTRIES = 2e7
_MOVES = 5  # number of perturbations; a rounding error may repeat itself
_UNITS = 4.0  # numbers are moved by at most so many unit roundoffs
_SAFETY = 4.0  # factor from the observed changes to the bound


class TangentMatrix(NamedTuple):
    """A tangent matrix and how far its entries may be from the true ones.

    Attributes:
        matrix: The tangent functions on the samples, in real arithmetic where the
            program can be promoted to double precision.
        error: A bound of the rounding error of each entry, estimated from the changes
            that moves of inputs and parameters by a few roundings cause.
        traits: What is known about the program that computed it.
    """

    matrix: Float[np.ndarray, "rows p"]
    error: Float[np.ndarray, "rows p"]
    traits: Traits

    @property
    def rank(self) -> NumericalRank:
        """The rank that its singular values show."""
        return numerical_rank(self.matrix, error=self.error)


def tangent_matrix(
    model: Model, x: Inputs, traits: Traits | None = None
) -> TangentMatrix:
    """The tangent matrix on given samples, with a bound of its rounding errors.

    The bound is four times the largest change of each entry in five evaluations, in
    which each input and each parameter moves by up to four roundings of the least
    precise type that the program computes in.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis.
        traits: What `traits_of` found, if it is known already.
    """
    traits = traits or traits_of(model, x)
    matrix, error = measured(traits.rows, model, x, traits.rounding)
    return TangentMatrix(matrix, error, traits)


def measured(
    rows: Callable[[Model, Inputs], np.ndarray], model: Model, x: Inputs, unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """A matrix of a model at some inputs, and a bound of its rounding errors."""
    rng = np.random.default_rng(0)
    matrix = rows(model, x)
    change = unit * np.abs(matrix)
    for _ in range(_MOVES):
        near = rows(moved(model, unit, rng), moved(x, unit, rng))
        change = np.fmax(change, np.abs(near - matrix))
    return matrix, _SAFETY * change


@functools.singledispatch
def traits_of(model: Model, x: Inputs) -> Traits:
    """What is known about the program of a model at inputs like `x`."""
    return traced(model, x)


def moved(tree: Any, unit: float, rng: np.random.Generator) -> Any:
    """A model, or its inputs, with every number moved by up to four roundings."""

    def move(value):
        return value * (1.0 + rng.uniform(-_UNITS, _UNITS, value.shape) * unit)

    return mapped(tree, move, unit)


@functools.singledispatch
def mapped(tree: Any, change: Callable[[np.ndarray], np.ndarray], unit: float) -> Any:
    """A model, or its inputs, with another array in the place of each of its arrays.

    Args:
        tree: Any model or stack of inputs.
        change: The new array for an old one, both in double precision.
        unit: The rounding that the new numbers may have at most.
    """

    def renewed(leaf):
        if not eqx.is_inexact_array(leaf):
            return leaf
        numbers = np.asarray(leaf)
        if not np.iscomplexobj(numbers):
            numbers = numbers.astype(np.float64)
        values = change(numbers)
        own = float(jnp.finfo(leaf.dtype).eps) / 2
        values = values.astype(leaf.dtype if own <= unit else values.dtype)
        return values if isinstance(leaf, np.ndarray) else jnp.asarray(values)

    return jax.tree.map(renewed, tree)
