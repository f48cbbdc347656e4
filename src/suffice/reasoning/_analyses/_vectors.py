"""Whether vectors of equal meaning are parallel inside a transformer."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import rankdata
from jaxtyping import Array, Float, Int

from suffice.reasoning._tasks._batch import Batch

from ._complexity import cosines
from ._view import run


def last_vectors(model: Any, batch: Batch, *, layer: int = 1) -> Float[Array, "size D"]:
    """The last position after the attention of a layer, `v(x; a, b)`.

    An inferential solution has nearly parallel vectors whenever the answers are equal.

    Args:
        model: A `Transformer` or any `View`.
        batch: Sequences.
        layer: The layer, counted from 0.
    """
    return run(model, batch.tokens).mid[layer, :, -1]


def anchor_values(
    model: Any, batch: Batch, *, layer: int = 1
) -> Float[Array, "size values"]:
    """The value of a layer at the first anchor, `u(x; a)`, all heads together.

    An inferential solution has parallel vectors whenever the first anchor alone would
    give equal answers (`batch.meta["partial"]`).

    Args:
        model: A `Transformer` or any `View`.
        batch: Sequences of an `AnchorTask`.
        layer: The layer, counted from 0.
    """
    value = run(model, batch.tokens).value[layer]
    anchors = batch.meta["anchors"][:, 0]
    return value[jnp.arange(len(anchors)), :, anchors].reshape(len(anchors), -1)


def similarity_auc(
    vectors: Float[Array, "size D"], targets: Int[Array, " size"]
) -> float:
    """How well the cosine of two vectors tells whether their targets are equal.

    The probability that a pair of equal targets has the larger cosine than a pair of
    unequal ones, ties counted half: 1 when vectors stand for targets, ½ by chance.

    Args:
        vectors: One per sequence.
        targets: What each should stand for.

    Raises:
        ValueError: All pairs of targets are equal, or all unequal.

    Source:
        A number for the heat maps of arXiv:2405.05409, Figure 4, defined here.
    """
    if len(np.unique(targets)) in (1, len(targets)):
        raise ValueError("targets must have some equal and some unequal pairs.")
    return float(auc(vectors, targets))


def auc(
    vectors: Float[Array, "size D"], targets: Int[Array, " size"]
) -> Float[Array, ""]:
    """The same in traced code: nan where all pairs are equal, or all unequal."""
    upper = jnp.triu_indices(len(targets), 1)
    equal = jnp.equal(targets[:, None], targets[None])[upper]
    count = jnp.sum(equal, dtype=float)
    ranks = rankdata(cosines(vectors)[upper]).astype(float)
    wins = jnp.sum(jnp.where(equal, ranks, 0)) - count * (count + 1) / 2
    return wins / (count * (len(equal) - count))
