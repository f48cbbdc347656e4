"""Fully connected networks of equinox, as the models of this package."""

import inspect
from collections.abc import Callable
from typing import Any

import equinox as eqx

from ._activation import Activation
from ._activations import ACTIVATIONS
from ._deep import DeepNetwork

_IDENTITY = inspect.signature(eqx.nn.MLP).parameters["final_activation"].default


def recognised(model: Any) -> Any:
    """The `DeepNetwork` that computes the same function as an `equinox.nn.MLP`.

    Returns:
        A network with the same parameters in the same order. The model itself is
        returned if it is not an MLP, or has scalar inputs, biases in some layers only,
        an activation at the output, or an activation that is not in `ACTIVATIONS`.
    """
    if not isinstance(model, eqx.nn.MLP) or model.in_size == "scalar":
        return model
    record = _record(model.activation)
    weights = [layer.weight for layer in model.layers]
    biases = [layer.bias for layer in model.layers if layer.bias is not None]
    partly_biased = len(biases) not in (0, len(weights))
    if record is None or partly_biased or model.final_activation is not _IDENTITY:
        return model
    if model.out_size == "scalar":
        weights[-1] = weights[-1][0]
        biases[-1:] = [bias[0] for bias in biases[-1:]]
    return DeepNetwork(tuple(weights), tuple(biases) or None, record)


def _record(function: Callable) -> Activation | None:
    return next((a for a in ACTIVATIONS.values() if a.function is function), None)
