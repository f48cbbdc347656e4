"""Inputs and cotangents of the weights of a torch module; imported only with torch."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from ._torch_pure import rows_of


def watched(
    function: Callable, parameters: dict, x: torch.Tensor, probes: dict
) -> "tuple[Taps, torch.Tensor]":
    """Run the module on a batch and record the uses of its parameters.

    Raises:
        ValueError: The module does not return one tensor with one row per input.
    """
    taps = Taps(parameters, probes, len(x))
    with torch.enable_grad(), taps:
        out = function(parameters, x)
    return taps, rows_of(out, len(x))


def contracted(
    uses: "list[TorchUse]", out: torch.Tensor, probes: dict
) -> dict[str, np.ndarray]:
    """The contribution of each tapped parameter: arrays `(n, outputs, columns)`."""
    n, outputs = out.shape
    blocks = {name: np.zeros((n, outputs, len(u))) for name, (u, _) in probes.items()}
    shifts = [use.shift for use in uses]
    for k in range(outputs):
        deltas = torch.autograd.grad(
            out[:, k].sum(),
            shifts,
            retain_graph=k < outputs - 1,
            allow_unused=True,
            materialize_grads=True,
        )
        for use, delta in zip(uses, deltas, strict=True):
            factor = probes[use.name][use.right].to(delta.dtype)
            flat = delta.reshape(n, -1, delta.shape[-1])
            right = (flat if use.left is not None else flat.sum(1)) @ factor.T
            part = right if use.left is None else (use.left * right).sum(1)
            blocks[use.name][:, k] += part.double().cpu().numpy()
    return blocks


@dataclasses.dataclass(frozen=True)
class TorchUse:
    """One product or look-up in which a parameter takes part.

    Attributes:
        name: Name of the parameter.
        left: Products of the inputs with the directions, `(n, t, columns)`; None for a
            bias.
        right: The factor (0 or 1) of the direction that multiplies the cotangent.
        shift: A zero tensor added to the result; its gradient is the cotangent.
    """

    name: str
    left: torch.Tensor | None
    right: int
    shift: torch.Tensor


class Taps(TorchFunctionMode):
    """Records every torch function that is called with a parameter."""

    def __init__(self, parameters: dict[str, torch.Tensor], probes: dict, n: int):
        super().__init__()
        self._names = {id(value): (name, False) for name, value in parameters.items()}
        self._alive: list[torch.Tensor] = []  # references, so that no id is reused
        self._probes, self._n = probes, n
        self.uses: list[TorchUse] = []
        self.others: set[str] = set()
        self.flowing = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        held = self._held((args, kwargs))
        if not held:
            return func(*args, **kwargs)
        if func in _TRANSPOSES and len(held) == 1:
            out = func(*args, **kwargs)
            name, turned = self._names[id(args[0])]
            if out.ndim == 2 and out.shape == args[0].shape[::-1]:
                self._names[id(out)] = (name, not turned)
                self._alive.append(out)
                return out
        elif func in _NEUTRAL:
            return func(*args, **kwargs)
        reader = _READERS.get(func)
        out = None if reader is None else reader(self, func, args, kwargs)
        if out is None:
            self.others |= {name for name, _ in held}
            return func(*args, **kwargs)
        return out

    def _held(self, tree: Any) -> list[tuple[str, bool]]:
        if isinstance(tree, torch.Tensor):
            return [self._names[id(tree)]] if id(tree) in self._names else []
        if isinstance(tree, dict):
            tree = list(tree.values())
        if isinstance(tree, (list, tuple)):
            return [name for item in tree for name in self._held(item)]
        return []

    def linear(self, func, args, kwargs):
        """`F.linear(x, weight, bias)`."""
        x, weight, bias = _bound(("input", "weight", "bias"), args, kwargs)
        if self._held([x]) or not self._batched(x):
            return None
        out = self._shifted(func(*args, **kwargs))
        self._product(x, weight, 1, out)
        if bias is not None:
            self._added(bias, out)
        return out[0]

    def matmul(self, func, args, kwargs):
        """`x @ weight`."""
        x, weight = args
        if kwargs or self._held([x]) or weight.ndim != 2 or not self._batched(x):
            return None
        out = self._shifted(func(x, weight))
        self._product(x, weight, 0, out)
        return out[0]

    def embedding(self, func, args, kwargs):
        """`F.embedding(index, weight)`."""
        index, weight, pad, norm, _, by_count, _ = _bound(
            (
                *("input", "weight", "padding_idx", "max_norm", "norm_type"),
                *("scale_grad_by_freq", "sparse"),
            ),
            args,
            kwargs,
        )
        if norm is not None or by_count or index.shape[:1] != (self._n,):
            return None
        name, turned = self._names[id(weight)]
        if turned or name not in self._probes:
            return None if turned else func(*args, **kwargs)
        out = self._shifted(func(*args, **kwargs))
        left = self._probes[name][0].T[index].flatten(1, -2)
        if index.ndim == 1:
            left = self._probes[name][0].T[index][:, None]
        if pad is not None:  # torch gives the padding row no gradient
            kept = (index != pad % weight.shape[0]).reshape(self._n, -1, 1)
            left = left * kept
        self.uses.append(TorchUse(name, left, 1, out[1]))
        return out[0]

    def _batched(self, x: torch.Tensor) -> bool:
        return x.ndim >= 2 and x.shape[0] == self._n

    def _shifted(self, out: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shift = torch.zeros_like(out, requires_grad=True)
        self.flowing += out.numel()
        return out + shift, shift

    def _product(self, x, weight, contracted: int, out) -> None:
        if id(weight) not in self._names:
            return
        name, turned = self._names[id(weight)]
        if name in self._probes:
            axis = 1 - contracted if turned else contracted
            flat = x.detach().reshape(self._n, -1, x.shape[-1])
            # Contract immediately: the module may overwrite its activations later.
            left = flat @ self._probes[name][axis].T.to(flat.dtype)
            self.uses.append(TorchUse(name, left, 1 - axis, out[1]))
            self.flowing += flat.numel()

    def _added(self, bias, out) -> None:
        if id(bias) in self._names and self._names[id(bias)][0] in self._probes:
            self.uses.append(TorchUse(self._names[id(bias)][0], None, 0, out[1]))


def _getters(*names: str) -> set[Any]:
    return {getattr(torch.Tensor, name).__get__ for name in names}


_TRANSPOSES = {torch.Tensor.t, torch.t, torch.Tensor.transpose, torch.transpose}
_TRANSPOSES |= _getters("T", "mT")
_NEUTRAL = {
    torch.Tensor.size,
    torch.Tensor.dim,
    torch.Tensor.numel,
    torch.Tensor.is_floating_point,
    torch.is_floating_point,
} | _getters(
    *("shape", "dtype", "device", "ndim", "layout"),
    *("requires_grad", "is_cuda", "is_nested"),
)
_READERS = {
    F.linear: Taps.linear,
    F.embedding: Taps.embedding,
    torch.matmul: Taps.matmul,
    torch.mm: Taps.matmul,
    torch.Tensor.matmul: Taps.matmul,
    torch.Tensor.mm: Taps.matmul,
    torch.Tensor.__matmul__: Taps.matmul,
}


def _bound(names: tuple[str, ...], args: tuple, kwargs: dict) -> list[Any]:
    given = dict(zip(names, args, strict=False)) | kwargs
    return [given.get(name) for name in names]
