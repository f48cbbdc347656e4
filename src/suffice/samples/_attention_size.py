"""Sample sizes of attention layers."""

import itertools
from typing import Any

import numpy as np

from suffice._core import count_parameters
from suffice.models import Attention
from suffice.tangent import numerical_rank, tangent_rank

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
    scores = np.einsum("hdk,hek->hde", target.q, target.k)
    values = np.einsum("hdv,hve->hde", target.v, target.o)
    if target.length == 1:
        return _single_token(model, values.sum(axis=0))
    cuts = [(numerical_rank(s), numerical_rank(v)) for s, v in _pairs(scores, values)]
    ranks = [(a.value, b.value) for a, b in cuts]
    sure = all(cut.confident for pair in cuts for cut in pair)
    point = tangent_rank(target, key=key)
    closed = attention_size(target.shape[1], ranks)
    value = closed if point.value is None else min(closed, point.value)
    apart = value == closed and _differ(scores[[b > 0 for _, b in ranks]])
    return SampleSize(
        value=value if sure else None,
        status=(ALMOST_EVERY if apart else "upper bound") if sure else "undecided",
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
        note=_note(sure, apart),
    )


def _pairs(scores: np.ndarray, values: np.ndarray) -> Any:
    return zip(scores, values, strict=True)


def _note(sure: bool, apart: bool) -> str | None:
    if not sure:
        return "float64 does not decide the ranks of the heads"
    return None if apart else "heads with equal scores may merge into fewer heads"


def _differ(scores: np.ndarray) -> bool:
    """Whether the score matrices of all heads differ."""
    size = np.abs(scores).max(initial=0.0)
    return not any(
        np.allclose(first, second, rtol=0, atol=1e-12 * size)
        for first, second in itertools.combinations(scores, 2)
    )


def _single_token(model: Attention, matrix: np.ndarray) -> SampleSize:
    """The size for one token, where the layer is the matrix `sum_h V_h O_h`."""
    cut = numerical_rank(matrix)
    size = matrix_size(len(matrix), len(matrix), cut.value)
    return SampleSize(
        value=size if cut.confident else None,
        status="exact" if cut.confident else "undecided",
        formula=f"r (2 D - r) = {cut.value} x ({2 * len(matrix)} - {cut.value})",
        source="arXiv:2307.08921, matrix factorisation; one token derived here",
        reduced=f"a matrix of rank {cut.value}",
        parameters=count_parameters(model),
        # Each input determines one combination of the D rows, in all D outputs.
        vector_samples=len(matrix) if cut.confident and cut.value else None,
        note=None if cut.confident else "float64 does not decide the rank of V O",
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
