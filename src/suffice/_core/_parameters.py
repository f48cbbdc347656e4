"""Parameters of models: a model is a callable pytree with floating-point leaves."""

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from ._types import Inputs, Model


def partition(model: Model) -> tuple[Any, Any]:
    """The parameters of a model and all other leaves, as two pytrees."""
    return eqx.partition(model, eqx.is_inexact_array)


def ravel(
    model: Model,
) -> tuple[Float[Array, " p"], Callable[[Float[Array, " p"]], Model]]:
    """The parameter vector of a model, and the map from such a vector to a model."""
    params, rest = partition(model)
    theta, unravel = ravel_pytree(params)
    return theta, lambda vector: eqx.combine(unravel(vector), rest)


@functools.singledispatch
def count_parameters(model: Model) -> int:
    """The number of parameters `M` of a model."""
    return sum(leaf.size for leaf in jax.tree.leaves(partition(model)[0]))


def is_torch(model: Any) -> bool:
    """Whether something is a torch module; torch is not imported."""
    return any(cls.__module__.startswith("torch.nn") for cls in type(model).__mro__)


def parameter_fault(model: Model) -> tuple[str, str] | None:
    """What is wrong with the parameters of a model, and what to do; None if nothing."""
    if is_torch(model):
        return "is a torch module", "pass suffice.from_torch(module) in its place"
    leaves = jax.tree.leaves(partition(model)[0])
    if not leaves:
        return (
            "has no parameters: none of its leaves is a floating-point array",
            "store the parameters in an equinox.Module, or bind them with "
            "jax.tree_util.Partial(function, params), since a closure hides them",
        )
    if any(jnp.iscomplexobj(leaf) for leaf in leaves):
        return "has complex parameters", "write each one as two real ones"
    return None


def check_bound(model: Model) -> None:
    """Check that a model holds its parameters as arrays of real numbers.

    Raises:
        ValueError: It is a torch module that is not wrapped, no leaf is a
            floating-point array, or a parameter is complex.
    """
    if (fault := parameter_fault(model)) is not None:
        raise ValueError(f"the model {'; '.join(fault)}.")


def in_float64(model: Model) -> Model:
    """The model with every real parameter in double precision."""
    params, rest = partition(model)
    return eqx.combine(jax.tree.map(lambda leaf: leaf.astype(float), params), rest)


def check_inputs(model: Model, x: Inputs) -> None:
    """Check that a model takes inputs and that its outputs are real.

    Raises:
        ValueError: An input is no number, the model rejects one, or an output is
            complex.
    """
    check_numbers("x", x)
    leaves = jax.tree.leaves(x)
    if not all(map(len, leaves)):
        return  # nothing is evaluated
    try:
        outputs = eqx.filter_eval_shape(model, jax.tree.map(lambda leaf: leaf[0], x))
    except TypeError as error:
        shapes = ", ".join(str(leaf.shape[1:]) for leaf in leaves)
        said = " ".join(str(error).split())[:200]
        raise ValueError(
            f"x holds inputs of shape {shapes}, which the model rejects: {said}"
        ) from error
    check_real("x", outputs)


def check_real(name: str, outputs: Any) -> None:
    """Raise a ValueError if these inputs give complex outputs."""
    if any(jnp.iscomplexobj(output) for output in jax.tree.leaves(outputs)):
        raise ValueError(
            f"{name} gives complex outputs; expected real ones, such as the real and "
            "the imaginary part as two outputs."
        )


def check_numbers(name: str, x: Inputs) -> None:
    """Raise a ValueError for words, dates or objects among inputs."""
    for leaf in jax.tree.leaves(x):
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "OUSMm":
            raise ValueError(f"{name} holds {leaf.dtype.name}; expected numbers.")


@functools.singledispatch
def evaluate(model: Model, x: Inputs) -> np.ndarray:
    """The outputs at `n` inputs stacked along the leading axis: `(n, outputs)`."""
    values = np.asarray(eqx.filter_vmap(model)(x))
    return values.reshape(len(values), -1)
