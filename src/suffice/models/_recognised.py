"""Fully connected networks of other libraries, as the models of this package."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from ._activation import Activation
from ._activations import ACTIVATIONS, leaky
from ._deep import DeepNetwork
from ._domain import Domain, input_shape

_IDENTITY = inspect.signature(eqx.nn.MLP).parameters["final_activation"].default


@functools.singledispatch
def recognised(model: Any) -> Any:
    """The `DeepNetwork` that computes the same function as a model of another library.

    Known are an `equinox.nn.MLP` or `equinox.nn.Sequential` of linear layers and
    functions of `ACTIVATIONS`, and torch modules of this form.

    Returns:
        A network with the same parameters. The model itself is returned if it is of
        another form, for example with an activation at the output, or with biases in
        some layers only.
    """
    return model


def recognised_on(model: Any, domain: Domain | None) -> Any:
    """The recognised network, if its inputs are those of the domain."""
    network = recognised(model)
    if network is model or domain is None:
        return network
    return network if input_shape(domain) == (network.inputs,) else model


@recognised.register
def _mlp(model: eqx.nn.MLP) -> Any:
    if model.final_activation is not _IDENTITY or model.in_size == "scalar":
        return model
    record = _record(model.activation)
    if record is None:
        return model
    layers = [(layer.weight, layer.bias) for layer in model.layers]
    scalar = model.out_size == "scalar"
    return network_of(layers, [record] * (len(layers) - 1), scalar=scalar) or model


@recognised.register
def _sequential(model: eqx.nn.Sequential) -> Any:
    kinds = [type(layer) for layer in model.layers]
    wanted = [eqx.nn.Linear, *[eqx.nn.Lambda, eqx.nn.Linear] * (len(kinds) // 2)]
    if kinds != wanted:
        return model
    linear = model.layers[::2]
    if any("scalar" in (layer.in_features, layer.out_features) for layer in linear):
        return model
    records = [_record(layer.fn) for layer in model.layers[1::2]]
    return (
        network_of([(layer.weight, layer.bias) for layer in linear], records) or model
    )


def network_of(
    layers: Sequence[tuple[Any, Any]],
    records: Sequence[Activation | None],
    *,
    scalar: bool = False,
) -> DeepNetwork | None:
    """The network of linear layers with one activation between them.

    Args:
        layers: Weight and bias (or None) of each layer.
        records: The activation after each layer but the last; None if it is not known.
        scalar: Whether the single output is a scalar.

    Returns:
        The network; None where layers differ in their activations, or in whether they
        have a bias, or where there is no hidden layer.
    """
    first = records[0] if records else None
    if first is None or any(record is not first for record in records):
        return None
    weights = [jnp.asarray(weight) for weight, _ in layers]
    biases = [jnp.asarray(bias) for _, bias in layers if bias is not None]
    if len(biases) not in (0, len(weights)):
        return None
    if scalar:
        weights[-1] = weights[-1][0]
        biases[-1:] = [bias[0] for bias in biases[-1:]]
    return DeepNetwork(tuple(weights), tuple(biases) or None, first)


def _record(function: Callable) -> Activation | None:
    if function is jax.nn.leaky_relu:
        return leaky(0.01)  # its default slope
    return next((a for a in ACTIVATIONS.values() if a.function is function), None)
