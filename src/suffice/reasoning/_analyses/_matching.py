"""Matching: whether the attention of a layer finds the token that it asks for."""

import dataclasses
import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from suffice._core import Result
from suffice._core.literature import bases

from ._pytree import as_pytree
from ._view import as_view, TransformerLike

Path = Sequence[tuple[int, int]]


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


def matching_kernel(model: TransformerLike, path: Path) -> Float[Array, "D D"]:
    """Return the bilinear form by which the last layer of a path matches tokens.

    A path holds the layer and head that copies, then those that match, from below to
    above. With copying layer `c`, and `m` the matching layer below `l` on the path,

        Ker(l) = W^qk(l) W^vo(c)ᵀ        Ker(l) = W^vo(m) W^qk(l) W^vo(c)ᵀ

    for the first step and for further ones. The query of the last position is its
    token, or the output of layer `m`. The key of a pair is its first token, which layer
    `c` has copied to the second. The layer takes the right step if equal tokens match,
    that is if the kernel is close to a multiple of the identity. Random vectors are
    nearly orthogonal, so such a kernel also matches tokens that were never trained.

    The gains of all normalisations on the way of the vectors are included; their shifts
    and the means and standard deviations of the rows are not.

    Args:
        model: A `Transformer` or any `View`.
        path: Pairs of layer and head, in increasing layers counted from 0, such as
            `[(0, 0), (1, 0)]`.

    Raises:
        ValueError: There is no such path.

    Source:
        arXiv:2405.15302; the formulas follow from an expansion of the residual stream
        and are verified here on networks with weights set by hand.

    Examples:
        >>> model = sf.Transformer.normal(7, 5, 2, 8, key=jax.random.key(0))
        >>> sf.reasoning.matching_kernel(model, [(0, 0), (1, 0)]).shape
        (8, 8)
    """
    view, path = as_view(model), tuple(path)
    layers = [layer for layer, _ in path]
    rising = all(low < high for low, high in itertools.pairwise(layers))
    if len(path) < 2 or not rising or layers[0] < 0 or layers[-1] >= view.layers:
        raise ValueError(
            f"path is {path}; expected two or more pairs of layer and head, in "
            f"increasing layers from 0 to {view.layers - 1}."
        )
    asked = path[-2] if len(path) > 2 else None
    queried, copied = _carried(view, asked, path[-1]), _carried(view, path[0], path[-1])
    return queried @ view.head(*path[-1]).qk @ copied.T


def _carried(view, writer, reader):
    """Return the map from embeddings to what a head reads, through another or none."""
    passed = view.head(*reader).passed
    gains = jnp.ones(view.embed.shape[1]) if passed is None else passed
    if writer is None:
        return jnp.diag(gains)
    head = view.head(*writer)
    own = gains * 0 + 1 if head.passed is None else head.passed
    below = view.head(writer[0] + 1, 0).passed  # what is written passes no norm there
    below = gains * 0 + 1 if below is None else below
    between = jnp.where(below == 0, 0, gains / jnp.where(below == 0, 1, below))
    return own[:, None] * head.vo * between[None]


def serial_path(hop: int) -> Path:
    """Return the path of the first heads where step `l` is taken in layer `l`."""
    return tuple((layer, 0) for layer in range(hop + 1))


def matching_matrix(
    model: TransformerLike, path: Path, x: Float[Array, "n D"]
) -> Float[Array, "n n"]:
    """Return the matrix `X Ker Xᵀ` of queried (rows) and offered tokens (columns).

    Rows of `x` are normalised first where the layer reads normalised rows: the raw
    embeddings of a small initialisation are so short that the matching score would be
    at chance even for a perfect kernel.

    Args:
        model: A `Transformer` or any `View`.
        path: Layers and heads, as in `matching_kernel`.
        x: Embeddings of the tokens, one per row.

    Examples:
        >>> key = jax.random.key(0)
        >>> model = sf.Transformer.normal(7, 5, 2, 8, norm="none", key=key)
        >>> path = [(0, 0), (1, 0)]
        >>> matrix = sf.reasoning.matching_matrix(model, path, model.embed)
        >>> kernel = sf.reasoning.matching_kernel(model, path)
        >>> bool(jnp.allclose(matrix, model.embed @ kernel @ model.embed.T))
        True
    """
    kernel = matching_kernel(model, path)
    x = _normalise(x) if as_view(model).normalised(path[-1][0]) else x
    return x @ kernel @ x.T


@jax.jit
def score_matching(h: Float[Array, "n n"]) -> Matching:
    """Return how often the diagonal entry is the largest of its row.

    Examples:
        >>> kernel = jnp.array([[3.0, 1.0, 0.0], [0.0, 2.0, 1.0], [4.0, 0.0, 1.0]])
        >>> top = sf.reasoning.score_matching(kernel).top  # in two rows of three
        >>> round(float(top), 3)
        0.667
    """
    n, diagonal = len(h), jnp.diagonal(h)
    score = jnp.mean(jnp.diagonal(jax.nn.softmax(h, axis=1)))
    top = jnp.mean(jnp.argmax(h, axis=1) == jnp.arange(n), dtype=h.dtype)
    rest = (jnp.sum(h) - jnp.sum(diagonal)) / (n * (n - 1))
    off = jnp.where(jnp.eye(n, dtype=bool), 0.0, (h - rest) ** 2)
    spread = jnp.sqrt(jnp.sum(off) / (n * (n - 1)))
    return Matching(score, top, (jnp.mean(diagonal) - rest) / spread)


def matching(
    model: TransformerLike,
    path: Path,
    tokens: Int[Array, " n"],
    *,
    key: Key[Array, ""],
) -> KernelMatching:
    """Return how well the last layer of a path matches tokens, and random ones.

    Args:
        model: A `Transformer` or any `View`.
        path: Layers and heads, as in `matching_kernel`.
        tokens: The tokens, for instance those of the task.
        key: Random key of the random embeddings.

    Examples:
        >>> model = sf.Transformer.normal(7, 5, 2, 8, key=jax.random.key(0))
        >>> path, tokens = [(0, 0), (1, 0)], jnp.arange(7)
        >>> found = sf.reasoning.matching(model, path, tokens, key=jax.random.key(1))
        >>> bool(abs(found.cosine) < 0.5)  # an untrained kernel is no identity
        True
    """
    x = as_view(model).embed[tokens]
    drawn = _random_like(x, key)
    kernel = matching_kernel(model, path)
    trained, random = (
        score_matching(matching_matrix(model, path, rows)) for rows in (x, drawn)
    )
    cosine = jnp.trace(kernel) / (len(kernel) ** 0.5 * jnp.linalg.norm(kernel))
    return KernelMatching(trained, random, cosine)


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
