"""Conversion of arrays of any framework to float64 NumPy arrays of a known shape."""

from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import check_scale, given


def detached(values: Any) -> np.ndarray:
    """Convert a NumPy, JAX or torch array, on any device, to a NumPy array."""
    if hasattr(values, "detach"):  # a torch tensor, recognised without importing torch
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
    return given(values)


def as_float64(
    values: Any, name: str, *, finite: bool = True
) -> Float[np.ndarray, "..."]:
    """Convert an array of any framework to double precision.

    Args:
        values: A NumPy, JAX or torch array.
        name: Name of the argument in error messages.
        finite: Whether infinite numbers and nan raise an error.

    Raises:
        ValueError: The array is empty, or a number is complex or not finite.
    """
    values = detached(values)
    if np.iscomplexobj(values) or not np.can_cast(values.dtype, np.float64, "unsafe"):
        raise ValueError(f"{name} has dtype {values.dtype}; expected real numbers.")
    values = values.astype(np.float64)
    if not values.size:
        raise ValueError(
            f"{name} has shape {values.shape}; expected at least one number."
        )
    if finite and not np.isfinite(values).all():
        raise ValueError(
            f"{name} has {int((~np.isfinite(values)).sum())} entries that are not "
            "finite; leave these samples out, or stop where training diverged."
        )
    return values


def as_inputs(x: Any, name: str = "x") -> Float[np.ndarray, "n dim"]:
    """Convert inputs `(n,)` or `(n, ...)` to shape `(n, inputs)`."""
    x = as_float64(x, name)
    if x.ndim == 0:
        raise ValueError(f"{name} is a single number; expected n inputs, (n, inputs).")
    check_scale(name, x)
    return x.reshape(len(x), -1)


def as_outputs(y: Any, n: int, name: str = "y") -> Float[np.ndarray, "n outputs"]:
    """Convert outputs `(n,)` or `(n, ...)` at `n` inputs to shape `(n, outputs)`."""
    y = as_float64(y, name)
    if y.ndim == 0 or len(y) != n:
        raise ValueError(
            f"{name} has shape {y.shape} at {n} inputs; expected ({n},) or ({n}, ...)."
        )
    check_scale(name, y, smallest=0.0)
    return y.reshape(n, -1)


def as_pair(
    x: Any, y: Any
) -> tuple[Float[np.ndarray, "n dim"], Float[np.ndarray, "n outputs"]]:
    """Convert inputs and their outputs, see `as_inputs` and `as_outputs`."""
    x = as_inputs(x)
    return x, as_outputs(y, len(x))
