"""What a torch module shows about its precision and its pieces when it runs."""

from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from suffice.tangent._precision._traits import Traits

_TRIED = (52, 23, 10)  # relative moves 2^-k that reveal the precision
_COARSEST = 7
_OUTPUTS = 16  # number of inputs at which the outputs are compared
# Functions whose derivative can jump, by the name under which torch calls them.
_BRANCHES = frozenset(
    {
        *("abs", "absolute", "sign", "sgn", "round", "floor", "ceil", "norm", "median"),
        *("max", "min", "amax", "amin", "maximum", "minimum", "cummax", "cummin"),
        *("clamp", "clamp_max", "clamp_min", "clip", "threshold", "where"),
        *("sort", "argsort", "topk", "gt", "ge", "lt", "le", "eq", "ne"),
        *("relu", "relu6", "prelu", "rrelu", "leaky_relu", "elu", "selu", "celu"),
        *("hardtanh", "hardswish", "hardsigmoid", "hardshrink", "softshrink"),
        *("max_pool1d", "max_pool2d", "max_pool3d"),
        *("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"),
    }
)


class _Names(TorchFunctionMode):
    """Records the names of all torch functions that are called."""

    def __init__(self):
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.names.add(
            getattr(func, "__name__", "").strip("_").removesuffix("_inplace")
        )
        return func(*args, **(kwargs or {}))


def torch_traits(model: Any, x: Any) -> Traits:
    """What running a module on a few inputs shows."""
    few = np.asarray(x)[:_OUTPUTS]
    mode = _Names()
    inputs = model.inputs(few)
    function = model.function(inputs)
    with torch.enable_grad(), mode:
        function(model.parameters(), inputs)
    unit = max(float(torch.finfo(model.dtype).eps) / 2, _measured_unit(model, few))
    pieces = bool(mode.names & _BRANCHES)
    return Traits(unit, frozenset(mode.names), pieces, rounding=unit)


def _measured_unit(model: Any, x: np.ndarray) -> float:
    """Half the smallest relative move of all parameters that changes most outputs."""
    base = model(x)
    sensitive = model.changed(_signs(2.0**-_COARSEST))(x) != base
    if not sensitive.any():
        return 2.0**-53
    for k in _TRIED:
        changed = model.changed(_signs(2.0**-k))(x) != base
        if 2 * (changed & sensitive).sum() > sensitive.sum():
            return 2.0 ** -(k + 1)
    return 2.0 ** -(_COARSEST + 1)


def _signs(size: float):
    """A move of every number by the share `size`, with the same signs on every call."""
    rng = np.random.default_rng(0)
    return lambda value: value * (1.0 + size * rng.choice([-1.0, 1.0], value.shape))
