"""Sample sizes of convolution targets, with and without weight sharing."""

import math

import jax.numpy as jnp
import numpy as np

from suffice._core import count_parameters
from suffice.models import Convolution, TwoLayer
from suffice.tangent import tangent_rank

from ._closed_form import convolution_is_known, convolution_size, untied_size
from ._irreducible import is_silent, least, least_is_known, representatives
from ._sample_size import measured_size, rank_at_random, size_of, SizeStatus, too_narrow

SOURCE = (
    "arXiv:2406.18035, Theorems 6 and 7; kernels that are translates of each other "
    "derived and verified here"
)


@size_of.register
def _convolution(target: Convolution, width, model, key):
    known = representatives(target)
    model = _recovering_model(target, known[0], width, model, key)
    if isinstance(model, TwoLayer):
        return _fully_connected(target, model, key)
    known = [m for m in known if m.width <= model.width]
    if target.shared and not model.shared:
        known = [unshare(m) for m in known]
    reduced, point = least(known, lambda m: tangent_rank(m, key=key))
    neurons = int(np.count_nonzero(np.asarray(reduced.a)))
    bias = reduced.b is not None
    kernel, positions = math.prod(reduced.size), math.prod(reduced.positions)
    if model.shared:
        formula = convolution_size(positions, kernel, reduced.width, bias=bias)
        text = f"k (s + P + bias) = {reduced.width} x {kernel + positions + bias}"
    else:
        formula = untied_size(kernel, neurons, bias=bias)
        text = f"(s + 1 + bias) N = {kernel + 1 + bias} x {neurons}"
    generic = formula == point.value and convolution_is_known(target.activation)
    zero = is_silent(reduced) and least_is_known(reduced)
    status: SizeStatus = "exact" if generic or zero else "upper bound"
    return measured_size(
        point,
        status,
        source=SOURCE,
        reduced=f"{reduced.width} kernels, {neurons} active neurons",
        parameters=count_parameters(model),
        formula=text if generic else None,
        generic_rank=rank_at_random(model, key),
    )


def _fully_connected(target: Convolution, model: TwoLayer, key):
    known = representatives(target.untied())
    if model.width < known[0].width:
        raise too_narrow("model.width", model.width, f"{known[0].width} neurons")
    known = [m for m in known if m.width <= model.width]
    network, point = least(known, lambda m: tangent_rank(m, key=key))
    bias = network.b is not None
    formula = untied_size(network.inputs, network.width, bias=bias)
    exact = formula == point.value and convolution_is_known(target.activation)
    exact = exact or (is_silent(network) and least_is_known(network))
    inputs = network.inputs + 1 + bias
    return measured_size(
        point,
        "exact" if exact else "upper bound",
        source=SOURCE,
        reduced=f"{network.width} neurons",
        parameters=count_parameters(model),
        formula=f"(d + 1 + bias) N = {inputs} x {network.width}"
        if exact and formula == point.value
        else None,
        generic_rank=rank_at_random(model, key),
    )


def _recovering_model(target, reduced, width, model, key):
    if isinstance(model, TwoLayer):
        if (model.inputs, model.b is None) != (target.inputs, target.b is None):
            raise ValueError(
                f"model has {model.inputs} inputs and "
                f"{'no' if model.b is None else 'a'} bias; the target has "
                f"{target.inputs} inputs and {'no' if target.b is None else 'a'} bias."
            )
        return model
    if model is None:
        model = Convolution.normal(
            target.width if width is None else width,
            target.shape,
            target.size,
            key=key,
            shared=target.shared,
            bias=target.b is not None,
            activation=target.activation,
        )
    if not isinstance(model, Convolution) or model.size != target.size:
        raise ValueError(
            f"model is a {type(model).__name__}; a Convolution target is recovered in "
            f"a Convolution with kernels of shape {target.size}, or in a TwoLayer."
        )
    if model.shared and not target.shared:
        raise ValueError(
            "the target has unshared kernels, which a model with shared kernels cannot "
            "express; give a model without weight sharing."
        )
    if model.width < reduced.width:
        raise too_narrow("width", model.width, f"{reduced.width} kernels")
    return model


def unshare(model: Convolution) -> Convolution:
    """The parameters of least rank with this function, without weight sharing.

    Neurons with equal padded kernels, at one position or at two, are merged; neurons
    with zero output weight get a zero kernel.
    """
    full = model.untied()
    a = _merged(full, model.activation.odd).reshape(model.a.shape)
    alive = (a != 0).astype(float)
    axes = (1,) * len(model.size)
    kernel = model.kernel.reshape(model.width, *axes, *model.size)
    return Convolution(
        kernel=jnp.asarray(alive.reshape(*alive.shape, *axes) * kernel),
        a=jnp.asarray(a),
        b=None if model.b is None else alive * model.b.reshape(model.width, *axes),
        activation=model.activation,
    )


def _merged(network: TwoLayer, odd: bool) -> np.ndarray:
    """Output weights, where those of equal neurons are added to the first of them."""
    rows = np.asarray(network.w)
    if network.b is not None:
        rows = np.column_stack([rows, network.b])
    a = np.array(network.a)
    first: dict[bytes, int] = {}
    for i, row in enumerate(rows):
        twin, sign = first.get((row + 0.0).tobytes()), 1.0
        if twin is None and odd:
            twin, sign = first.get((0.0 - row).tobytes()), -1.0
        if twin is None:
            first[(row + 0.0).tobytes()] = i
        else:
            a[twin] += sign * a[i]
            a[i] = 0.0
    return a
