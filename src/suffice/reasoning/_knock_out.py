"""On which edges of attention the answer depends: they are cut, one at a time."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ._batch import Batch
from ._flow import apart, require_two
from ._measured import as_pytree, Measured
from ._view import as_view

EDGES = (
    ("first", "key"),
    ("second", "key"),
    ("second", "first"),
    ("last", "key"),
    ("last", "first"),
    ("last", "second"),
)
ANCHORS_READ_KEY = (("first", "key"), ("second", "key"))
LAST_READS_ANCHORS = (("last", "first"), ("last", "second"))
LAST_READS_KEY = (("last", "key"),)


@as_pytree
@dataclasses.dataclass(frozen=True)
class KnockOut(Measured):
    """Accuracy without single edges of attention, and without whole routes.

    Attributes:
        full: Accuracy with every edge.
        edges: Accuracy without one edge of `EDGES` (from reader to what it reads) in
            one layer, `(layers, 6)`: first and second anchor from key, second from
            first, last position from key, first, second.
        inferential: Mean loss of accuracy when the anchors cannot read the key in layer
            0, and when the last position cannot read the anchors above it.
        symmetric: The same when the last position cannot read the anchors in layer 0,
            and when it cannot read the key above it.
        score: Their difference over their sum: 1 is inferential, -1 symmetric, nan when
            they lose less than a tenth together, which leaves the mechanism open.
    """

    full: Float[Array, ""]
    edges: Float[Array, "layers edges"]
    inferential: Float[Array, ""]
    symmetric: Float[Array, ""]
    score: Float[Array, ""]

    def headline(self) -> str:
        """The score in one sentence."""
        if jnp.isnan(self.score):
            return "The answer depends on neither route."
        return (
            f"The answer depends on the inferential route by {float(self.score):+.2f}."
        )


def knock_out(model: Any, batch: Batch) -> KnockOut:
    """Cut edges of attention and see what the answer depends on.

    Scores of cut edges are set to -inf before the softmax, so attention goes to the
    remaining positions. The accuracy is that of the labels of the batch: take seen
    pairs. Sequences whose last position is an anchor are left out.

    Args:
        model: A `Transformer` or any `View` of at least two layers.
        batch: Of an `AnchorTask` with two anchors.

    Raises:
        ValueError: There is one layer only, or not two anchors.

    Source:
        The routes: arXiv:2405.05409, section 5; that they be cut was asked by its
        readers, the scores are derived here.
    """
    view = as_view(model)
    require_two(view, batch)
    above = range(1, view.layers)

    def accuracy(layers: Iterable[int] = (), edges: Any = ()):
        cut = cut_edges(batch, view.layers, layers, edges)
        return _accuracy(view.run(batch.tokens, cut).logits, batch)

    full = accuracy()
    table = [
        jnp.stack([accuracy([layer], [edge]) for edge in EDGES])
        for layer in range(view.layers)
    ]

    def loss(low, high):
        lost = [full - accuracy([0], low), full - accuracy(above, high)]
        return jnp.maximum(jnp.mean(jnp.stack(lost)), 0)

    inferential = loss(ANCHORS_READ_KEY, LAST_READS_ANCHORS)
    symmetric = loss(LAST_READS_ANCHORS, LAST_READS_KEY)
    total = inferential + symmetric
    score = jnp.where(total < 0.1, jnp.nan, (inferential - symmetric) / total)
    return KnockOut(full, jnp.stack(table), inferential, symmetric, score)


@jax.jit
def _accuracy(logits, batch):
    right, kept = jnp.argmax(logits, axis=-1) == batch.label, apart(batch)
    return jnp.sum(right & kept) / jnp.sum(kept)


def cut_edges(
    batch: Batch,
    depth: int,
    layers: Iterable[int],
    edges: Iterable[tuple[str, str]],
) -> Bool[Array, "layers size length length"]:
    """The mask that cuts edges between named places of a batch in some layers.

    Args:
        batch: Of an `AnchorTask` with two anchors.
        depth: Number of layers of the model.
        layers: In which edges are cut.
        edges: Pairs of reader and read, of `key`, `first`, `second` (the anchors in
            the order in which they act) and `last`.
    """
    size, length = batch.tokens.shape
    places = {
        "key": batch.meta["key"],
        "first": batch.meta["anchors"][:, 0],
        "second": batch.meta["anchors"][:, 1],
        "last": jnp.full(size, length - 1),
    }
    at = {name: jax.nn.one_hot(p, length, dtype=bool) for name, p in places.items()}
    cut = jnp.zeros((size, length, length), bool)
    for reader, read in edges:
        cut = cut | (at[reader][:, :, None] & at[read][:, None, :])
    chosen = jnp.isin(jnp.arange(depth), jnp.asarray(list(layers), int))
    return cut[None] & chosen[:, None, None, None]
