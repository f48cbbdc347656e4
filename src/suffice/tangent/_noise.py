"""Rounding errors in a tangent matrix."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from suffice._core import Inputs, Model

from ._jacobian import jacobian

_ULPS = 16  # numbers are perturbed by at most so many units in the last place
_MOVES = 3  # number of perturbations; a rounding error may repeat itself once
_SHARE = 0.01  # an entry with a larger relative change is a rounding error, or jumps


class Measured(NamedTuple):
    """A tangent matrix without its columns of rounding errors.

    Attributes:
        matrix: The tangent matrix; columns of rounding errors only are set to zero.
        change: How far each entry moves when inputs and parameters move by a few units
            in the last place; zero in rows where the derivative jumps.
        noise: Which columns contained rounding errors only.
    """

    matrix: Float[np.ndarray, "rows p"]
    change: Float[np.ndarray, "rows p"]
    noise: Bool[np.ndarray, " p"]


def measured_jacobian(model: Model, x: Inputs) -> Measured:
    """The tangent matrix on given samples, with an estimate of its rounding errors.

    A parameter on which the function does not depend (a scale before a normalisation,
    the bias of the keys of an attention layer) has a column of rounding errors, which
    scaling to unit norm would turn into a spurious direction. Such a column changes
    completely when inputs and parameters are perturbed by a few units in the last
    place, while any other column changes as little as they do.

    Args:
        model: Any callable pytree, or a `TorchModel`; for the latter only the inputs
            are perturbed.
        x: `n` inputs stacked along the leading axis.
    """
    rng = np.random.default_rng(0)
    matrix = jacobian(model, x)
    change = np.zeros_like(matrix)
    for _ in range(_MOVES):
        moved = jacobian(_moved(model, rng), _moved(x, rng))
        change = np.maximum(change, np.abs(moved - matrix))
    size = np.abs(matrix)
    nonzero = (size > 0) | (change > 0)
    unstable = nonzero & (change > _SHARE * size)
    # A derivative that jumps is unstable at few samples, rounding errors at most.
    noise = (2 * unstable.sum(axis=0) > nonzero.sum(axis=0)) & (
        change.max(axis=0, initial=0.0) > _SHARE * size.max(axis=0, initial=0.0)
    )
    matrix, change = (np.where(noise, 0.0, part) for part in (matrix, change))
    largest_change = change.max(axis=1, initial=0.0)
    largest_entry = np.abs(matrix).max(axis=1, initial=0.0)
    change[largest_change > _SHARE * largest_entry] = 0.0
    return Measured(matrix, change, noise)


def _moved(tree: Any, rng: np.random.Generator) -> Any:
    def move(leaf):
        if not eqx.is_inexact_array(leaf):
            return leaf
        numbers = np.asarray(leaf)
        unit = float(np.finfo(numbers.dtype).eps)
        factor = 1.0 + rng.integers(-_ULPS, _ULPS + 1, numbers.shape) * unit
        moved = (numbers * factor).astype(numbers.dtype)
        return moved if isinstance(leaf, np.ndarray) else jnp.asarray(moved)

    return jax.tree.map(move, tree)
