"""Attention along the two routes from the key to the answer."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from suffice._core import Result
from suffice._core.literature import bases
from suffice.reasoning._tasks._batch import Batch

from ._pytree import as_pytree
from ._view import as_view, require_known, run, TransformerLike


@as_pytree
@dataclasses.dataclass(frozen=True)
class Flow(Result):
    """Attention along the routes of the two solutions.

    Attributes:
        inferential: Attention along the inferential route: first the anchors read the
            key, then the last position reads the anchors.
        symmetric: Attention along the symmetric route: first the last position reads
            the anchors, then it reads the key.
        score: Difference of the two over their sum, from -1 (symmetric) to 1
            (inferential).
    """

    grounds = bases.ROUTES

    inferential: Float[Array, ""]
    symmetric: Float[Array, ""]
    score: Float[Array, ""]

    def headline(self) -> str:
        """Return the score in one sentence."""
        return (
            f"Attention runs along the inferential route by {float(self.score):+.2f}."
        )


def information_flow(model: TransformerLike, batch: Batch) -> Flow:
    """Return the attention along the two routes from key to answer.

        I_inf = < ½ (A[p₁,k] + A[p₂,k]) (A'[s,p₁] + A'[s,p₂]) >
        I_sym = < (A[s,p₁] + A[s,p₂]) A'[s,k] >

    with key `k`, anchors `p₁`, `p₂`, last position `s`, and the attention `A`, `A'` of
    a lower and a higher layer, averaged over heads and summed over all such pairs of
    layers. Sequences whose last position is an anchor are left out. Attention shows
    which routes are possible; `knock_out` shows whether the answer depends on them.

    Args:
        model: A `Transformer` or any `View` of at least two layers.
        batch: Sequences of an `AnchorTask` with two anchors.

    Raises:
        ValueError: The model has one layer only, or there are not two anchors.

    Source:
        The routes of arXiv:2405.05409, section 5; the scores are derived here.

    Examples:
        >>> task = sf.reasoning.AnchorTask.both_masked()
        >>> sizes = task.vocab, task.length, 2, 8
        >>> model = sf.Transformer.normal(*sizes, key=jax.random.key(0))
        >>> batch = task.batch(jax.random.key(1), 20, "train")
        >>> flow = sf.reasoning.information_flow(model, batch)
        >>> bool(flow.inferential > 0), bool(flow.symmetric > 0)  # both routes are open
        (True, True)
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
    require_known(view, batch.tokens)


def apart(batch: Batch) -> Bool[Array, " size"]:
    """Return which sequences have key and anchors before the last position."""
    places = jnp.concatenate([batch.meta["anchors"], batch.meta["key"][:, None]], 1)
    return jnp.max(places, axis=1) < batch.tokens.shape[1] - 1
