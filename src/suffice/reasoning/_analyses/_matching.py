"""Matching: whether the attention of a layer finds the token that it asks for."""

import dataclasses
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from suffice._core import Result
from suffice._core.literature import bases
from suffice.reasoning._tasks._batch import Batch

from ._pytree import as_pytree
from ._view import as_view, run, TransformerLike


@as_pytree
@dataclasses.dataclass(frozen=True)
class Matching(Result):
    """How often the diagonal entry of a matching matrix is the largest of its row.

    Attributes:
        score: The matching score: mean of the diagonal after a softmax of each row.
        top: Share of rows whose largest entry is on the diagonal, `1 / n` by chance.
        margin: Mean on the diagonal minus mean off the diagonal, in standard deviations
            of the entries off the diagonal.
    """

    grounds = bases.MATCHING

    score: Float[Array, ""]
    top: Float[Array, ""]
    margin: Float[Array, ""]

    def headline(self) -> str:
        """Return the share of rows that match in one sentence."""
        return f"{float(self.top):.1%} of the tokens match themselves best."


@as_pytree
@dataclasses.dataclass(frozen=True)
class KernelMatching(Result):
    """The matching of a layer, for tokens of the model and for random tokens.

    Attributes:
        trained: Matching for the embeddings of the model.
        random: Matching for random embeddings of the same norms.
        cosine: Cosine between the kernel and the identity, `Tr K / (√d |K|)`.
    """

    grounds = bases.MATCHING

    trained: Matching
    random: Matching
    cosine: Float[Array, ""]

    def headline(self) -> str:
        """Return both shares of rows that match in one sentence."""
        trained, random = float(self.trained.top), float(self.random.top)
        return f"{trained:.1%} of its tokens match, {random:.1%} of random ones."


def matching_kernel(
    model: TransformerLike, layer: int, *, heads: Sequence[int] | None = None
) -> Float[Array, "D D"]:
    """Return the bilinear form by which a layer of serial reasoning matches tokens.

        Ker(1) = W^qk(1) W^vo(0)ᵀ        Ker(l) = W^vo(l-1) W^qk(l) W^vo(0)ᵀ,  l ≥ 2

    The query of the last position is its token, or the output of the layer below. The
    key of a pair is its first token, which layer 0 has copied to the second. The layer
    takes the right step if equal tokens match, that is if the kernel is close to a
    multiple of the identity. Random vectors are nearly orthogonal, so such a kernel
    also matches tokens that were never trained.

    The gains of all normalisations on the way of the vectors are included; their shifts
    and the means and standard deviations of the rows are not.

    Args:
        model: A `Transformer` or any `View`.
        layer: The layer that matches, at least 1.
        heads: The head of each layer that is used; None takes the first head.

    Raises:
        ValueError: There is no such layer above layer 0.

    Source:
        arXiv:2405.15302; the formulas follow from an expansion of the residual stream
        and are verified here on networks with weights set by hand.
    """
    view = as_view(model)
    if not 1 <= layer < view.layers:
        raise ValueError(
            f"layer is {layer}; expected 1 to {view.layers - 1}, since layer 0 copies."
        )
    heads = (0,) * view.layers if heads is None else heads
    query_head, copy_head = view.head(layer, heads[layer]), view.head(0, heads[0])
    kernel = query_head.qk @ _scaled(copy_head.vo.T, query_head)
    if layer == 1:
        return kernel
    lower_head = view.head(layer - 1, heads[layer - 1])
    return _scaled(lower_head.vo, lower_head) @ kernel


def _scaled(rows, head):
    """Multiply rows by the gains between the bottom of the stream and the head."""
    return rows if head.passed is None else head.passed[:, None] * rows


def matching_matrix(
    model: TransformerLike,
    layer: int,
    x: Float[Array, "n D"],
    *,
    heads: Sequence[int] | None = None,
) -> Float[Array, "n n"]:
    """Return the matrix `X Ker(l) Xᵀ` of queried (rows) and offered tokens (columns).

    Rows of `x` are normalised first where the layer reads normalised rows: the raw
    embeddings of a small initialisation are so short that the matching score would be
    at chance even for a perfect kernel.

    Args:
        model: A `Transformer` or any `View`.
        layer: The layer that matches, at least 1.
        x: Embeddings of the tokens, one per row.
        heads: The head of each layer that is used; None takes the first head.
    """
    kernel = matching_kernel(model, layer, heads=heads)
    x = _normalise(x) if as_view(model).normalised(layer) else x
    return x @ kernel @ x.T


@jax.jit
def score_matching(h: Float[Array, "n n"]) -> Matching:
    """Return how often the diagonal entry is the largest of its row."""
    n, diagonal = len(h), jnp.diagonal(h)
    score = jnp.mean(jnp.diagonal(jax.nn.softmax(h, axis=1)))
    top = jnp.mean(jnp.argmax(h, axis=1) == jnp.arange(n), dtype=h.dtype)
    rest = (jnp.sum(h) - jnp.sum(diagonal)) / (n * (n - 1))
    off = jnp.where(jnp.eye(n, dtype=bool), 0.0, (h - rest) ** 2)
    spread = jnp.sqrt(jnp.sum(off) / (n * (n - 1)))
    return Matching(score, top, (jnp.mean(diagonal) - rest) / spread)


