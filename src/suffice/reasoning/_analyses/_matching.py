"""Matching: whether the attention of a layer finds the token that it looks for."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from suffice._core import Result
from suffice.reasoning._tasks._batch import Batch

from ._pytree import as_pytree
from ._view import as_view, run


@as_pytree
@dataclasses.dataclass(frozen=True)
class Matching(Result):
    """How often the diagonal of a matching matrix wins; by chance once in its size.

    Attributes:
        score: Mean of the diagonal after a softmax of the rows, the matching score.
        top: Share of rows whose largest entry is on the diagonal.
        margin: Mean on less mean off the diagonal, in standard deviations of the
            entries off it.
    """

    score: Float[Array, ""]
    top: Float[Array, ""]
    margin: Float[Array, ""]

    def headline(self) -> str:
        """The share of rows that match, in one sentence."""
        return f"{float(self.top):.1%} of the tokens match themselves best."


@as_pytree
@dataclasses.dataclass(frozen=True)
class KernelMatching(Result):
    """The matching of a layer, on tokens of the model and on random tokens.

    Attributes:
        trained: On the embeddings of the model.
        random: On random embeddings of the same norms.
        cosine: Cosine between the kernel and the identity, `Tr K / (√d |K|)`.
    """

    trained: Matching
    random: Matching
    cosine: Float[Array, ""]

    def headline(self) -> str:
        """Both shares of rows that match, in one sentence."""
        trained, random = float(self.trained.top), float(self.random.top)
        return f"{trained:.1%} of its tokens match, {random:.1%} of random ones."


def matching_kernel(
    model: Any, layer: int, *, heads: Sequence[int] | None = None
) -> Float[Array, "D D"]:
    """The bilinear form by which a layer of serial reasoning matches tokens.

        Ker(1) = W^qk(1) W^vo(0)ᵀ        Ker(l) = W^vo(l-1) W^qk(l) W^vo(0)ᵀ,  l ≥ 2

    The last position asks with its token, or with what the layer below brought; a pair
    answers with its first token, which layer 0 has copied to its second. The step is
    taken when the two are the same, thus when the kernel is near a multiple of the
    identity; and since random vectors are nearly orthogonal, such a kernel matches
    tokens that were never trained.

    Gains of normalisations are folded in, all that the vectors pass on their way; the
    means and deviations by which each row is normalised are not, nor are shifts.

    Args:
        model: A `Transformer` or any `View`.
        layer: The layer that matches, from 1.
        heads: Which head of each layer reasons; None takes the first.

    Raises:
        ValueError: There is no such layer above layer 0.

    Source:
        arXiv:2405.15302; the formulas follow from expanding the residual stream, and
        are verified here on networks built by hand.
    """
    view = as_view(model)
    if not 1 <= layer < view.layers:
        raise ValueError(
            f"layer is {layer}; expected 1 to {view.layers - 1}, since layer 0 copies."
        )
    heads = (0,) * view.layers if heads is None else heads
    asks, copies = view.head(layer, heads[layer]), view.head(0, heads[0])
    kernel = asks.qk @ _scaled(copies.vo.T, asks)
    if layer == 1:
        return kernel
    brings = view.head(layer - 1, heads[layer - 1])
    return _scaled(brings.vo, brings) @ kernel


def _scaled(rows, head):
    """Rows times the gains between the bottom of the stream and the head."""
    return rows if head.passed is None else head.passed[:, None] * rows


def matching_matrix(
    model: Any,
    layer: int,
    x: Float[Array, "n D"],
    *,
    heads: Sequence[int] | None = None,
) -> Float[Array, "n n"]:
    """The matrix `h = X Ker(l) Xᵀ` of tokens asked for (rows) and offered (columns).

    Rows of `x` are normalised first where the layer reads normalised rows: the raw
    embeddings of a small initialisation are so short that the matching score would be
    at chance even for a perfect kernel.

    Args:
        model: A `Transformer` or any `View`.
        layer: The layer that matches, from 1.
        x: Embeddings of the tokens, one per row.
        heads: Which head of each layer reasons; None takes the first.
    """
    kernel = matching_kernel(model, layer, heads=heads)
    x = _normalise(x) if as_view(model).normalised(layer) else x
    return x @ kernel @ x.T


@jax.jit
def score_matching(h: Float[Array, "n n"]) -> Matching:
    """How often the diagonal of a square matrix is the largest entry of its row."""
    n, diagonal = len(h), jnp.diagonal(h)
    score = jnp.mean(jnp.diagonal(jax.nn.softmax(h, axis=1)))
    top = jnp.mean(jnp.argmax(h, axis=1) == jnp.arange(n), dtype=h.dtype)
    rest = (jnp.sum(h) - jnp.sum(diagonal)) / (n * (n - 1))
    off = jnp.where(jnp.eye(n, dtype=bool), 0.0, (h - rest) ** 2)
    spread = jnp.sqrt(jnp.sum(off) / (n * (n - 1)))
    return Matching(score, top, (jnp.mean(diagonal) - rest) / spread)


def matching(
    model: Any,
    layer: int,
    tokens: Int[Array, " n"],
    *,
    key: Key[Array, ""],
    heads: Sequence[int] | None = None,
) -> KernelMatching:
    """How well a layer matches the tokens of the model and random tokens.

    Args:
        model: A `Transformer` or any `View`.
        layer: The layer that matches, from 1.
        tokens: Tokens to look at, say those of the task.
        key: Random key of the embeddings.
        heads: Which head of each layer reasons; None takes the first.
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


