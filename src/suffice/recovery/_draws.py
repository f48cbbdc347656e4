"""Random numbers that depend on what they are for, not on when they are drawn."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import partition
from suffice.sweeps import value_seed


def rng_of(key: int, role: str, *values: int) -> np.random.Generator:
    """The random generator of one draw.

    Args:
        key: Key of the study.
        role: What is drawn: "samples", "initialisation", "target".
        values: Which one, the seed for instance. Neither the number of seeds nor the
            grid is among them: growing a study changes no earlier number.
    """
    return np.random.default_rng(value_seed(key, role, *values))


def normal_leaves(template: Any, rng: np.random.Generator) -> list[np.ndarray]:
    """Standard normal numbers in the shapes of a model's parameters."""
    leaves: list[Any] = jax.tree.leaves(partition(template)[0])
    return [rng.standard_normal(leaf.shape) for leaf in leaves]


def drawn_model(template: Any, rng: np.random.Generator, scale: float) -> Any:
    """A model with parameters from `N(0, scale^2)`."""
    return with_leaves(template, [scale * g for g in normal_leaves(template, rng)])


def with_leaves(template: Any, leaves: list[np.ndarray]) -> Any:
    """A model, or an ensemble, with given parameters."""
    params, rest = partition(template)
    structure = jax.tree.structure(params)
    return eqx.combine(
        jax.tree.unflatten(structure, [jnp.asarray(leaf) for leaf in leaves]), rest
    )


def leaf_names(template: Any) -> list[str]:
    """The name of the field that holds each array of parameters."""
    paths = jax.tree_util.tree_flatten_with_path(partition(template)[0])[0]
    return [str(getattr(path[0], "name", "")) for path, _ in paths]
