"""Whether a torch module is a function of one input; imported only with torch."""

import copy
from collections.abc import Callable
from typing import Any

import torch

Call = Callable[[dict[str, torch.Tensor], torch.Tensor], Any]

_ROWS = 3  # number of inputs that are tried, each also in a changed version


def private_copy(module: torch.nn.Module) -> torch.nn.Module:
    """A module that shares the parameters, so that evaluating it changes no other.

    Raises:
        ValueError: The module holds an object that Python cannot copy.
    """
    shared: dict[int, Any] = {id(p): p for p in module.parameters()}
    for layer in module.modules():  # results of hooks are no leaves of the graph
        held = [v for v in vars(layer).values() if isinstance(v, torch.Tensor)]
        shared |= {id(v): v.detach() for v in held if not v.is_leaf}
    try:
        return copy.deepcopy(module, shared)
    except Exception as error:  # the user's objects may raise anything
        raise ValueError(
            f"the module cannot be copied ({type(error).__name__}: {error}), so that "
            "evaluating it could change it; remove the object that cannot be copied."
        ) from error


def check_pure(
    call: Call, parameters: dict, buffers: dict, x: torch.Tensor, unit: float
) -> None:
    """Check by evaluation that the output for an input depends on this input only.

    Args:
        call: Evaluates the module with given tensors, which it may change in place.
        parameters: The parameters by name.
        buffers: Its other tensors by name.
        x: Inputs stacked along the leading axis.
        unit: Rounding unit of the evaluation.

    Raises:
        ValueError: The module draws random numbers, answers differently when it is
            called again, or mixes the inputs of a batch; or its output is no tensor
            of real numbers with one row per input.
    """
    theta = {name: value.clone() for name, value in parameters.items()}
    fixed = {name: value.clone() for name, value in buffers.items()}
    inputs = _varied(x)

    def run(rows: torch.Tensor) -> torch.Tensor:
        return rows_of(call({**fixed, **theta}, rows.clone()), len(rows))

    with torch.no_grad(), torch.random.fork_rng():
        state = _random_state(x.device)
        first = run(inputs)
        if any(
            not torch.equal(a, b)
            for a, b in zip(state, _random_state(x.device), strict=True)
        ):
            raise _impure("it draws random numbers, as dropout does in training mode")
        _compare(first, run(inputs), unit, "two evaluations on the same inputs differ")
        mixed = "the output for one input changes with the rest of its batch"
        _compare(first, run(inputs.flip(0)).flip(0), unit, mixed)
        try:
            alone = torch.cat([run(row[None]) for row in inputs])
        except (RuntimeError, ValueError) as error:
            raise _impure(f"it fails on one input alone ({error})") from error
        _compare(first, alone, unit, mixed)
    for name, value in parameters.items():
        if not torch.equal(theta[name], value):
            raise _impure(f"evaluating it changes its parameter {name!r}")


def rows_of(out: Any, n: int) -> torch.Tensor:
    """The output for `n` inputs as a matrix.

    Raises:
        ValueError: It is not one tensor of real numbers with one row per input.
    """
    if not isinstance(out, torch.Tensor) or out.shape[:1] != (n,):
        returned = (
            tuple(out.shape) if isinstance(out, torch.Tensor) else type(out).__name__
        )
        raise ValueError(
            f"the module returns {returned} for {n} inputs; expected one tensor "
            "with one row per input."
        )
    if out.is_complex():
        raise ValueError(
            "the module returns complex numbers; let it return torch.view_as_real of "
            "them, so that each counts as two real outputs."
        )
    return out.reshape(n, -1)


def _varied(x: torch.Tensor) -> torch.Tensor:
    """A few of the inputs, and changed versions, since inputs may be equal."""
    rows = x[:_ROWS]
    if rows.is_floating_point():
        generator = torch.Generator().manual_seed(0)
        factor = 0.5 + torch.rand(rows.shape, generator=generator, dtype=rows.dtype)
        return torch.cat([rows, rows * factor.to(rows.device)])
    return torch.cat([rows, rows.flip(1)]) if rows.ndim > 1 else rows


def _random_state(device: torch.device) -> list[torch.Tensor]:
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states


def _compare(a: torch.Tensor, b: torch.Tensor, unit: float, what: str) -> None:
    a, b = (torch.nan_to_num(part.double()) for part in (a, b))
    gap, size = float((a - b).abs().max()), float(a.abs().max())
    if gap > unit**0.6 * size:
        raise _impure(f"{what} by {gap / size if size else gap:.1e} of its size")


def _impure(seen: str) -> ValueError:
    return ValueError(
        f"the module is no function of one input: {seen}; call module.eval() first, "
        "or leave out the layer that does this."
    )
