"""The tangent kernel of a model: the effect of a gradient step on other inputs."""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from suffice._core import (
    count_parameters,
    evaluate,
    in_float64,
    Inputs,
    Model,
    require_float64,
)
from suffice.models import (
    Activation,
    activation as as_activation,
    DeepNetwork,
    TwoLayer,
)
from suffice.tangent import jacobian

_HELD = 2**24  # numbers of a tangent matrix in memory at once: 128 MB


def tangent_kernel(
    model: Model, x: Inputs, other: Inputs | None = None
) -> Float[np.ndarray, "outputs n m"]:
    r"""Return the empirical neural tangent kernel of each output.

        K_o(x, x') = ⟨∂f_o(x)/∂θ, ∂f_o(x')/∂θ⟩

    For `TwoLayer`, `DeepNetwork` and `eqx.nn.MLP` it is summed layer by layer, which
    costs `n m` times the number of neurons and never forms the tangent matrix:

        K_o(x, x') = Σ_l (⟨h_l(x), h_l(x')⟩ + 1) ⟨∂f_o(x)/∂z_l, ∂f_o(x')/∂z_l⟩

    with `h_l` the input of layer `l`, `z_l` its output before the activation, and the 1
    where there is a bias. For any other model the kernel is computed from blocks of
    `suffice.tangent.jacobian`. Parameters in single precision are cast to float64.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the first axis.
        other: `m` further inputs; None takes `x` itself.

    Raises:
        ValueError: JAX runs in float32 mode, or the model has no parameters.

    Source:
        Derived and verified here against the tangent matrix.

    Examples:
        >>> w, a = jnp.array([[2.0]]), jnp.array([3.0])
        >>> line = sf.TwoLayer(w, a, activation="identity")
        >>> sf.spectra.tangent_kernel(line, np.array([[1.0], [2.0]]))
        array([[[13., 26.],
                [26., 52.]]])
    """
    return _kernel(model, x, other, _each)


def mean_kernel(
    model: Model, x: Inputs, other: Inputs | None = None
) -> Float[np.ndarray, "n m"]:
    """Return the mean of `tangent_kernel` over outputs, which are never held apart.

    Its arguments and errors are those of `tangent_kernel`.
    """
    return _kernel(model, x, other, _mean)


_Product = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _each(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the inner products of rows `(outputs, n, k)`, for each output."""
    return np.matmul(left, np.moveaxis(right, 1, 2))


def _mean(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return their mean over outputs, by one matrix product."""
    return np.tensordot(left, right, ((0, 2), (0, 2))) / len(left)


def _kernel(model: Model, x: Inputs, other: Inputs | None, product: _Product):
    require_float64("A tangent kernel")
    layers = _layers(model)
    if layers is None:
        return _by_jacobian(model, x, x if other is None else other, product)
    flows = _flows(layers, jnp.asarray(x, float))
    others = flows if other is None else _flows(layers, jnp.asarray(other, float))
    parts = (_layer(*pair, product) for pair in zip(flows, others, strict=True))
    return functools.reduce(np.add, parts)


class _Layers(NamedTuple):
    weights: tuple[Any, ...]
    biases: tuple[Any, ...]
    activation: Activation


class _Flow(NamedTuple):
    """The input of a layer at every sample, and the derivative in its output."""

    enters: np.ndarray  # (n, fan_in)
    slope: np.ndarray  # (outputs, n, fan_out)
    bias: bool


@functools.singledispatch
def _layers(model: Model) -> _Layers | None:
    del model
    return None


@_layers.register
def _(model: TwoLayer) -> _Layers:
    return _Layers((model.w, model.a), (model.b, model.c), model.activation)


@_layers.register
def _(model: DeepNetwork) -> _Layers:
    biases = model.biases or (None,) * len(model.weights)
    return _Layers(model.weights, biases, model.activation)


@_layers.register
def _(model: eqx.nn.MLP) -> _Layers | None:
    weights, biases = zip(*((w.weight, w.bias) for w in model.layers), strict=True)
    functions = model.activation, model.final_activation
    learned = jax.tree.leaves(eqx.filter(functions, eqx.is_inexact_array))
    probe = jnp.linspace(-2.0, 2.0, 5)
    if model.scan or model.in_size == "scalar" or learned:
        return None
    if not jnp.array_equal(model.final_activation(probe), probe):
        return None
    return _Layers(weights, biases, as_activation(model.activation))


def _flows(layers: _Layers, x: Inputs) -> list[_Flow]:
    enters, slopes = _differentiated(*layers[:2], x, layers.activation)
    return [
        _Flow(np.asarray(h), np.moveaxis(np.asarray(d), 1, 0), bias is not None)
        for h, d, bias in zip(enters, slopes, layers.biases, strict=True)
    ]


@eqx.filter_jit
def _differentiated(weights, biases, x, activation):
    heads = [w.shape[:-1] for w in weights]

    def run(shifts, h):
        entered = []
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            h = activation(h) if layer else h
            entered.append(h)
            h = w @ h + shifts[layer] + (0.0 if b is None else b)
        return jnp.ravel(h), entered

    def one(h):
        shifts = [jnp.zeros(head, h.dtype) for head in heads]
        slopes, entered = jax.jacrev(run, has_aux=True)(shifts, h)
        return entered, [s.reshape(len(s), -1) for s in slopes]

    return jax.vmap(one)(x)


def _layer(flow: _Flow, other: _Flow, product: _Product) -> np.ndarray:
    """Return the contribution of one layer to the kernel."""
    inputs = flow.enters @ other.enters.T + flow.bias
    return inputs * product(flow.slope, other.slope)


def _by_jacobian(
    model: Model, x: Inputs, other: Inputs, product: _Product
) -> np.ndarray:
    model = in_float64(model)
    outputs = evaluate(model, x[:1]).shape[1]
    rows = max(1, _HELD // (outputs * count_parameters(model)))

    def blocks(inputs):
        starts = range(0, len(inputs), rows)
        return (_rows(model, inputs[k : k + rows], outputs) for k in starts)

    return np.concatenate(
        [
            np.concatenate([product(left, right) for right in blocks(other)], -1)
            for left in blocks(x)
        ],
        -2,
    )


def _rows(model: Model, x: Inputs, outputs: int) -> np.ndarray:
    matrix = jacobian(model, x)
    n = math.ceil(len(matrix) / outputs)
    return np.moveaxis(matrix.reshape(n, outputs, -1), 1, 0)
