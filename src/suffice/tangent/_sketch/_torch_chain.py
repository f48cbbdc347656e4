"""Torch modules that are a chain of linear layers and activations."""

import itertools
from typing import Any

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional as F

from suffice._core import evaluate
from suffice.models import Activation, ACTIVATIONS, DeepNetwork
from suffice.models._shared import leaky, network_of

from ._torch_pure import private_copy

_NAMES = {
    **dict.fromkeys((nn.Tanh, F.tanh, torch.tanh, "tanh"), "tanh"),
    **dict.fromkeys((nn.Sigmoid, F.sigmoid, torch.sigmoid, "sigmoid"), "sigmoid"),
    **dict.fromkeys((nn.ReLU, F.relu, torch.relu, torch.relu_, "relu"), "relu"),
    **dict.fromkeys((nn.SiLU, F.silu), "silu"),
    **dict.fromkeys((nn.Softplus, F.softplus), "softplus"),
    **dict.fromkeys((nn.ELU, F.elu), "elu"),
    **dict.fromkeys((nn.GELU, F.gelu), "gelu"),
    **dict.fromkeys((torch.sin, "sin"), "sin"),
    **dict.fromkeys((torch.cos, "cos"), "cos"),
    **dict.fromkeys((torch.exp, "exp"), "exp"),
    **dict.fromkeys((torch.erf, "erf"), "erf"),
    **dict.fromkeys((torch.square, "square"), "square"),
}
_IDLE = (nn.Identity, nn.Dropout, nn.Flatten)
_RESHAPES = {torch.flatten, torch.squeeze, "flatten", "squeeze"}


def chain(module: nn.Module) -> DeepNetwork | None:
    """The network of a module that is a chain of linear layers and one activation.

    Returns:
        The network, or None if the module has another form, or if one of its
        parameters is frozen or used twice. It is not yet compared with the module.
    """
    try:
        steps = list(fx.symbolic_trace(private_copy(module)).graph.nodes)
    except Exception:  # the user's code may do what cannot be traced
        return None
    layers: list[tuple[Any, Any]] = []
    records: list[Activation | None] = []
    for before, step in itertools.pairwise(steps[:-1]):
        if step.all_input_nodes != [before]:
            return None
        part = _part(module, step)
        if isinstance(part, nn.Linear) and len(records) == len(layers):
            layers.append((part.weight, part.bias))
        elif isinstance(part, Activation) and len(records) == len(layers) - 1:
            records.append(part)
        elif not isinstance(part, _IDLE):
            return None
    held = [p for layer in layers for p in layer if p is not None]
    same = {id(p) for p in held} == {id(p) for p in module.parameters()}
    if len(records) != len(layers) - 1 or not same or len(held) > len({*map(id, held)}):
        return None
    if not all(p.requires_grad for p in held):
        return None
    return network_of([(_array(w), _array(b)) for w, b in layers], records)


def agrees(model: Any, network: DeepNetwork) -> bool:
    """Whether a module and a network have the same outputs at a few random inputs."""
    x = np.random.default_rng(0).standard_normal((8, network.inputs))
    try:
        ours, theirs = evaluate(network, x), evaluate(model, x)
    except Exception:  # the user's code may not take such inputs
        return False
    unit = float(torch.finfo(model.dtype).eps)
    size = np.abs(theirs).max(initial=0.0)
    return ours.shape == theirs.shape and bool(
        np.abs(ours - theirs).max(initial=0.0) <= unit**0.6 * size
    )


def _part(module: nn.Module, step: fx.Node) -> Any:
    """A layer or an activation; None where a step is neither."""
    if step.op == "call_module":
        layer = module.get_submodule(str(step.target))
        if isinstance(layer, nn.LeakyReLU):
            slope = float(layer.negative_slope)
            return leaky(slope) if 0 < slope < 1 else None
        if isinstance(layer, nn.GELU) and layer.approximate != "none":
            return ACTIVATIONS["gelu-tanh"]
        named = _NAMES.get(type(layer))
        return layer if named is None else ACTIVATIONS[named]
    if step.target in _RESHAPES:
        return nn.Identity()
    named = _NAMES.get(step.target)
    return None if named is None else ACTIVATIONS[named]


def _array(parameter: torch.Tensor | None) -> np.ndarray | None:
    return None if parameter is None else parameter.detach().cpu().double().numpy()
