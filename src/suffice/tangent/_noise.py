"""Rounding errors in a tangent matrix."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from suffice._core import Model

from ._jacobian import jacobian

_ULPS = 16  # how far numbers are moved, in units of their last place
_MOVES = 3  # once is not enough: a rounding error may repeat itself
_SHARE = 0.01  # of its size: what changes by more is rounding, or jumps


class Measured(NamedTuple):
    """A tangent matrix without its columns of rounding errors.

    Attributes:
        matrix: Columns that are rounding errors only are zero.
        change: How far each entry moves when inputs and parameters move by a few units
            in the last place; zero in rows where the derivative jumps.
        noise: Which columns were rounding errors only.
    """

    matrix: Float[np.ndarray, "rows p"]
    change: Float[np.ndarray, "rows p"]
    noise: Bool[np.ndarray, " p"]


def measured_jacobian(model: Model, x: Any) -> Measured:
    """The tangent matrix on given samples, and its rounding errors.

    A parameter on which the function does not depend (a scale before a normalisation,
    the bias of the keys of an attention layer) has a column of rounding errors, which
    scaling to unit norm would turn into a spurious direction. Such a column changes
    completely when inputs and parameters move by a few units in the last place, while a
    true column changes by as little as they do.

    Args:
        model: Any callable pytree, or a `TorchModel`, of which only the inputs move.
        x: `n` inputs stacked along the leading axis.
    """
    rng = np.random.default_rng(0)
    matrix = jacobian(model, x)
    change = np.zeros_like(matrix)
    for _ in range(_MOVES):
        moved = jacobian(_moved(model, rng), _moved(x, rng))
        change = np.maximum(change, np.abs(moved - matrix))
    size = np.abs(matrix)
    some = (size > 0) | (change > 0)
    loose = some & (change > _SHARE * size)
    # A derivative that jumps at some samples moves at those alone.
    noise = (2 * loose.sum(axis=0) > some.sum(axis=0)) & (
        change.max(axis=0, initial=0.0) > _SHARE * size.max(axis=0, initial=0.0)
    )
    matrix, change = (np.where(noise, 0.0, part) for part in (matrix, change))
    tops = [part.max(axis=1, initial=0.0) for part in (change, np.abs(matrix))]
    change[tops[0] > _SHARE * tops[1]] = 0.0
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