def best_heads(model: Any, hops: int, tokens: Int[Array, " n"]) -> tuple[int, ...]:
    """The path of heads, one for each layer, whose weakest layer matches best.

    Args:
        model: A `Transformer` or any `View`.
        hops: How many layers above layer 0 match, one hop each.
        tokens: Tokens to look at, say those of the task.

    Returns:
        The heads of layer 0 and of the layers of all hops, the first of equal paths.
    """
    view, chains = as_view(model), []
    x = view.embed[tokens]

    def longer(ends, head):
        """The best path that ends in a head of the next layer."""
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
    """The matching score of the identity on Gaussian tokens `N(0, scale² I)`.

        MS ≈ 1 / (1 + (n - 1) exp(-d s² + d s⁴ / 2))

    Tokens of norm one, `s = d^-½`, reach only `e / (e + n - 1)`: a perfect kernel needs
    a scale, which normalised rows (norm `√d`) or a larger kernel supply.

    Args:
        tokens: How many, `n`.
        token_dim: Their dimension `d`.
        scale: Standard deviation `s` of their coordinates.

    Source:
        Derived here; agrees with simulation within 3 %.
    """
    power = -token_dim * scale**2 + token_dim * scale**4 / 2
    return float(1 / (1 + (tokens - 1) * jnp.exp(power)))


def positional_matching(model: Any, length: int, *, head: int = 0) -> Float[Array, ""]:
    """How far layer 0 sends the second token of each pair to the first, by position.

    The mean over odd positions `i` (from 0) of the attention to `i - 1` that the
    positions alone ask for.

    Args:
        model: A `Transformer` or any `View`.
        length: How many positions are looked at.
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


def attention_to_slots(model: Any, batch: Batch) -> Float[Array, "layers heads hops"]:
    """Mean attention of the last position to the slot of each hop.

    Serial reasoning attends to the slot of hop `l` in layer `l` (counted from layer 0,
    which copies): entries `[l, :, l - 1]` near one.

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
    """Random rows of the same norms."""
    drawn = jax.random.normal(key, x.shape, x.dtype)
    return drawn * (_norms(x) / _norms(drawn))


def _norms(x):
    return jnp.linalg.norm(x, axis=1, keepdims=True)


@jax.jit
def _normalise(x):
    x = x - jnp.mean(x, axis=1, keepdims=True)
    return x * jax.lax.rsqrt(jnp.var(x, axis=1, keepdims=True) + 1e-5)
