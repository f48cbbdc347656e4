"""Models in which some numbers are no parameters."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax

from suffice._core import Inputs, Model


class _Held:
    """Leaves that JAX does not see; compared by identity."""

    def __init__(self, leaves: Any):
        self.leaves = leaves


class Frozen(eqx.Module):
    """A model in which some leaves are no parameters; made by `freeze`.

    Attributes:
        free: The model without the frozen leaves.
        held: The frozen leaves.

    Examples:
        >>> model = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([2.0]))
        >>> frozen = sf.models.freeze(model, lambda m: m.w)
        >>> frozen.free.w is None, frozen.model.w.tolist()
        (True, [[1.0]])
    """

    free: Model
    held: _Held = eqx.field(static=True)

    @property
    def model(self) -> Any:
        """The whole model."""
        return eqx.combine(self.free, self.held.leaves)

    @property
    def domain(self) -> Any:
        """The domain of the model, where it has one."""
        return self.model.domain

    def __call__(self, x: Inputs) -> Any:
        """Evaluate the model at one input."""
        return self.model(x)


def freeze(model: Model, where: Callable[[Any], Any]) -> Frozen:
    """The model without some of its numbers as parameters.

    Every floating-point array in the pytree of a model is a parameter. That is wrong
    for what training does not change: batch statistics, the state of a layer, given
    features. Freeze these, and ranks and sizes count the others. For a torch module use
    `requires_grad_(False)` instead.

    Args:
        model: Any callable pytree.
        where: Takes the model and returns the part, or a sequence of parts, that are no
            parameters, as in `equinox.tree_at`.

    Returns:
        A model with the same values and fewer parameters.

    Raises:
        ValueError: `where` returns no floating-point array of the model.

    Examples:
        >>> model = sf.TwoLayer.normal(2, 3, key=jax.random.key(0), bias=True)
        >>> frozen = sf.models.freeze(model, lambda m: m.w)
        >>> sf.tangent_rank(frozen).value  # two output weights, two biases
        4
    """
    spec = jax.tree.map(lambda _: True, model)
    try:
        spec = eqx.tree_at(
            where, spec, replace_fn=lambda part: jax.tree.map(lambda _: False, part)
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"where does not name parts of the model: {error}") from error
    free, held = eqx.partition(model, spec)
    if not any(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(held)):
        raise ValueError(
            "where returns no floating-point array of the model; return the parts that "
            "are no parameters, e.g. lambda model: model.statistics."
        )
    return Frozen(free, _Held(held))
