"""Sample sizes of fully connected networks and of attention."""

from typing import Any

import jax
import numpy as np

from suffice._core import count_parameters
from suffice.models import Attention, DeepNetwork, TwoLayer
from suffice.tangent import numerical_rank, samples_needed, tangent_rank

from ._basis import irreducible
from ._closed_form import attention_size, deep_size, symmetric_size, two_layer_size
from ._sample_size import (
    ALMOST_EVERY,
    measured_size,
    SampleSize,
    size_of,
    SizeStatus,
    status_against,
    too_narrow,
)

# Activations whose neurons cannot imitate each other: every parameter that expresses
# the target contains its neurons, so the rank at irreducible parameters is least.
RIGID = ("odd", "even")


@size_of.register
def _two_layer(target: TwoLayer, width, model, key):
    reduced = irreducible(target)
    model = _wider(target, reduced.width, width, model, key)
    point = tangent_rank(reduced, key=key)
    return measured_size(
        point,
        _two_layer_status(reduced, point, key),
        source="arXiv:2406.18035, Theorem 5 for tanh without bias; biases, outputs and "
        "other activations derived and verified here",
        reduced=f"{reduced.width} neurons, {target.activation.name}",
        parameters=count_parameters(model),
        generic_rank=two_layer_size(model.activation, model.width, **shape_of(model)),
        formula=_formula(reduced, point.value),
        vector_samples=_vector_samples(reduced, point.value, key),
    )


def shape_of(model: TwoLayer) -> dict[str, Any]:
    """Inputs, outputs and biases of a two-layer network, as `two_layer_size` wants."""
    return {
        "dim": model.dim,
        "outputs": model.outputs,
        "bias": model.b is not None,
        "output_bias": model.c is not None,
    }


def random_like(model: TwoLayer, width: int, key) -> TwoLayer:
    """A generic network of the same architecture and another width."""
    return TwoLayer.normal(
        width,
        model.dim,
        key=key,
        outputs=None if model.a.ndim == 1 else model.outputs,
        bias=model.b is not None,
        output_bias=model.c is not None,
        activation=model.activation,
    )


def is_rigid(model: TwoLayer) -> bool:
    """Whether every parameter of one function has at least its irreducible rank."""
    return model.activation.kind in RIGID


def _two_layer_status(reduced, point, key) -> SizeStatus:
    if reduced.width == 0 or (is_rigid(reduced) and point.status == "exact"):
        return "exact"
    if _is_quadratic_form(reduced):
        return "exact" if point.value == _quadratic_size(reduced) else "upper bound"
    generic = tangent_rank(random_like(reduced, reduced.width, key), key=key)
    return status_against(point, generic)


def _is_quadratic_form(model: TwoLayer) -> bool:
    # With both biases the corner of the form is not determined by the function.
    both = model.b is not None and model.c is not None
    return model.activation.name == "square" and model.a.ndim == 1 and not both


def _quadratic_size(model: TwoLayer) -> int:
    """Size of the quadratic form that a sum of squares is, whatever its neurons."""
    w = np.asarray(model.w)
    if model.b is not None:
        w = np.column_stack([w, model.b])
    form = numerical_rank((np.asarray(model.a) * w.T) @ w)
    return symmetric_size(w.shape[1], form.value) + (model.c is not None)


def _formula(model: TwoLayer, value: int | None) -> str | None:
    shape = shape_of(model)
    if value is None or two_layer_size(model.activation, model.width, **shape) != value:
        return None
    if model.activation.kind == "polynomial":
        return "dimension of the quadratic forms of rank k, k D - k (k - 1) / 2"
    neuron = two_layer_size(model.activation, 1, **shape | {"output_bias": False})
    constant = f" + {model.outputs}" if model.c is not None else ""
    return f"k neurons x {neuron} each{constant} = {model.width} x {neuron}{constant}"


def _wider(target: TwoLayer, least: int, width, model, key) -> TwoLayer:
    """The model in which a two-layer target is to be recovered."""
    if model is not None:
        if not isinstance(model, TwoLayer) or shape_of(model) != shape_of(target):
            raise ValueError(
                f"model is a {type(model).__name__}; a TwoLayer target is recovered in "
                "a TwoLayer with the same inputs, outputs and biases."
            )
        width = model.width
    width = target.width if width is None else width
    if width < least:
        raise too_narrow("width", width, f"{least} neurons")
    return random_like(target, width, key)


@size_of.register
def _deep(target: DeepNetwork, width, model, key):
    if width is not None:
        raise ValueError(
            "width is given, but a DeepNetwork has several; give "
            "model=DeepNetwork.normal(widths, key=key)."
        )
    reduced = irreducible(target)
    model = target if model is None else model
    _check_deep(model, reduced)
    bias = target.biases is not None
    narrow = DeepNetwork.normal(
        reduced.widths, key=key, bias=bias, activation=target.activation
    )
    point = tangent_rank(reduced, key=key)
    everything = deep_size(reduced.widths, bias=bias)
    return measured_size(
        point,
        status_against(point, tangent_rank(narrow, key=key)),
        source="arXiv:2406.18035, Theorem 4 (upper bound, proved there); attained by "
        "almost every target, derived and verified here",
        reduced=f"widths {reduced.widths}, {target.activation.name}",
        parameters=count_parameters(model),
        formula=f"all {everything} parameters of the irreducible network"
        if point.value == everything
        else None,
        vector_samples=_vector_samples(reduced, point.value, key),
    )


def _check_deep(model, reduced) -> None:
    if not isinstance(model, DeepNetwork) or len(model.widths) != len(reduced.widths):
        raise ValueError(
            f"model is a {type(model).__name__}; a DeepNetwork target is recovered in "
            f"a DeepNetwork with {len(reduced.weights)} layers."
        )
    if any(m < r for m, r in zip(model.widths, reduced.widths, strict=True)):
        raise too_narrow("model.widths", model.widths, reduced.widths)


@size_of.register
def _attention(target: Attention, width, model, key) -> SampleSize:
    del width
    scores = np.einsum("hdk,hek->hde", target.q, target.k)
    values = np.einsum("hdv,hve->hde", target.v, target.o)
    ranks = [
        (numerical_rank(s).value, numerical_rank(v).value)
        for s, v in zip(scores, values, strict=True)
    ]
    value = attention_size(target.shape[1], ranks)
    point = tangent_rank(target, key=key)
    return SampleSize(
        value=value,
        status=ALMOST_EVERY,
        formula="sum of a (2 D - a) + b (2 D - b) over heads of ranks (a, b): "
        + ", ".join(map(str, ranks)),
        source="gauges of Q K^T and V O, derived and verified here",
        reduced=f"{sum(b > 0 for _, b in ranks)} heads",
        parameters=count_parameters(target if model is None else model),
        vector_samples=_vector_samples(target, point.value, key),
        point=point,
    )


def _vector_samples(model, rank: int | None, key) -> int | None:
    if model.outputs == 1 or rank is None:
        return rank
    x = model.domain.sample(jax.random.fold_in(key, 1), rank + 10)
    return samples_needed(model, x, key=key, strict=False)
