"""Whether vectors inside a transformer are parallel where their targets are equal."""

import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import rankdata
from jaxtyping import Array, Float, Int

from suffice.reasoning._tasks._batch import Batch

from ._complexity import cosines
from ._view import run, TransformerLike


def last_vectors(
    model: TransformerLike, batch: Batch, *, layer: int = 1
) -> Float[Array, "size D"]:
    """Return the stream at the last position after the attention of a layer.

    In an inferential solution these vectors `v(x; a, b)` are nearly parallel whenever
    the answers are equal.

    Args:
        model: A `Transformer` or any `View`.
        batch: Sequences.
        layer: The layer, counted from 0.
    """
    return run(model, batch.tokens).mid[layer, :, -1]


def anchor_values(
    model: TransformerLike, batch: Batch, *, layer: int = 1
) -> Float[Array, "size values"]:
    """Return the value vectors of a layer at the first anchor, heads concatenated.

    In an inferential solution these vectors `u(x; a)` are parallel whenever the first
    anchor alone would give equal answers (`batch.meta["partial"]`).

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
    """Return how well the cosine of two vectors predicts whether targets are equal.

    It is the probability that a pair of equal targets has a larger cosine than a pair
    of unequal targets, where ties count half (the area under the ROC curve): 1 where
    vectors represent the targets, ½ by chance.

    Args:
        vectors: One vector per sequence.
        targets: The target of each vector.

    Raises:
        ValueError: All pairs of targets are equal, or all are unequal.

    Source:
        It measures what the heat maps of arXiv:2405.05409, Figure 5 show; defined here.

    Examples:
        >>> vectors = jnp.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
        >>> sf.reasoning.similarity_auc(vectors, jnp.array([0, 0, 1]))
        1.0
    """
    if len(np.unique(targets)) in (1, len(targets)):
        raise ValueError("targets must have some equal and some unequal pairs.")
    return float(auc(vectors, targets))


def auc(
    vectors: Float[Array, "size D"], targets: Int[Array, " size"]
) -> Float[Array, ""]:
    """Return `similarity_auc` in traced code; nan if all pairs are equal or unequal."""
    upper = jnp.triu_indices(len(targets), 1)
    equal = jnp.equal(targets[:, None], targets[None])[upper]
    count = jnp.sum(equal, dtype=float)
    ranks = rankdata(cosines(vectors)[upper]).astype(float)
    wins = jnp.sum(jnp.where(equal, ranks, 0)) - count * (count + 1) / 2
    return wins / (count * (len(equal) - count))
