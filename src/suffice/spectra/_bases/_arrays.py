"""Arrays of any framework as float64 NumPy arrays of a known shape."""

from typing import Any

import numpy as np
from jaxtyping import Float


def detached(values: Any) -> np.ndarray:
    """NumPy, JAX and torch arrays, on any device and with or without a gradient."""
    if hasattr(values, "detach"):  # a torch tensor, told without importing torch
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
    return np.asarray(values)


def as_float64(
    values: Any, name: str, *, finite: bool = True
) -> Float[np.ndarray, "..."]:
    """Numbers of any framework in double precision.

    Args:
        values: What `detached` takes.
        name: What they are, for errors.
        finite: Whether infinite numbers and those that are none are refused.

    Raises:
        ValueError: There are no numbers in it, or one is complex or not finite.
    """
    values = detached(values)
    if np.iscomplexobj(values) or not np.can_cast(values.dtype, np.float64, "unsafe"):
        raise ValueError(f"{name} has dtype {values.dtype}; expected real numbers.")
    values = values.astype(np.float64)
    if not values.size:
        raise ValueError(f"{name} has shape {values.shape}: there is nothing in it.")
    if finite and not np.isfinite(values).all():
        raise ValueError(
            f"{name} has {int((~np.isfinite(values)).sum())} entries that are not "
            "finite; leave these samples out, or stop where training diverged."
        )
    return values


def as_inputs(x: Any, name: str = "x") -> Float[np.ndarray, "n dim"]:
    """Inputs `(n,)` or `(n, ...)` as `(n, inputs)`."""
    x = as_float64(x, name)
    if x.ndim == 0:
        raise ValueError(f"{name} is a single number; expected n inputs, (n, inputs).")
    return x.reshape(len(x), -1)


def as_outputs(y: Any, n: int, name: str = "y") -> Float[np.ndarray, "n outputs"]:
    """Outputs at `n` inputs, `(n,)` or `(n, ...)`, as `(n, outputs)`."""
    y = as_float64(y, name)
    if y.ndim == 0 or len(y) != n:
        raise ValueError(
            f"{name} has shape {y.shape} at {n} inputs; expected ({n},) or ({n}, ...)."
        )
    return y.reshape(n, -1)


def as_pair(
    x: Any, y: Any
) -> tuple[Float[np.ndarray, "n dim"], Float[np.ndarray, "n outputs"]]:
    """Inputs and their outputs."""
    x = as_inputs(x)
    return x, as_outputs(y, len(x))
