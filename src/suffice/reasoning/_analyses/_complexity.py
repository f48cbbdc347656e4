"""Measures of the complexity of weights: condensation, ranks and ordinality."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ._view import as_view, TransformerLike


@jax.jit
def cosines(
    x: Float[Array, "n D"], y: Float[Array, "m D"] | None = None
) -> Float[Array, "n m"]:
    """Return the cosines between the rows of `x` and those of `y`, or of `x` itself.

    A row of zeros has cosine zero with every row.
    """
    return _units(x) @ _units(x if y is None else y).T


def query_weights(model: TransformerLike, layer: int = 0) -> Float[Array, "D neurons"]:
    """Return the query weights of a layer, one column per neuron, heads concatenated.

    Args:
        model: A `Transformer` or any `View`.
        layer: The layer, counted from 0.
    """
    view = as_view(model)
    heads = [view.head(layer, head).q for head in range(view.heads)]
    return jnp.concatenate(heads, axis=1)


@functools.partial(jax.jit, static_argnames="above")
def condensed_share(
    weights: Float[Array, "inputs neurons"], *, above: float = 0.7
) -> Float[Array, ""]:
    """Return the share of pairs of neurons whose weights have |cosine| above a bound.

    Small initialisation condenses the query weights of the first layer for both kinds
    of solution, so the share depends on the initialisation and not on the solution.

    Args:
        weights: Input weights, one column per neuron, for instance `query_weights`.
        above: The bound, between 0 and 1.

    Source:
        The figure of arXiv:2405.05409, section 6; the share is defined here.

    Examples:
        >>> weights = jnp.array([[1.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
        >>> round(float(sf.reasoning.condensed_share(weights)), 3)
        0.333
    """
    off = jnp.abs(cosines(weights.T)) > above
    n = len(off)
    return jnp.sum(off & ~jnp.eye(n, dtype=bool)) / (n * (n - 1))


def group_directions(
    weights: Float[Array, "inputs neurons"], *, above: float = 0.7
) -> Int[np.ndarray, " neurons"]:
    """Return an order of neurons in which those of equal direction are neighbours.

    The order is greedy: the first remaining neuron is followed by all remaining
    neurons with a cosine above the bound, and so on.

    Args:
        weights: Input weights, one column per neuron.
        above: The bound, between 0 and 1.

    Source:
        The order of the matrices in arXiv:2405.05409, Figure 6.
    """
    close = np.asarray(cosines(weights.T)) > above
    left, order = list(range(len(close))), []
    while left:
        first = left[0]
        group = [i for i in left if i == first or close[first, i]]
        order += group
        left = [i for i in left if i not in group]
    return np.array(order)


@jax.jit
def stable_rank(matrix: Float[Array, "rows columns"]) -> Float[Array, ""]:
    """Return the squared Frobenius norm over the squared spectral norm, at least 1.

    Examples:
        >>> float(sf.reasoning.stable_rank(jnp.diag(jnp.array([2.0, 1.0, 1.0]))))
        1.5
    """
    return jnp.sum(matrix**2) / jnp.linalg.norm(matrix, ord=2) ** 2


@jax.jit
def participation_ratio(x: Float[Array, "n D"]) -> Float[Array, ""]:
    """Return the effective number of principal components, `(Σ λ)² / Σ λ²`.

    Args:
        x: One row per token, for instance the embeddings of the values of a task.
    """
    eigenvalues = _spectrum(x)[1] ** 2
    return jnp.sum(eigenvalues) ** 2 / jnp.sum(eigenvalues**2)


@jax.jit
def ordinality(x: Float[Array, "n D"]) -> Float[Array, ""]:
    """Return how well one of the first two principal components orders the rows.

    It is the larger |Spearman correlation| of a component with the number of the row,
    between 0 and 1.

    Args:
        x: One row per value, in the order of the values.
    """
    left, sizes = _spectrum(x)
    scores = left[:, :2] * sizes[None, :2]
    ranks = jax.vmap(_ranks, in_axes=1, out_axes=1)(scores)
    centred = ranks - jnp.mean(ranks, axis=0, keepdims=True)
    line = jnp.arange(len(x)) - (len(x) - 1) / 2
    norms = jnp.linalg.norm(centred, axis=0) * jnp.linalg.norm(line)
    return jnp.max(jnp.abs(line @ centred) / jnp.maximum(norms, 1e-30))


def _spectrum(x):
    left, sizes, _ = jnp.linalg.svd(
        x - jnp.mean(x, axis=0, keepdims=True), full_matrices=False
    )
    return left, sizes


def _ranks(values):
    return jnp.argsort(jnp.argsort(values)).astype(values.dtype)


def _units(x):
    norms = jnp.linalg.norm(x, axis=1, keepdims=True)
    return jnp.where(norms > 0, x / jnp.where(norms > 0, norms, 1), 0)
