"""Exact ranks of models that are products of their parameters, by structure."""

import functools

import numpy as np

from suffice._core import count_parameters, partial_ranks, product_rank
from suffice.models import (
    Diagonal,
    Domain,
    Linear,
    MatrixProduct,
    Points,
    RealSpace,
    SquareDifference,
    SymmetricProduct,
)
from suffice.models._shared import identity
from suffice.tangent._rank import Rank
from suffice.tangent._sampled import describe


def factor_rank(model: object, domain: Domain) -> Rank | None:
    r"""The rank from the factors of a model, which may over- or underflow.

    Where no entry of the product is left out, the tangent space of `W_L ... W_1` is the
    sum of `C_l \otimes R_l`, where `C_l` is the column space of the factors on the left
    of `W_l` and `R_l` the row space of those on its right. Both are nested, so

        rank = sum_l (dim C_l - dim C_{l-1}) dim R_l

    Returns:
        The rank; None where the structure of the model does not decide it on the
        domain.

    Source:
        Two factors, `p q - (p - r_A)(q - r_B)`: arXiv:2307.08921; any number is derived
        and verified here.
    """
    value = _value(model) if _is_whole(model, domain) else None
    if value is None:
        return None
    return Rank(
        value=value,
        status="exact",
        method="structure",
        lower=value,
        upper=value,
        parameters=count_parameters(model),
        domain=describe(domain),
    )


def _is_whole(model, domain) -> bool:
    """Whether a domain contains all inputs that the structure assumes."""
    if isinstance(model, (Diagonal, Linear, SquareDifference)):
        return isinstance(domain, RealSpace)
    if not isinstance(model, (MatrixProduct, SymmetricProduct)):
        return False
    if not isinstance(domain, Points):
        return False
    return _contains(domain.x, model.domain.x)


def _contains(entries, needed) -> bool:
    """Whether all needed entries are among others, which may lie outside the matrix."""
    entries, needed = np.asarray(entries), np.asarray(needed)
    ends = tuple(needed.max(0) + 1)
    entries = entries[((entries >= 0) & (entries < ends)).all(1)]
    wanted, given = (
        np.ravel_multi_index(tuple(part.T), ends) for part in (needed, entries)
    )
    return bool(np.isin(wanted, given).all())


@functools.singledispatch
def _value(model) -> int | None:
    return None


@_value.register
def _linear(model: Linear) -> int | None:
    return model.theta.size if model.features is identity else None


@_value.register
def _diagonal(model: Diagonal) -> int:
    # A derivative is the product of all other factors of its coordinate.
    return int(((np.asarray(model.a) == 0).sum(axis=0) <= 1).sum())


@_value.register
def _squares(model: SquareDifference) -> int:
    return int(((np.asarray(model.a) != 0) | (np.asarray(model.b) != 0)).sum())


@_value.register
def _product(model: MatrixProduct) -> int:
    rows, columns = model.shape
    matrices = [np.asarray(factor) for factor in model.factors]
    transposed = [matrix.T for matrix in reversed(matrices)]
    # dim C_l, from the leftmost factor to the right, then 0
    left = [rows, *partial_ranks(*matrices)[:-1], 0]
    right = [*reversed(partial_ranks(*transposed)[:-1]), columns]
    return sum((left[k] - left[k + 1]) * right[k] for k in range(len(matrices)))


@_value.register
def _symmetric(model: SymmetricProduct) -> int | None:
    if model.a is not None:
        return None
    r = product_rank(model.u)
    return r * len(model.u) - r * (r - 1) // 2
