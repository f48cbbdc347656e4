"""Decoder-only transformers with a rate of initialisation."""

from collections.abc import Callable, Mapping
from typing import get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int, Key

from ._activation import Activation
from ._transformer_block import Block, LayerNorm, pass_on, Place, Visit
from ._transformer_draw import draw_block, rates, scaled
from ._transformer_noise import OrthogonalNoise


class Transformer(eqx.Module):
    r"""A decoder-only transformer from tokens to logits, in the row convention `x W`.

        x ← embed[tokens] + positions
        x ← LN(x + Σ_h softmax((x Q_h)(x K_h)ᵀ / √dk) x V_h O_h)         each layer,
        x ← LN(x + s(x W_up) W_down)                            causal, for `post`

    With `pre` each LN is applied before attention and before the perceptron, and one
    more before the logits; with `none` there is no LN. Logits are `x W_U + b`. Every
    intermediate value has a name:

    | name | shape | meaning |
    |---|---|---|
    | `embed`, `pos_embed` | `(S, D)` | embeddings of tokens and positions |
    | `blocks.l.resid_pre`, `resid_mid`, `resid_post` | `(S, D)` | the residual stream |
    | `blocks.l.attn_in`, `mlp_in` | `(S, D)` | inputs of attention, perceptron |
    | `blocks.l.attn.q`, `k`, `v` | `(heads, S, d)` | queries, keys, values |
    | `blocks.l.attn.scores` | `(heads, S, S)` | before softmax; -inf for later tokens |
    | `blocks.l.attn.pattern` | `(heads, S, S)` | after softmax: row attends to column |
    | `blocks.l.attn.z` | `(heads, S, dv)` | weighted sums of values |
    | `blocks.l.attn_out`, `mlp_out` | `(S, D)` | outputs of attention, perceptron |
    | `blocks.l.mlp.pre`, `post` | `(S, hidden)` | before and after the activation |
    | `final`, `logits` | `(S, D)`, `(S, vocab)` | input and output of the unembedding |

    `model(tokens, visit=f)` replaces each value by `f(name, value)`, for example to
    remove a head, an edge of attention or a layer. `model.intermediates(tokens)`
    returns all of them.

    Attributes:
        embed: Embeddings, one row per token of the vocabulary.
        positions: Embeddings of positions, one row for each of `length` positions.
        blocks: The layers, each with `attention`, `perceptron` and `norms`.
        unembed: Matrix that maps the residual stream to logits, one column per output;
            outputs are the tokens unless a checkpoint has others.
        unembed_bias: A bias of the logits, or None.
        final_norm: The LN before the logits for `pre`, else None.
        noise: Fixed matrices that are added to the bilinear forms of attention, or
            None.

    Source:
        The single-head `post` model of arXiv:2405.05409 is the default.

    Examples:
        >>> model = sf.Transformer.normal(
        ...     vocab=7, width=8, layers=1, length=5, key=jax.random.key(0)
        ... )
        >>> model(jnp.array([1, 2, 3, 4, 5])).shape
        (5, 7)
    """

    embed: Float[Array, "vocab D"]
    positions: Float[Array, "length D"]
    blocks: tuple[Block, ...]
    unembed: Float[Array, "D outputs"]
    unembed_bias: Float[Array, " outputs"] | None = None
    final_norm: LayerNorm | None = None
    noise: OrthogonalNoise | None = None

    def __check_init__(self):
        strength = self.noise and self.noise.strength
        if strength is not None and strength.shape != (2, self.layers, self.heads):
            raise ValueError(
                f"noise has strengths of shape {strength.shape}; a transformer of "
                f"{self.layers} layers and {self.heads} heads needs "
                f"{(2, self.layers, self.heads)}."
            )

    @classmethod
    def normal(
        cls,
        vocab: int,
        length: int,
        layers: int,
        width: int,
        *,
        rate: ArrayLike | Mapping[str, ArrayLike] = 0.5,
        key: Key[Array, ""],
        heads: int = 1,
        key_dim: int | None = None,
        value_dim: int | None = None,
        hidden: int | None = None,
        norm: Place = "post",
        activation: str | Activation | Callable = "relu",
        bias: bool = False,
        unembed_bias: bool = True,
        shrink: bool = False,
        noise: OrthogonalNoise | None = None,
    ) -> "Transformer":
        r"""Draw every matrix from `N(0, d_in^(-2γ))`, which decreases with the rate γ.

        The fan-in `d_in` is the number of rows of a matrix (of all heads together for
        the output of attention), and the width for embeddings and positions. Gains are
        one, biases and shifts are zero.

        Args:
            vocab: Number of tokens.
            length: Length of the longest sequence, and number of learned positions.
            layers: Number of layers.
            width: Dimension `D` of the residual stream.
            rate: The rate γ: a number, or a dictionary with one number for each of
                `embed` (with positions and unembedding), `qk`, `vo` and `mlp`. It may
                be traced, so that one compiled program draws an ensemble over rates.
            key: Random key.
            heads: Number of heads of each layer.
            key_dim: Dimension `dk` of queries and keys; None takes `width // heads`.
            value_dim: Dimension `dv` of values; None takes `key_dim`.
            hidden: Number of neurons of each perceptron; None for no perceptrons.
            norm: Position of the normalisation: `post`, `pre` or `none`.
            activation: Name, `Activation` or function.
            bias: Whether attention and perceptron have biases.
            unembed_bias: Whether the logits have a bias.
            shrink: Whether to divide the matrices that write to the residual stream by
                `√(2 layers)`, as GPT-2 does.
            noise: Fixed matrices added to the bilinear forms of attention.

        Raises:
            ValueError: A size is not positive, or `norm` or a name in `rate` is not
                known.

        Source:
            arXiv:2405.05409, section 3; separate rates as in its GPT-2 experiments.
        """
        key_dim = max(1, width // heads) if key_dim is None else key_dim
        value_dim = key_dim if value_dim is None else value_dim
        sizes = {
            "vocab": vocab,
            "length": length,
            "layers": layers,
            "width": width,
            "heads": heads,
            "key_dim": key_dim,
            "value_dim": value_dim,
            "hidden": 1 if hidden is None else hidden,
        }
        if bad := {name: size for name, size in sizes.items() if size < 1}:
            raise ValueError(f"sizes are {bad}; expected at least 1.")
        if norm not in get_args(Place):
            raise ValueError(
                f"norm is {norm!r}; expected one of {', '.join(get_args(Place))}."
            )
        gamma = rates(rate)
        keys = jax.random.split(key, layers + 1)
        stem = [(vocab, width), (length, width), (width, vocab)]
        embed, positions, unembed = scaled(keys[0], stem, [gamma["embed"]] * 3, width)
        blocks = tuple(
            draw_block(
                layer_key,
                gamma,
                width=width,
                heads=heads,
                key_dim=key_dim,
                value_dim=value_dim,
                hidden=hidden,
                place=norm,
                activation=activation,
                bias=bias,
                shrink=(2 * layers) ** -0.5 if shrink else 1.0,
            )
            for layer_key in keys[1:]
        )
        return cls(
            embed,
            positions,
            blocks,
            unembed,
            jnp.zeros(vocab) if unembed_bias else None,
            LayerNorm.identity(width) if norm == "pre" else None,
            noise,
        )

    @property
    def vocab(self) -> int:
        """Number of tokens."""
        return self.embed.shape[0]

    @property
    def length(self) -> int:
        """Length of the longest sequence."""
        return self.positions.shape[0]

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self.blocks)

    @property
    def width(self) -> int:
        """Dimension of the residual stream."""
        return self.embed.shape[1]

    @property
    def heads(self) -> int:
        """Number of heads of each layer."""
        return self.blocks[0].attention.q.shape[0]

    @property
    def norm(self) -> str:
        """Position of the normalisation: `post`, `pre` or `none`."""
        return self.blocks[0].place

    def __call__(
        self, tokens: Int[Array, " S"], *, visit: Visit = pass_on
    ) -> Float[Array, "S outputs"]:
        """Logits at every position of one sequence; use `jax.vmap` for many.

        Args:
            tokens: Integers from 0 to `vocab - 1`, at most `length` of them.
            visit: Called with the name and the value of each intermediate value, which
                is replaced by the result.
        """
        return self._run(tokens, visit, last=False)

    def last(self, tokens: Int[Array, " S"]) -> Float[Array, " outputs"]:
        """Logits at the last position; the last layer is computed only for it."""
        return self._run(tokens, pass_on, last=True)[0]

    def intermediates(
        self, tokens: Int[Array, " S"], *, visit: Visit = pass_on
    ) -> dict[str, Float[Array, "..."]]:
        """All intermediate values of one sequence by name, after `visit`."""
        kept = {}

        def keep(name, value):
            kept[name] = visit(name, value)
            return kept[name]

        self(tokens, visit=keep)
        return kept

    def _run(self, tokens, visit, last):
        x = visit("embed", self.embed[tokens])
        x = x + visit("pos_embed", self.positions[: len(tokens)])
        for layer, block in enumerate(self.blocks):
            noise = None if self.noise is None else (self.noise, layer)
            inside = _within(f"blocks.{layer}.", visit)
            x = block(x, noise, inside, last and layer == self.layers - 1)
        x = visit("final", x if self.final_norm is None else self.final_norm(x))
        y = x @ self.unembed
        if self.unembed_bias is not None:
            y = y + self.unembed_bias[None]
        return visit("logits", y)


def _within(place: str, visit: Visit) -> Visit:
    return visit if visit is pass_on else lambda name, x: visit(place + name, x)
