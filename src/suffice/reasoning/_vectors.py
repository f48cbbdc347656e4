"""Whether vectors inside a transformer stand for what they should stand for."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from scipy.stats import mannwhitneyu

from ._batch import Batch
from ._complexity import cosines
from ._view import as_view


def last_vectors(model: Any, batch: Batch, *, layer: int = 1) -> Float[Array, "size D"]:
    """The last position after the attention of a layer, `v(x; a, b)`.

    An inferential solution has nearly parallel vectors whenever the answers are equal.

    Args:
        model: A `Transformer` or any `View`.
        batch: Sequences.
        layer: The layer, counted from 0.
    """
    return as_view(model).run(batch.tokens).mid[layer, :, -1]


def anchor_values(
    model: Any, batch: Batch, *, layer: int = 1
) -> Float[Array, "size values"]:
    """The value of a layer at the first anchor, `u(x; a)`, all heads together.

    An inferential solution has parallel vectors whenever the first anchor alone would
    give equal answers (`batch.meta["partial"]`).

    Args:
        model: A `Transformer` or any `View`.
        batch: Of an `AnchorTask`.
        layer: The layer, counted from 0.
    """
    value = as_view(model).run(batch.tokens).value[layer]
    at = batch.meta["anchors"][:, 0]
    return value[jnp.arange(len(at)), :, at].reshape(len(at), -1)


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
    upper = np.triu_indices(len(targets), 1)
    cosine = np.asarray(cosines(vectors))[upper]
    equal = np.equal.outer(np.asarray(targets), np.asarray(targets))[upper]
    if equal.all() or not equal.any():
        raise ValueError("targets must have some equal and some unequal pairs.")
    wins = mannwhitneyu(cosine[equal], cosine[~equal]).statistic
    return float(wins / (equal.sum() * (~equal).sum()))
