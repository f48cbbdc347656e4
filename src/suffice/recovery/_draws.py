"""Random numbers that depend on their purpose, not on the order of the draws."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import partition
from suffice.sweeps import value_seed


def rng_of(key: int, role: str, *values: int) -> np.random.Generator:
    """Return the random generator of one draw.

    Args:
        key: Key of the study.
        role: What is drawn: "samples", "initialisation" or "target".
        values: Numbers that identify the draw, such as the seed. The number of seeds
            and the grid are not among them, so that extending a study changes no
            earlier number.
    """
    return np.random.default_rng(value_seed(key, role, *values))


def normal_leaves(template: Any, rng: np.random.Generator) -> list[np.ndarray]:
    """Return standard normal numbers in the shapes of the parameters of a model."""
    leaves: list[Any] = jax.tree.leaves(partition(template)[0])
    return [rng.standard_normal(leaf.shape) for leaf in leaves]


def drawn_model(template: Any, rng: np.random.Generator, scale: float) -> Any:
    """Return a model with parameters drawn from `N(0, scale^2)`."""
    return with_leaves(template, [scale * g for g in normal_leaves(template, rng)])


def with_leaves(template: Any, leaves: list[np.ndarray]) -> Any:
    """Return a model, or an ensemble, with given parameters."""
    params, rest = partition(template)
    structure = jax.tree.structure(params)
    return eqx.combine(
        jax.tree.unflatten(structure, [jnp.asarray(leaf) for leaf in leaves]), rest
    )


def leaf_names(template: Any) -> list[str]:
    """Return the name of the field that holds each array of parameters."""
    paths = jax.tree_util.tree_flatten_with_path(partition(template)[0])[0]
    return [str(getattr(path[0], "name", "")) for path, _ in paths]
