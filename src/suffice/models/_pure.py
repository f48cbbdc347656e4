"""A check that a model is a function of one input."""

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import check_bound, check_inputs, evaluate, Inputs, Model

from ._freeze import Frozen


def require_pure(model: Model, x: Inputs) -> None:
    """Check that a model is a function of one input, by evaluating it at a few.

    Args:
        model: A model; those of the package are not evaluated.
        x: A few inputs stacked along the leading axis.

    Raises:
        ValueError: It holds no parameters, rejects an input, or is no function of one
            input: two calls differ, as with randomness or a state, or a batch differs
            from its inputs one by one.
    """
    own = type(model).__module__.startswith("suffice.models.")
    if own and not isinstance(model, Frozen):
        return
    check_bound(model)
    check_inputs(model, x)
    x = jax.tree.map(lambda leaf: jnp.asarray(leaf[:3]), x)
    one = jax.tree.map(lambda leaf: leaf[0], x)
    first, again = (np.ravel(model(one)) for _ in range(2))
    seen = None
    if not _close(first, again):
        seen = "two calls on one input differ; switch off dropout and other randomness"
    elif not _close(first, evaluate(model, x)[0]):
        seen = (
            "its output in a batch differs from that on the input alone; let each "
            "output depend on its own input only"
        )
    if seen is not None:
        raise ValueError(f"the model is no function of one input: {seen}.")


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether outputs agree to the precision of the coarsest floats, bfloat16."""
    size = np.abs(a).max(initial=0.0)
    return bool(np.allclose(a, b, rtol=0, atol=2.0**-5 * size, equal_nan=True))