def matching(
    model: TransformerLike,
    layer: int,
    tokens: Int[Array, " n"],
    *,
    key: Key[Array, ""],
    heads: Sequence[int] | None = None,
) -> KernelMatching:
    """Return how well a layer matches the tokens of the model and random tokens.

    Args:
        model: A `Transformer` or any `View`.
        layer: The layer that matches, at least 1.
        tokens: The tokens, for instance those of the task.
        key: Random key of the random embeddings.
        heads: The head of each layer that is used; None takes the first head.
    """
    x = as_view(model).embed[tokens]
    drawn = _random_like(x, key)
    kernel = matching_kernel(model, layer, heads=heads)
    trained, random = (
        score_matching(matching_matrix(model, layer, rows, heads=heads))
        for rows in (x, drawn)
    )
    cosine = jnp.trace(kernel) / (len(kernel) ** 0.5 * jnp.linalg.norm(kernel))
    return KernelMatching(trained, random, cosine)


def best_heads(
    model: TransformerLike, hops: int, tokens: Int[Array, " n"]
) -> tuple[int, ...]:
    """Return the path of heads, one per layer, whose weakest layer matches best.

    Args:
        model: A `Transformer` or any `View`.
        hops: Number of layers above layer 0 that match, one per step.
        tokens: The tokens, for instance those of the task.

    Returns:
        The heads of layer 0 and of the layers of all steps; the first of equal paths.
    """
    view, chains = as_view(model), []
    x = view.embed[tokens]

    def longer(ends, head):
        """Return the best path that ends in a head of the next layer."""
        paths = [(least, (*path, head)) for least, path in ends]
        graded = [(min(least, _top(model, path, x)), path) for least, path in paths]
        return max(graded, key=lambda end: end[0])

    for copies in range(view.heads):
        ends = [(1.0, (copies,))]
        for _ in range(hops):
            ends = [longer(ends, head) for head in range(view.heads)]
        chains += ends
    return max(chains, key=lambda end: end[0])[1]


def _top(model, path, x):
    h = matching_matrix(model, len(path) - 1, x, heads=path)
    return float(score_matching(h).top)


def expected_matching_score(tokens: int, token_dim: int, scale: float) -> float:
    """Return the matching score of the identity on Gaussian tokens `N(0, scale² I)`.

        MS ≈ 1 / (1 + (n - 1) exp(-d s² + d s⁴ / 2))

    Tokens of norm one, `s = d^-½`, reach only `e / (e + n - 1)`. A high score needs a
    larger scale, from normalised rows (norm `√d`) or from a larger kernel.

    Args:
        tokens: Number `n` of tokens.
        token_dim: Dimension `d` of the tokens.
        scale: Standard deviation `s` of their coordinates.

    Source:
        Derived here; it agrees with simulations within 3 %.
    """
    power = -token_dim * scale**2 + token_dim * scale**4 / 2
    return float(1 / (1 + (tokens - 1) * jnp.exp(power)))


def positional_matching(
    model: TransformerLike, length: int, *, head: int = 0
) -> Float[Array, ""]:
    """Return the attention in layer 0 from second to first tokens, by position.

    It is the mean over odd positions `i` (from 0) of the attention to `i - 1` that
    follows from the position embeddings alone.

    Args:
        model: A `Transformer` or any `View`.
        length: Number of positions.
        head: The head of layer 0.
    """
    view = as_view(model)
    p = view.positions[:length]
    p = _normalise(p) if view.normalised(0) else p
    return _asks_for_partner(p, view.head(0, head).qk)


@jax.jit
def _asks_for_partner(p, form):
    length, scores = len(p), p @ form @ p.T
    visible = jnp.tri(length, dtype=bool)
    pattern = jax.nn.softmax(jnp.where(visible, scores, -jnp.inf), axis=1)
    second = jnp.arange(1, length, 2)
    return jnp.mean(pattern[second, second - 1])


def attention_to_slots(
    model: TransformerLike, batch: Batch
) -> Float[Array, "layers heads hops"]:
    """Return the mean attention of the last position to the pair of each step.

    Serial reasoning attends to the pair of step `l` in layer `l` (counted from layer 0,
    which copies), so that the entries `[l, :, l - 1]` are close to one.

    Args:
        model: A `Transformer` or any `View`.
        batch: Sequences of a `ChainTask`, in or out of distribution.
    """
    return _to_slots(run(model, batch.tokens).pattern, batch.meta["slots"])


@jax.jit
def _to_slots(pattern, slots):
    pattern = pattern[..., -1, :]
    index = jnp.maximum(slots, 0)[None, :, None]  # layers, batch, heads, hops
    index = jnp.broadcast_to(index, (*pattern.shape[:3], slots.shape[1]))
    attention = jnp.take_along_axis(pattern, index, axis=-1)
    asked = (slots >= 0)[None, :, None]
    counts = jnp.sum(asked, axis=1)
    return jnp.sum(jnp.where(asked, attention, 0), axis=1) / jnp.maximum(counts, 1)


@jax.jit
def _random_like(x, key):
    """Return random rows of the same norms."""
    drawn = jax.random.normal(key, x.shape, x.dtype)
    return drawn * (_norms(x) / _norms(drawn))


def _norms(x):
    return jnp.linalg.norm(x, axis=1, keepdims=True)


@jax.jit
def _normalise(x):
    x = x - jnp.mean(x, axis=1, keepdims=True)
    return x * jax.lax.rsqrt(jnp.var(x, axis=1, keepdims=True) + 1e-5)
