"""Sample sizes of attention layers."""

import itertools
from typing import Any

import numpy as np

from suffice._core import count_parameters, product_rank
from suffice.models import Attention
from suffice.tangent import tangent_rank

from ._closed_form import attention_size, matrix_size
from ._network_size import vector_samples
from ._sample_size import (
    ALMOST_EVERY,
    no_width,
    rank_at_random,
    SampleSize,
    size_of,
    too_narrow,
)


@size_of.register
def _attention(target: Attention, width, model, key) -> SampleSize:
    no_width(target, width)
    model = target if model is None else model
    _check(model, target)
    parts = map(np.asarray, (target.q, target.k, target.v, target.o))
    heads = list(zip(*parts, strict=True))
    if target.length == 1:
        return _single_token(model, target)
    ranks = [(product_rank(q, k.T), product_rank(v, o)) for q, k, v, o in heads]
    heard = [head for head, (_, b) in zip(heads, ranks, strict=True) if b]
    scores = np.array([q @ k.T for q, k, _, _ in heard])
    point = tangent_rank(target, key=key)
    closed = attention_size(target.shape[1], ranks)
    value = closed if point.value is None else min(closed, point.value)
    apart = value == closed and _differ(scores)
    return SampleSize(
        value=value,
        status=ALMOST_EVERY if apart else "upper bound",
        formula="sum of a (2 D - a) + b (2 D - b) over heads of ranks (a, b): "
        + ", ".join(map(str, ranks))
        if value == closed
        else None,
        source="gauges of Q K^T and V O, derived and verified here",
        reduced=f"{sum(b > 0 for _, b in ranks)} heads",
        parameters=count_parameters(model),
        generic_rank=rank_at_random(model, key),
        vector_samples=vector_samples(target, point.value, key),
        point=point,
        note=None if apart else "heads with equal scores may merge into fewer heads",
    )


def _differ(scores: np.ndarray) -> bool:
    """Whether the score matrices of all heads differ."""
    size = np.abs(scores).max(initial=0.0)
    return not any(
        np.allclose(first, second, rtol=0, atol=1e-12 * size)
        for first, second in itertools.combinations(scores, 2)
    )


def _single_token(model: Attention, target: Attention) -> SampleSize:
    """The size for one token, where the layer is the matrix `sum_h V_h O_h`."""
    rank = product_rank(np.hstack(list(target.v)), np.vstack(list(target.o)))
    dim = target.shape[1]
    size = matrix_size(dim, dim, rank)
    return SampleSize(
        value=size,
        status="exact",
        formula=f"r (2 D - r) = {rank} x ({2 * dim} - {rank})",
        source="arXiv:2307.08921, Theorem 3 (matrices); one token derived here",
        reduced=f"a matrix of rank {rank}",
        parameters=count_parameters(model),
        # Each input determines one combination of the D rows, in all D outputs.
        vector_samples=dim if rank else None,
    )


def _check(model: Any, target: Attention) -> None:
    if not isinstance(model, Attention) or model.shape != target.shape:
        raise ValueError(
            f"model is a {type(model).__name__}; an Attention target is recovered in "
            f"an Attention on inputs of shape {target.shape}."
        )
    have, need = [(m.heads, m.q.shape[-1], m.v.shape[-1]) for m in (model, target)]
    if any(h < n for h, n in zip(have, need, strict=True)):
        raise too_narrow("(heads, key_dim, value_dim) of model", have, need)
