"""Products of the tangent matrix of a torch module with random directions."""

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import torch
from jaxtyping import Array, Key
from torch.nn.attention import sdpa_kernel, SDPBackend

from ._contract import from_gradient
from ._engine import batch_size, differs, Engine, KHATRI_RAO, TESTED
from ._probes import Pair, Probes
from ._torch_tap import contracted, watched
from ._torch_traits import torch_traits

GRADIENTS = "per-sample gradients"


class TorchEngine(Engine):
    """Sketches any torch module, by taps of its linear layers and embeddings.

    Other parameters are differentiated by per-sample gradients.
    """

    def __init__(self, model: Any, x: Any):
        self._parameters = model.parameters()
        self._x = model.inputs(x)
        self.samples = len(self._x) if self._x.ndim else 0
        if not self.samples:
            raise ValueError(f"x has shape {np.shape(x)}; expected n >= 1 inputs.")
        self._function = model.function(self._x)
        self.shapes = tuple(
            (value.shape[0] if value.ndim else 1, math.prod(value.shape[1:]))
            for value in self._parameters.values()
        )
        plan = (tuple(self._x.shape), self._x.dtype)
        if plan not in model.plans:
            planned = self._planned(model, x)
            model.plans[plan] = planned, self.epsilon, self.pieces
        planned, self.epsilon, self.pieces = model.plans[plan]
        self.outputs, self.batch, self._others, self.note = planned
        whole = len(self._others) == len(self._parameters)
        self.name = GRADIENTS if whole else KHATRI_RAO

    def blocks(self, start: int, stop: int, pairs: list[Pair]) -> list[np.ndarray]:
        """The contribution of each parameter array, for some samples."""
        x, names = self._x[start:stop], list(self._parameters)
        tapped = [name for name in names if name not in self._others]
        blocks: dict[str, Any] = {}
        if tapped:
            probes = {
                name: (_tensor(u, x.device), _tensor(v, x.device))
                for name, (u, v) in zip(names, pairs, strict=True)
                if name in tapped
            }
            taps, out = watched(self._function, self._parameters, x, probes)
            blocks = contracted(taps.uses, out, probes)
        formed = gradients(self._function, self._parameters, x, self._others)
        for name, gradient in formed.items():
            pair = pairs[names.index(name)]
            shape = (*gradient.shape[:2], *self.shapes[names.index(name)])
            matrix = gradient.reshape(shape).double().cpu().numpy()
            blocks[name] = from_gradient(matrix, *pair)
        return [blocks[name] for name in names]

    def _planned(self, model: Any, x: Any) -> tuple[int, int, list[str], str | None]:
        """Number of outputs, batch size, parameters without a tap, and a note."""
        names = list(self._parameters)
        probes = {
            name: (_tensor(u, self._x.device), _tensor(v, self._x.device))
            for name, (u, v) in zip(names, self._probes(1), strict=True)
        }
        few = self._x[: min(3, self.samples)]
        taps, out = watched(self._function, self._parameters, few, probes)
        traits = torch_traits(model, x)
        self.epsilon, self.pieces = 2 * traits.unit, traits.pieces
        self.outputs = out.shape[1]
        others = [name for name in names if name in taps.others]
        sizes = {name: value.numel() for name, value in self._parameters.items()}
        formed = sum(sizes[name] for name in others)
        size = taps.flowing // len(few) * (1 + self.outputs) + self.outputs * formed
        self.batch, self._others = batch_size(self.samples, size), others
        reason = self._self_test()
        if reason is not None:
            size = self.outputs * sum(sizes.values())
            note = f"every column from {GRADIENTS}, because {reason}"
            return self.outputs, batch_size(self.samples, size), names, note
        matrices = [name for name in others if self._parameters[name].ndim > 1]
        note = None
        if matrices:
            note = (
                f"{len(matrices)} of {len(names)} parameter arrays "
                f"({sum(sizes[name] for name in matrices)} parameters) by {GRADIENTS}"
            )
        return self.outputs, self.batch, others, note

    def probes(self, key: Key[Array, ""]) -> Probes:
        """Random directions in which the module is differentiated."""
        return Probes(self.shapes, key)

    def _probes(self, columns: int) -> list[Pair]:
        return self.probes(jax.random.key(0)).take(columns)

    def _self_test(self) -> str | None:
        """Compare `J Omega` with gradients of the untouched module at two samples."""
        pairs = self._probes(TESTED)
        blocks = self.blocks(0, self.batch, pairs)
        weights = np.random.default_rng(0).standard_normal(self.outputs)
        for row in {0, self.batch - 1}:
            free = {
                name: value.clone().requires_grad_()
                for name, value in self._parameters.items()
            }
            out = self._function(free, self._x[row : row + 1]).reshape(-1)
            total = (out * _tensor(weights, out.device).to(out.dtype)).sum()
            grads = torch.autograd.grad(
                total, list(free.values()), allow_unused=True, materialize_grads=True
            )
            matrices = [
                grad.reshape(shape).double().cpu().numpy()
                for grad, shape in zip(grads, self.shapes, strict=True)
            ]
            entries = [weights @ block[row] for block in blocks]
            reason = differs(entries, matrices, pairs, self.epsilon)
            if reason is not None:
                return reason
        return None


def gradients(
    function: Callable, parameters: dict, x: torch.Tensor, names: list[str]
) -> dict[str, torch.Tensor]:
    """Per-sample gradients of chosen parameters, each `(n, outputs, *shape)`."""
    if not names:
        return {}
    fixed = {name: value for name, value in parameters.items() if name not in names}
    chosen = {name: parameters[name] for name in names}

    def output_of(free, sample):
        return function({**fixed, **free}, sample[None]).reshape(-1)

    # Fused attention has no rule for vmap; the unfused one gives the same numbers.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        try:
            return torch.func.vmap(torch.func.jacrev(output_of), (None, 0))(chosen, x)
        except RuntimeError:  # an operation that torch cannot batch
            return _one_by_one(output_of, chosen, x)


def _one_by_one(output_of: Callable, chosen: dict, x: torch.Tensor) -> dict:
    rows = [torch.func.jacrev(output_of)(chosen, sample) for sample in x]
    return {name: torch.stack([row[name] for row in rows]) for name in chosen}


def _tensor(array: np.ndarray, device: Any) -> torch.Tensor:
    return torch.as_tensor(array, device=device)
