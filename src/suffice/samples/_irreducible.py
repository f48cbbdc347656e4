"""The parameters of a target at which its tangent space has the least dimension."""

import math
from collections.abc import Callable
from typing import Any, cast, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import Model
from suffice.models import (
    Convolution,
    DeepNetwork,
    Domain,
    MatrixProduct,
    SymmetricProduct,
    TwoLayer,
)
from suffice.models._shared import recognised_on
from suffice.reduction import reduce
from suffice.reduction._shared import mirrored
from suffice.tangent import Rank

M = TypeVar("M", bound=Model)

REDUCIBLE = (TwoLayer, DeepNetwork, Convolution, MatrixProduct, SymmetricProduct)


def irreducible(target: M) -> M:
    """The target without redundant neurons, where a reduction is known.

    If `s(0) != 0` (for example for a logistic activation), the zero network still has
    one tangent direction; one neuron with zero weights is kept to represent it.
    """
    if not isinstance(target, REDUCIBLE):
        return target
    model = reduce(target).model
    return cast(M, _audible(model) if _is_empty(model, target) else model)


def representatives(target: M, domain: Domain | None = None) -> list[M]:
    """Known parameters with the function of a target, the irreducible ones first.

    Their ranks can differ. A neuron together with its mirror image can represent a
    constant or a linear function with fewer tangent directions than neurons of its
    own, and kinks that coincide can separate when a reduction rounds. The irreducible
    parameters are the only ones that are returned where they have the least rank: for
    matrices, and for networks whose neurons are independent up to sign.
    """
    target = recognised_on(target, domain)
    if _only_rescales(target):
        return [target]
    reduced = irreducible(target)
    known: list[Any] = [reduced]
    if isinstance(reduced, (TwoLayer, DeepNetwork)) and not reduced.activation.rigid:
        known += [mirrored(reduced), target]
    if isinstance(reduced, Convolution):
        known.append(target)
    return [model for i, model in enumerate(known) if not _among(model, known[:i])]


def _only_rescales(target: Any) -> bool:
    """Whether a reduction of a network does no more than to round rescaled neurons."""
    network = isinstance(target, (TwoLayer, DeepNetwork))
    if not network or not target.activation.homogeneous:
        return False
    layers = reduce(target).layers
    alone = all(len(group) == 1 for layer in layers for group in layer.groups)
    return alone and all(r == "target" for layer in layers for r in layer.roles)


def least(known: list[M], rank_of: Callable[[M], Rank]) -> tuple[M, Rank]:
    """The parameters of the least rank among representatives, with that rank.

    Where all ranks are equal or undecided, these are the first parameters.
    """
    ranks = [rank_of(model) for model in known]
    best = min(range(len(known)), key=lambda i: _bound(ranks[i]))
    return known[best], ranks[best]


def _bound(rank: Rank) -> float:
    if rank.value is not None:
        return float(rank.value)
    return float(rank.upper) if rank.status == "at least" else math.inf


def _among(model: Any, others: list[Any]) -> bool:
    return any(bool(eqx.tree_equal(model, other)) for other in others)


def is_silent(model: TwoLayer | Convolution) -> bool:
    """Whether all output weights are zero."""
    return not np.asarray(model.a).any()


def least_is_known(model: TwoLayer | Convolution) -> bool:
    """Whether these parameters have the least rank among those of the zero function.

    If `s(0) != 0`, a neuron whose bias is a zero of the activation could have a smaller
    rank, unless the activation has no zero.
    """
    has_constant = getattr(model, "c", None) is not None
    sure = model.b is None or model.activation.never_zero
    return has_constant or sure or model.activation.value_at_zero == 0


def has_underflow(model: TwoLayer) -> bool:
    """Whether several neurons are constants, which are one function.

    They are merged where their values are numbers; where these underflow, they are not.
    """
    constant = ~np.asarray(model.w).any(axis=1)
    return model.c is None and int(constant.sum()) > 1


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
