"""Torch modules as models, differentiated by torch itself."""

import dataclasses
from collections.abc import Callable
from typing import Any, TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from suffice._core import count_parameters, evaluate
from suffice.tangent._jacobian import jacobian

from ._engine import Engine
from ._jax_engine import engine_for

if TYPE_CHECKING:
    import torch

_STATEFUL = ("Dropout", "BatchNorm", "InstanceNorm")


@dataclasses.dataclass(frozen=True, eq=False)
class TorchModel:
    """A torch module as a model at its current parameters; made by `from_torch`.

    Its parameters are the floating-point parameters of the module that require a
    gradient, in the order of `named_parameters`. Inputs and outputs are NumPy arrays
    in batches.

    Attributes:
        module: The module, which is never changed.
        dtype: The torch dtype in which it is evaluated.
        plans: A cache of how it is differentiated, by shape of the inputs.
    """

    module: "torch.nn.Module"
    dtype: "torch.dtype"
    plans: dict = dataclasses.field(default_factory=dict, repr=False)

    def __call__(self, x: Any) -> np.ndarray:
        """Outputs at a batch of inputs, in the shape that the module returns."""
        import torch

        with torch.no_grad():
            return self.function()(self.parameters(), self.inputs(x)).cpu().numpy()

    def parameters(self) -> "dict[str, torch.Tensor]":
        """The parameters in the dtype of evaluation; a copy only where they differ."""
        return {
            name: value.detach().to(self.dtype)
            for name, value in self.module.named_parameters()
            if value.requires_grad and value.is_floating_point()
        }

    def inputs(self, x: Any) -> "torch.Tensor":
        """A batch of inputs as a tensor on the device of the parameters."""
        import torch

        tensor = torch.as_tensor(np.asarray(x))
        if tensor.is_floating_point():
            tensor = tensor.to(self.dtype)
        return tensor.to(next(self.module.parameters()).device)

    def function(self) -> "Callable[[dict, torch.Tensor], torch.Tensor]":
        """The map from parameters and a batch of inputs to `(n, ...)` outputs."""
        from torch.func import functional_call

        fixed = {
            name: value.detach().to(self.dtype) if value.is_floating_point() else value
            for name, value in (
                *self.module.named_buffers(),
                *(p for p in self.module.named_parameters() if not p[1].requires_grad),
            )
        }

        def outputs(parameters, x):
            return functional_call(self.module, {**fixed, **parameters}, (x,))

        return outputs


def from_torch(
    module: "torch.nn.Module", *, dtype: "torch.dtype | None" = None
) -> TorchModel:
    """A torch module as a model for all functions on tangent spaces.

    The module is not changed: it is called through `torch.func.functional_call`. The
    weights of a module in float64 are not copied; other precisions are cast for each
    call, since float32 does not decide a rank. This function imports torch; `import
    suffice` does not.

    Args:
        module: Any module that maps a batch of inputs to a batch of outputs, sample by
            sample. It must be in evaluation mode if it has dropout or batch
            normalisation.
        dtype: Torch dtype of the evaluation; None takes float64.

    Returns:
        The model, which shares its weights with the module.

    Raises:
        ValueError: `module` is not a torch module; no parameter requires a gradient; a
            layer in training mode mixes samples or draws random numbers.
        ImportError: Torch is not installed.

    Example:
        >>> import torch
        >>> model = sf.from_torch(torch.nn.Linear(3, 1))
        >>> sf.jacobian(model, np.ones((5, 3))).shape
        (5, 4)
    """
    import torch

    if not isinstance(module, torch.nn.Module):
        raise ValueError(
            f"module is a {type(module).__name__}; expected a torch.nn.Module."
        )
    for name, layer in module.named_modules():
        kind = type(layer).__name__
        if layer.training and kind.startswith(_STATEFUL):
            raise ValueError(
                f"layer {name!r} is a {kind} in training mode, whose outputs depend on "
                "the other samples or on chance; call module.eval() first."
            )
    model = TorchModel(module, torch.float64 if dtype is None else dtype)
    if not model.parameters():
        raise ValueError(
            "module has no floating-point parameter that requires a gradient; call "
            "module.requires_grad_() to study its tangent space."
        )
    return model


@evaluate.register(TorchModel)
def _evaluate(model: TorchModel, x: Any) -> np.ndarray:
    values = model(x)
    return values.reshape(len(values), -1)


@count_parameters.register(TorchModel)
def _count_parameters(model: TorchModel) -> int:
    return sum(value.numel() for value in model.parameters().values())


@jacobian.register(TorchModel)
def _jacobian(model: TorchModel, x: Any) -> Float[np.ndarray, "rows p"]:
    from ._torch_engine import gradients

    parameters = model.parameters()
    parts = gradients(model.function(), parameters, model.inputs(x), list(parameters))
    blocks = [part.flatten(2).cpu().numpy() for part in parts.values()]
    rows = np.concatenate(blocks, axis=2).astype(np.float64, copy=False)
    return rows.reshape(-1, rows.shape[-1])


@engine_for.register(TorchModel)
def _engine(model: TorchModel, x: Any) -> Engine:
    from ._torch_engine import TorchEngine

    return TorchEngine(model, x)
