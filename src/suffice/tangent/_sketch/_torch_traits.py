"""What a torch module shows about its precision and its pieces when it runs."""

from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from suffice.tangent._precision._traits import Traits

# Relative moves 2^-k that reveal each precision, by the bits of its mantissa. The first
# ones may change few outputs by chance.
_MOVES = {53: (52, 46, 38), 24: (23, 19, 15), 11: (10,)}
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

_COPIES = frozenset({"clone", "detach", "get"})


class _Calls(TorchFunctionMode):
    """Records the names of all torch functions that are called, and the coarsest unit.

    The unit roundoff is that of the least precise type in which one of them computes.
    """

    def __init__(self):
        super().__init__()
        self.names: set[str] = set()
        self.unit = 0.0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "").strip("_").removesuffix("_inplace")
        self.names.add(name)
        result = func(*args, **(kwargs or {}))
        if name in _COPIES:  # also of weights that are evaluated in another type
            return result
        for one in result if isinstance(result, tuple | list) else (result,):
            if isinstance(one, torch.Tensor) and one.is_floating_point():
                self.unit = max(self.unit, torch.finfo(one.dtype).eps / 2)
        return result


def torch_traits(model: Any, x: Any) -> Traits:
    """What running a module on a few inputs shows."""
    few = np.asarray(x)[:_OUTPUTS]
    calls = _Calls()
    inputs = model.inputs(few)
    function = model.function(inputs)
    with torch.enable_grad(), calls:
        function(model.parameters(), inputs)
    own = float(torch.finfo(model.dtype).eps) / 2
    unit = max(own, calls.unit, _measured_unit(model, few))
    pieces = bool(calls.names & _BRANCHES)
    return Traits(unit, frozenset(calls.names), pieces, rounding=unit)


def _measured_unit(model: Any, x: np.ndarray) -> float:
    """The unit roundoff of the coarsest type between the parameters and the outputs.

    Moves of all parameters by less than its unit change few of the outputs. It sees
    types that torch functions do not show, as those of another library.
    """
    base = model(x)
    sensitive = model.changed(_signs(2.0**-_COARSEST))(x) != base
    if not sensitive.any():
        return 2.0**-53
    for bits, moves in _MOVES.items():
        for k in moves:
            changed = model.changed(_signs(2.0**-k))(x) != base
            if 2 * (changed & sensitive).sum() > sensitive.sum():
                return 2.0**-bits
    return 2.0 ** -(_COARSEST + 1)


def _signs(size: float):
    """A move of every number by the share `size`, with the same signs on every call."""
    rng = np.random.default_rng(0)
    return lambda value: value * (1.0 + size * rng.choice([-1.0, 1.0], value.shape))
