"""Sample sizes of fully connected networks."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import count_parameters, EPS, numpy_rng
from suffice.models import DeepNetwork, TwoLayer
from suffice.tangent import numerical_rank, Rank, samples_needed, tangent_rank

from ._closed_form import (
    deep_size,
    symmetric_size,
    two_layer_size,
)
from ._irreducible import (
    has_underflow,
    is_silent,
    least,
    least_is_known,
    representatives,
)
from ._sample_size import (
    ALMOST_EVERY_NEAR,
    measured_size,
    rank_at_random,
    size_of,
    SizeStatus,
    status_against,
    too_narrow,
)

DEEP = (
    "arXiv:2406.18035, Theorem 4 (upper bound, proved there); attained by almost every "
    "target, derived and verified here"
)
RECTIFIED = (
    "the functional dimension of ReLU networks (Grigsby, Lindsey, Meyerhoff and Wu), "
    "listed completely; arXiv:2406.18035, Theorem 1; that almost every target nearby "
    "attains it is derived here"
)
NEARBY = 3  # directions in which the parameters are moved, forwards and backwards


@size_of.register
def _two_layer(target: TwoLayer, width, model, key):
    known = representatives(target)
    model = _wider(target, known[0].width, width, model, key)
    known = [parameters for parameters in known if parameters.width <= model.width]
    reduced, point = least(known, lambda m: tangent_rank(m, key=key))
    return measured_size(
        point,
        _two_layer_status(reduced, point, key),
        source="arXiv:2406.18035, Theorem 5 for tanh without bias; biases, outputs and "
        "other activations derived and verified here",
        reduced=f"{reduced.width} neurons, {target.activation.name}",
        parameters=count_parameters(model),
        generic_rank=_generic_rank(model, key),
        formula=_formula(reduced, point.value),
        vector_samples=vector_samples(reduced, point.value, key),
    )


def _generic_rank(model: TwoLayer, key) -> int | None:
    closed = two_layer_size(model.activation, model.width, **shape_of(model))
    return rank_at_random(model, key) if closed is None else closed


def shape_of(model: TwoLayer) -> dict[str, Any]:
    """Inputs, outputs and biases of a network, as arguments of `two_layer_size`."""
    return {
        "inputs": model.inputs,
        "outputs": model.outputs,
        "bias": model.b is not None,
        "output_bias": model.c is not None,
    }


def random_like(model: TwoLayer, width: int, key) -> TwoLayer:
    """A generic network of the same architecture and another width."""
    return TwoLayer.normal(
        width,
        model.inputs,
        key=key,
        outputs=None if model.a.ndim == 1 else model.outputs,
        bias=model.b is not None,
        output_bias=model.c is not None,
        activation=model.activation,
    )


def _two_layer_status(reduced, point, key) -> SizeStatus:
    if is_silent(reduced):
        return "exact" if least_is_known(reduced) else "upper bound"
    if has_underflow(reduced):
        return "upper bound"
    if reduced.activation.rigid and point.status == "exact":
        return "exact"
    if _is_quadratic_form(reduced):
        return "exact" if point.value == _quadratic_size(reduced) else "upper bound"
    generic = tangent_rank(random_like(reduced, reduced.width, key), key=key)
    return status_against(point, generic)


def _is_quadratic_form(model: TwoLayer) -> bool:
    # With both biases the corner of the form is not determined by the function.
    both = model.b is not None and model.c is not None
    return model.activation.quadratic and model.a.ndim == 1 and not both


def _quadratic_size(model: TwoLayer) -> int:
    """The size of the quadratic form that a network of squares computes."""
    w = np.asarray(model.w)
    if model.b is not None:
        w = np.column_stack([w, model.b])
    left = np.asarray(model.a) * w.T
    error = (len(w) + 1) * EPS * (np.abs(left) @ np.abs(w))
    form = numerical_rank(left @ w, error=error)
    return symmetric_size(w.shape[1], form.lower) + (model.c is not None)


def _formula(model: TwoLayer, value: int | None) -> str | None:
    shape = shape_of(model)
    if value is None or two_layer_size(model.activation, model.width, **shape) != value:
        return None
    if model.activation.coefficients:
        return "dimension of the quadratic forms of rank k, k D - k (k - 1) / 2"
    neuron = two_layer_size(model.activation, 1, **shape | {"output_bias": False})
    constant = f" + {model.outputs}" if model.c is not None else ""
    return f"k neurons x {neuron} each{constant} = {model.width} x {neuron}{constant}"


def _wider(target: TwoLayer, least: int, width, model, key) -> TwoLayer:
    """The model in which a two-layer target is recovered."""
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
            "width is given, but a DeepNetwork has several widths; give "
            "model=DeepNetwork.normal(widths, key=key)."
        )
    known = representatives(target)
    model = target if model is None else model
    _check_deep(model, known[0])
    bias = target.biases is not None
    known = [m for m in known if np.all(np.less_equal(m.widths, model.widths))]
    reduced, point = least(known, lambda m: tangent_rank(m, key=key))
    rectified = target.activation.homogeneous
    everything = deep_size(reduced.widths, bias=bias)
    return measured_size(
        point,
        _deep_status(reduced, point, key),
        source=RECTIFIED if rectified else DEEP,
        reduced=f"widths {reduced.widths}, {target.activation.name}",
        parameters=count_parameters(model),
        formula=f"all {everything} parameters of the irreducible network"
        if point.value == everything
        else None,
        # The rank of a rectified network differs from region to region of parameters.
        generic_rank=None if rectified else rank_at_random(model, key),
        vector_samples=vector_samples(reduced, point.value, key),
    )


def _deep_status(reduced: DeepNetwork, point, key) -> SizeStatus:
    if not any(np.asarray(w).any() for w in reduced.weights):
        return "exact"  # a constant has these tangent directions at all parameters
    if reduced.activation.homogeneous:
        return _status_nearby(reduced, point, key)
    narrow = DeepNetwork.normal(
        reduced.widths,
        key=jax.random.fold_in(key, 1),
        bias=reduced.biases is not None,
        activation=reduced.activation,
    )
    return status_against(point, tangent_rank(narrow, key=key))


def _status_nearby(reduced: DeepNetwork, point: Rank, key) -> SizeStatus:
    """The status that follows from the ranks at nearby parameters.

    If the rank is locally constant, almost no target near this one is expressed by
    parameters of lower rank: the values at samples in general position depend
    semialgebraically on the parameters, so parameters of lower rank give a set of
    targets of lower dimension.

    Source:
        The argument of arXiv:2406.18035, Theorem 1, for semialgebraic models; derived
        and verified here.
    """
    rng = numpy_rng(jax.random.fold_in(key, 1))
    nearby = (moved for _ in range(NEARBY) for moved in _moved(reduced, rng))
    same = point.value is not None and all(
        tangent_rank(moved, key=key).value == point.value for moved in nearby
    )
    return ALMOST_EVERY_NEAR if same else "upper bound"


def _moved(model: DeepNetwork, rng: np.random.Generator) -> list[DeepNetwork]:
    """The network with all parameters changed by a millionth, in opposite directions.

    The rank of a special target may change on one side only. Biases are changed by a
    millionth of what the weights of the layer contribute, also where they are zero.
    """
    size, weights, biases = 1.0, [], []
    for weight, bias in zip(model.weights, model.biases or model.weights, strict=True):
        unit = float(np.abs(weight).max(initial=0.0))
        size *= unit
        weights.append(2.0**-20 * unit * rng.standard_normal(weight.shape))
        size = max(size, 0.0 if model.biases is None else float(np.abs(bias).max()))
        biases.append(2.0**-20 * size * rng.standard_normal(bias.shape))
    step = DeepNetwork(
        tuple(map(jnp.asarray, weights)),
        model.biases and tuple(map(jnp.asarray, biases)),
        model.activation,
    )
    forwards = jax.tree.map(jnp.add, model, step)
    return [forwards, jax.tree.map(jnp.subtract, model, step)]


def _check_deep(model, reduced) -> None:
    if not isinstance(model, DeepNetwork) or len(model.widths) != len(reduced.widths):
        raise ValueError(
            f"model is a {type(model).__name__}; a DeepNetwork target is recovered in "
            f"a DeepNetwork with {len(reduced.weights)} layers."
        )
    if any(m < r for m, r in zip(model.widths, reduced.widths, strict=True)):
        raise too_narrow("model.widths", model.widths, reduced.widths)


def vector_samples(model: Any, rank: int | None, key: Any) -> int | None:
    """The number of inputs that are needed if each gives all outputs."""
    if model.outputs == 1 or not rank:
        return rank
    if getattr(model, "width", 1) == 0:  # a constant
        return 1
    x = model.domain.sample(jax.random.fold_in(key, 1), rank + 10)
    return samples_needed(model, x, key=key, strict=False)
