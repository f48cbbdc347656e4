"""The parameters of a target at which its tangent space has the least dimension."""

from typing import Any, cast, TypeVar

import jax
import jax.numpy as jnp

from suffice._core import Model
from suffice.models import (
    Convolution,
    DeepNetwork,
    MatrixProduct,
    SymmetricProduct,
    TwoLayer,
)
from suffice.models._shared import recognised
from suffice.reduction import reduce

M = TypeVar("M", bound=Model)

REDUCIBLE = (TwoLayer, DeepNetwork, Convolution, MatrixProduct, SymmetricProduct)


def irreducible(target: M) -> M:
    """The target without redundant neurons, where a reduction is known.

    If `s(0) != 0` (for example for a logistic activation), the zero network still has
    one tangent direction; one neuron with zero weights is kept to represent it.
    """
    target = recognised(target)
    if not isinstance(target, REDUCIBLE):
        return target
    model = reduce(target).model
    return cast(M, _audible(model) if _is_empty(model, target) else model)


def is_silent(model: TwoLayer | Convolution) -> bool:
    """Whether all output weights are zero."""
    return not bool(jnp.any(model.a))


def least_is_known(model: TwoLayer | Convolution) -> bool:
    """Whether these parameters have the least rank among those of the zero function.

    If `s(0) != 0`, a neuron whose bias is a zero of the activation could have a smaller
    rank, unless the activation has no zero.
    """
    has_constant = getattr(model, "c", None) is not None
    sure = model.b is None or model.activation.never_zero
    return has_constant or sure or model.activation.value_at_zero == 0


def _is_empty(model: Any, target: Any) -> bool:
    if isinstance(target, (TwoLayer, Convolution)):
        if target.width == 0 or model.width or getattr(model, "c", None) is not None:
            return False
    elif isinstance(target, DeepNetwork):
        if model.biases is not None or 0 in target.widths or 0 not in model.widths:
            return False
    else:
        return False
    return model.activation.value_at_zero != 0


def _audible(model: M) -> M:
    return jax.tree.map(lambda leaf: jnp.zeros([n or 1 for n in leaf.shape]), model)
