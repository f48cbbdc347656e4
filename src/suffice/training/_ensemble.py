"""Ensembles: many models of one architecture in one pytree."""

import math
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from suffice._core import Model, numpy_rng, partition

SomeModel = TypeVar("SomeModel", bound=Model)


def ensemble(
    template: SomeModel,
    runs: int,
    *,
    scale: float | None = None,
    key: Key[Array, ""],
) -> SomeModel:
    """An ensemble of `runs` models of one architecture with random parameters.

    Use `stack` instead for models that exist already.

    Args:
        template: Any callable pytree; only its shapes and static parts are used.
        runs: Number of members, at least 1.
        scale: Standard deviation of every parameter. None takes `fan_in ** -0.5` for
            each array. The fan-in of an array `(fan_out, ...)` is the product of its
            trailing axes; that of a vector is its length, so a bias has the same scale
            as the output weights of its neurons.
        key: Random key.

    Returns:
        The pytree of the template with a leading axis `runs` on every parameter, for
        `fit`, `train`, `learn` or `equinox.filter_vmap`.

    Raises:
        ValueError: `runs` is not positive, `scale` is negative or not finite, or the
            template has no parameters.

    Examples:
        >>> template = sf.TwoLayer.normal(width=2, inputs=3, key=jax.random.key(0))
        >>> models = sf.ensemble(template, 5, key=jax.random.key(1))
        >>> models.w.shape
        (5, 2, 3)
    """
    if runs < 1:
        raise ValueError(f"runs is {runs}; expected at least 1.")
    if scale is not None and not 0 <= scale < math.inf:
        raise ValueError(f"scale is {scale}; expected a finite number >= 0 or None.")
    params, rest = partition(template)
    leaves, structure = jax.tree.flatten(params)
    if not leaves:
        raise ValueError(
            "template has no parameters: none of its leaves is a floating-point array."
        )
    # NumPy draws the numbers, since JAX would compile for seconds for every shape.
    rng = numpy_rng(key)
    drawn = [
        jnp.asarray(_std(leaf, scale) * rng.standard_normal((runs, *leaf.shape)))
        for leaf in leaves
    ]
    return eqx.combine(jax.tree.unflatten(structure, drawn), rest)


def member(models: SomeModel, index: int) -> SomeModel:
    """The model with number `index` (from 0) of an ensemble.

    Examples:
        >>> ones = jnp.ones((2, 1))
        >>> nets = [sf.TwoLayer(k * ones, jnp.ones(2)) for k in (1, 2)]
        >>> pair = sf.training.stack(nets)
        >>> sf.training.member(pair, 1).w.ravel().tolist()
        [2.0, 2.0]
    """
    params, rest = partition(models)
    return eqx.combine(jax.tree.map(lambda leaf: leaf[index], params), rest)


def stack(models: list[SomeModel]) -> SomeModel:
    """An ensemble of single models of one architecture; the inverse of `member`.

    Examples:
        >>> ones = jnp.ones((2, 1))
        >>> nets = [sf.TwoLayer(k * ones, jnp.ones(2)) for k in (1, 2)]
        >>> sf.training.stack(nets).w.shape
        (2, 2, 1)
    """
    params = [partition(model)[0] for model in models]
    rest = partition(models[0])[1]
    return eqx.combine(jax.tree.map(lambda *a: jnp.stack(a), *params), rest)


def _std(leaf, scale):
    if scale is not None:
        return scale
    fan_in = math.prod(leaf.shape[1:]) if leaf.ndim > 1 else leaf.size
    return max(fan_in, 1) ** -0.5
