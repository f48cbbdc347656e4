"""The tangent functions of a model on given samples, as rows of a matrix."""

import functools
import math

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from suffice._core import (
    check_bound,
    check_inputs,
    check_size,
    count_parameters,
    free_memory,
    Inputs,
    Model,
    ravel,
    require_float64,
)


@functools.singledispatch
def jacobian(model: Model, x: Inputs) -> Float[np.ndarray, "rows p"]:
    r"""The empirical tangent matrix `J_S`: one row per sample and output.

        J_S[(i, c), j] = ∂f_c(xᵢ; θ)/∂θⱼ

    It holds `n * outputs * p` numbers in memory. For a large model use `sketch`, which
    has the same rank and never forms this matrix.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis.

    Returns:
        A matrix of shape `(n * outputs, p)` in float64; the outputs of one sample are
        adjacent rows.

    Raises:
        ValueError: JAX is in float32 mode, the model has no parameters or complex
            parameters, or the matrix needs more than a quarter of the free memory.

    Source:
        Tangent function space: arXiv:2211.11623, Definition 2.

    Examples:
        >>> model = sf.Linear(jnp.array([1.0, -2.0]))
        >>> sf.jacobian(model, np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    check_parameters(model)
    rows = np.asarray(_rows(model, x), np.float64)
    return rows.reshape(math.prod(rows.shape[:-1]), rows.shape[-1])


def check_parameters(model: Model) -> None:
    """Check that a model can be differentiated by its parameters in double precision.

    Raises:
        ValueError: JAX is in float32 mode, or the model has no parameters or complex
            parameters.
    """
    require_float64("A tangent matrix")
    check_bound(model)


def _rows(model, x):
    check_inputs(model, x)
    samples, parameters = len(jax.tree.leaves(x)[0]), count_parameters(model)
    check_size(
        samples * parameters,
        f"a tangent matrix of {samples} samples and {parameters} parameters",
        "take fewer samples or a smaller model",
        most=free_memory() / 4,
    )
    return _compiled_rows(model, x)


@eqx.filter_jit
def _compiled_rows(model, x):
    theta, rebuild = ravel(model)
    return jax.vmap(lambda point: jax.jacrev(lambda v: rebuild(v)(point))(theta))(x)
