"""The dependence of the answer on edges of attention, measured by cutting them."""

import dataclasses
from collections.abc import Iterable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from suffice._core import Result
from suffice._core.literature import bases
from suffice.reasoning._tasks._batch import Batch

from ._flow import apart, require_two
from ._pytree import as_pytree
from ._view import as_view, over, run, TransformerLike

EDGES = (
    ("first", "key"),
    ("second", "key"),
    ("second", "first"),
    ("last", "key"),
    ("last", "first"),
    ("last", "second"),
)
_ANCHORS_READ_KEY = (("first", "key"), ("second", "key"))
_LAST_READS_ANCHORS = (("last", "first"), ("last", "second"))
_LAST_READS_KEY = (("last", "key"),)


@as_pytree
@dataclasses.dataclass(frozen=True)
class KnockOut(Result):
    """Accuracy without single edges of attention, and without whole routes.

    Attributes:
        full: Accuracy with every edge.
        edges: Accuracy without one edge of `EDGES`, from reader to read position, in
            one layer, `(layers, 6)`: the first and second anchor read the key, the
            second reads the first, the last position reads key, first and second.
        split: The layer from which on the second half of a route is cut; the first half
            is cut in all layers below it.
        inferential: Mean loss of accuracy over two cuts: the anchors cannot read the
            key below the split, or the last position cannot read the anchors from the
            split on.
        symmetric: Mean loss of accuracy over two cuts: the last position cannot read
            the anchors below the split, or cannot read the key from the split on.
        score: Difference of the two losses over their sum, from -1 (symmetric) to 1
            (inferential); nan where they sum to less than a tenth, so that the
            mechanism is open.
    """

    grounds = bases.MECHANISM

    full: Float[Array, ""]
    edges: Float[Array, "layers edges"]
    split: Int[Array, ""]
    inferential: Float[Array, ""]
    symmetric: Float[Array, ""]
    score: Float[Array, ""]

    def headline(self) -> str:
        """Return the score in one sentence."""
        if jnp.isnan(self.score):
            return "The answer depends on neither route."
        return (
            f"The answer depends on the inferential route by {float(self.score):+.2f}."
        )


def knock_out(model: TransformerLike, batch: Batch) -> KnockOut:
    """Return the loss of accuracy after edges of attention are cut.

    Scores of cut edges are set to -inf before the softmax, so attention goes to the
    remaining positions. Accuracy compares answers with the labels of the batch, which
    should therefore hold seen pairs. Sequences whose last position is an anchor are
    left out.

    The layers that compute the first and the second half of a route are not known.
    Every split of the layers is therefore tried, and the split at which the two routes
    differ most is kept. If the answer needs one route only, then at some split all loss
    is on its side; if it needs both, the score is at most ⅓ at every split.

    Use `information_flow` for the attention itself, without cuts.

    Args:
        model: A `Transformer` or any `View` of at least two layers.
        batch: Sequences of an `AnchorTask` with two anchors.

    Raises:
        ValueError: The model has one layer only, or there are not two anchors.

    Source:
        The routes are those of arXiv:2405.05409, section 5; the cuts, the scores and
        the statements about splits are derived here.

    Examples:
        >>> task = sf.reasoning.AnchorTask.both_masked()
        >>> sizes = task.vocab, task.length, 2, 8
        >>> model = sf.Transformer.normal(*sizes, key=jax.random.key(0))
        >>> batch = task.batch(jax.random.key(1), 20, "train")
        >>> float(sf.reasoning.knock_out(model, batch).full)  # it was not trained
        0.0
    """
    layers = as_view(model).layers
    require_two(as_view(model), batch)
    named = _edges_of(batch, EDGES)

    def accuracy(chosen=None):
        cut = None if chosen is None else _mask(chosen, named)
        return _accuracy(run(model, batch.tokens, cut).logits, batch)

    full = accuracy()
    single = jnp.eye(layers * len(EDGES), dtype=bool).reshape(-1, layers, len(EDGES))
    edges = over(model, accuracy, single).reshape(layers, len(EDGES))
    halves = _halves(layers)
    lost = full - over(model, accuracy, halves.reshape(-1, *halves.shape[-2:]))
    lost = jnp.maximum(jnp.mean(lost.reshape(halves.shape[:3]), axis=2), 0)
    split = jnp.argmax(jnp.abs(lost[:, 0] - lost[:, 1]))
    inferential, symmetric = lost[split]
    total = inferential + symmetric
    score = jnp.where(total < 0.1, jnp.nan, (inferential - symmetric) / total)
    return KnockOut(full, edges, split + 1, inferential, symmetric, score)


def _halves(count):
    """Return the edges that are cut, `(splits, routes, halves, layers, edges)`."""
    below = jnp.tri(count - 1, count, dtype=bool)  # split s: layers 0 to s - 1
    routes = [
        [_ANCHORS_READ_KEY, _LAST_READS_ANCHORS],
        [_LAST_READS_ANCHORS, _LAST_READS_KEY],
    ]
    cut = jnp.array([[[e in half for e in EDGES] for half in r] for r in routes])
    layers = jnp.stack([below, ~below], axis=1)
    return layers[:, None, :, :, None] & cut[None, :, :, None, :]


@jax.jit
def _accuracy(logits, batch):
    right, kept = jnp.argmax(logits, axis=-1) == batch.label, apart(batch)
    return jnp.sum(right & kept) / jnp.sum(kept)


def cut_edges(
    batch: Batch,
    layers: int,
    chosen: Iterable[int],
    edges: Iterable[tuple[str, str]],
) -> Bool[Array, "layers size length length"]:
    """Return a mask that cuts edges between named positions in some layers.

    Args:
        batch: Sequences of an `AnchorTask` with two anchors.
        layers: Number of layers of the model.
        chosen: Layers in which edges are cut.
        edges: Pairs of reader and read position, each one of `key`, `first`, `second`
            (the anchors in the order in which they act) and `last`.
    """
    cut = jnp.any(_edges_of(batch, edges), axis=0)
    is_chosen = jnp.isin(jnp.arange(layers), jnp.asarray(list(chosen), int))
    return cut[None] & is_chosen[:, None, None, None]


def _edges_of(batch, edges):
    """Return each edge in each sequence, `(edges, size, length, length)`."""
    size, length = batch.tokens.shape
    places = {
        "key": batch.meta["key"],
        "first": batch.meta["anchors"][:, 0],
        "second": batch.meta["anchors"][:, 1],
        "last": jnp.full(size, length - 1),
    }
    hot = {name: jax.nn.one_hot(p, length, dtype=bool) for name, p in places.items()}
    return jnp.stack([hot[e][:, :, None] & hot[to][:, None, :] for e, to in edges])


@jax.jit
def _mask(chosen, named):
    """Return the mask of the edges that are chosen in each layer."""
    every = jax.vmap(lambda row: jnp.any(row[:, None, None, None] & named, axis=0))
    return every(chosen)
