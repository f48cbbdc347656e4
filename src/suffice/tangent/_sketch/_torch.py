"""Torch modules as models, differentiated by torch itself."""

import dataclasses
from collections.abc import Callable
from typing import Any, TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from suffice._core import count_parameters, evaluate
from suffice.models._shared import recognised
from suffice.tangent._jacobian import jacobian
from suffice.tangent._precision._tangent_matrix import mapped, traits_of
from suffice.tangent._precision._traits import Traits

from ._engine import Engine
from ._jax_engine import engine_for

if TYPE_CHECKING:
    import torch


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
        values: Parameters that take the place of those of the module, or None.
    """

    module: "torch.nn.Module"
    dtype: "torch.dtype"
    plans: dict = dataclasses.field(default_factory=dict, repr=False)
    values: "dict[str, torch.Tensor] | None" = dataclasses.field(
        default=None, repr=False
    )

    def __call__(self, x: Any) -> np.ndarray:
        """Outputs at a batch of inputs, in the shape that the module returns."""
        import torch

        inputs = self.inputs(x)
        with torch.no_grad():
            return self.function(inputs)(self.parameters(), inputs).cpu().numpy()

    def parameters(self) -> "dict[str, torch.Tensor]":
        """The parameters in the dtype of evaluation; a copy only where they differ."""
        if self.values is not None:
            return self.values
        return {
            name: value.detach().to(self.dtype)
            for name, value in self.module.named_parameters()
            if value.requires_grad and value.is_floating_point()
        }

    def changed(self, change: Callable[[np.ndarray], np.ndarray]) -> "TorchModel":
        """The same module with another array in the place of each parameter array."""
        import torch

        values = {
            name: torch.as_tensor(change(value.double().cpu().numpy())).to(value)
            for name, value in self.parameters().items()
        }
        return dataclasses.replace(self, values=values)

    def inputs(self, x: Any) -> "torch.Tensor":
        """A batch of inputs as a new tensor on the device of the parameters."""
        import torch

        tensor = torch.tensor(np.asarray(x))
        if tensor.is_floating_point():
            tensor = tensor.to(self.dtype)
        return tensor.to(next(self.module.parameters()).device)

    def function(self, x: "torch.Tensor") -> "Callable[[dict, torch.Tensor], Any]":
        """The map from parameters and a batch of inputs to `(n, ...)` outputs.

        It works on a copy of the module, of its buffers and of the inputs.

        Args:
            x: Inputs on which it is checked, once for each shape, that the module is a
                function of one input.

        Raises:
            ValueError: It is none.
        """
        import torch
        from torch.func import functional_call

        from ._torch_pure import check_pure, private_copy

        module, fixed = private_copy(self.module), self._fixed()

        def call(tensors, inputs):
            return functional_call(module, tensors, (inputs,))

        modes = tuple(layer.training for layer in module.modules())
        checked = ("checked", tuple(x.shape[1:]), x.dtype, modes)
        if checked not in self.plans and len(x):
            unit = float(torch.finfo(self.dtype).eps)
            check_pure(call, self.parameters(), fixed, x, unit)
            self.plans[checked] = True

        def outputs(parameters, inputs):
            renewed = {name: value.clone() for name, value in fixed.items()}
            return call({**renewed, **parameters}, inputs.clone())

        return outputs

    def _fixed(self) -> "dict[str, torch.Tensor]":
        """All tensors of the module besides its parameters, in the same dtype."""
        frozen = (p for p in self.module.named_parameters() if not p[1].requires_grad)
        return {
            name: value.detach().to(self.dtype) if value.is_floating_point() else value
            for name, value in (*self.module.named_buffers(), *frozen)
        }


def from_torch(
    module: "torch.nn.Module", *, dtype: "torch.dtype | None" = None
) -> TorchModel:
    """A torch module as a model for all functions on tangent spaces.

    The module is not changed: a copy that shares its parameters is called through
    `torch.func.functional_call`. The weights of a module in float64 are not copied;
    other precisions are cast for each call, since float32 does not decide a rank. This
    function imports torch; `import suffice` does not.

    A parameter counts if it requires a gradient: freeze others with
    `requires_grad_(False)`. Buffers, such as batch statistics, do not count.

    Args:
        module: Any module that maps a batch of inputs to a batch of outputs, input by
            input. The first evaluation checks this: in batches, one by one, and twice.
            Call `module.eval()` first if it has dropout or batch normalisation.
        dtype: Torch dtype of the evaluation; None takes float64.

    Returns:
        The model, which shares its weights with the module.

    Raises:
        ValueError: `module` is not a torch module, no parameter requires a gradient,
            or one is complex. When it is evaluated: it is no function of one input.
        ImportError: Torch is not installed.

    Examples:
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
    complex_ones = [n for n, p in module.named_parameters() if p.is_complex()]
    if complex_ones:
        raise ValueError(
            f"the module has complex parameters, the first is {complex_ones[0]!r}; "
            "store each one as two real ones (torch.view_as_real)."
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
    inputs = model.inputs(x)
    function = model.function(inputs)
    parts = gradients(function, parameters, inputs, list(parameters))
    flat = (part.reshape(*part.shape[:2], -1) for part in parts.values())
    blocks = [part.cpu().numpy() for part in flat]
    rows = np.concatenate(blocks, axis=2).astype(np.float64, copy=False)
    return rows.reshape(-1, rows.shape[-1])


@recognised.register(TorchModel)
def _recognised(model: TorchModel) -> Any:
    from ._torch_chain import agrees, chain

    network = chain(model.module)
    return model if network is None or not agrees(model, network) else network


@traits_of.register(TorchModel)
def _traits(model: TorchModel, x: Any) -> Traits:
    from ._torch_traits import torch_traits

    return torch_traits(model, x)


@mapped.register(TorchModel)
def _mapped(tree: TorchModel, change: Callable, unit: float) -> TorchModel:
    del unit  # the arrays have the type in which the module is evaluated
    return tree.changed(change)


@engine_for.register(TorchModel)
def _engine(model: TorchModel, x: Any) -> Engine:
    from ._torch_engine import TorchEngine

    return TorchEngine(model, x)
