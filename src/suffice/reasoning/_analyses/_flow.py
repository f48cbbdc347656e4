"""Attention along the positions of an anchor function, from key to answer."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from suffice._core import Result
from suffice.reasoning._tasks._batch import Batch

from ._pytree import as_pytree
from ._view import as_view, run


@as_pytree
@dataclasses.dataclass(frozen=True)
class Flow(Result):
    """How much attention runs along the routes of the two solutions.

    Attributes:
        inferential: Key to each anchor, then both anchors to the last position.
        symmetric: Both anchors to the last position, then the key.
        score: Their difference over their sum: 1 is inferential, -1 symmetric.
    """

    inferential: Float[Array, ""]
    symmetric: Float[Array, ""]
    score: Float[Array, ""]

    def headline(self) -> str:
        """The score in one sentence."""
        return (
            f"Attention runs along the inferential route by {float(self.score):+.2f}."
        )


def information_flow(model: Any, batch: Batch) -> Flow:
    """Attention along the two routes from key and anchors to the last position.

        I_inf = < ½ (A[p₁,k] + A[p₂,k]) (A'[s,p₁] + A'[s,p₂]) >
        I_sym = < (A[s,p₁] + A[s,p₂]) A'[s,k] >

    with key `k`, anchors `p₁`, `p₂`, last position `s`, and `A`, `A'` the attention of
    a lower and a higher layer, means over heads, summed over all such pairs of layers.
    Sequences whose last position is an anchor are left out. Attention shows a route
    that is open, `knock_out` whether the answer depends on it.

    Args:
        model: A `Transformer` or any `View` of at least two layers.
        batch: Sequences of an `AnchorTask` with two anchors.

    Raises:
        ValueError: There is one layer only, or not two anchors.

    Source:
        The routes: arXiv:2405.05409, section 5. The scores are derived here.
    """
    view = as_view(model)
    require_two(view, batch)
    return _along_routes(run(model, batch.tokens).pattern, batch)


@jax.jit
def _along_routes(pattern, batch):
    attention = jnp.mean(pattern, axis=2)
    rows, last = jnp.arange(len(batch.tokens)), batch.tokens.shape[1] - 1
    key, anchors = batch.meta["key"], batch.meta["anchors"]

    def edge(layer, at, to):
        return attention[layer, rows, at, to]

    def to_last(layer):
        return edge(layer, last, anchors[:, 0]) + edge(layer, last, anchors[:, 1])

    inferential = symmetric = jnp.zeros(len(rows))
    for high in range(1, len(pattern)):
        for low in range(high):
            from_key = edge(low, anchors[:, 0], key) + edge(low, anchors[:, 1], key)
            inferential = inferential + from_key / 2 * to_last(high)
            symmetric = symmetric + to_last(low) * edge(high, last, key)
    kept = apart(batch)
    inferential, symmetric = (
        jnp.sum(jnp.where(kept, part, 0)) / jnp.sum(kept)
        for part in (inferential, symmetric)
    )
    score = (inferential - symmetric) / (inferential + symmetric)
    return Flow(inferential, symmetric, score)


def require_two(view, batch) -> None:
    """Refuse transformers with fewer than two layers and tasks without two anchors."""
    anchors = batch.meta.get("anchors")
    if view.layers < 2 or anchors is None or anchors.shape[1] != 2:
        raise ValueError(
            f"model has {view.layers} layers and the batch anchors of shape "
            f"{getattr(anchors, 'shape', None)}; expected two layers or more, and a "
            "batch of an AnchorTask with two anchors."
        )


def apart(batch: Batch) -> Bool[Array, " size"]:
    """Which sequences have their key and anchors before the last position."""
    places = jnp.concatenate([batch.meta["anchors"], batch.meta["key"][:, None]], 1)
    return jnp.max(places, axis=1) < batch.tokens.shape[1] - 1
