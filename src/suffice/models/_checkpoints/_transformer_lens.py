"""Transformers from models of TransformerLens."""

from collections.abc import Mapping
from typing import Any

from suffice.models._transformer import Transformer
from suffice.models._transformer_block import (
    Block,
    CausalAttention,
    LayerNorm,
    Perceptron,
)

from ._reader import Arrays, ELSEWHERE, Settings

_SOURCE = "model.cfg, or model.cfg.to_dict()"
_MASKS = (".attn.mask", ".attn.IGNORE")
_NORMS = {"LN": "pre", "LNPre": "pre", None: "none"}
_WANTED = {
    "positional_embedding_type": "standard",
    "attention_dir": "causal",
    "use_local_attn": False,
    "n_key_value_heads": None,
    "attn_scores_soft_cap": -1.0,
    "output_logits_soft_cap": -1.0,
    "parallel_attn_mlp": False,
    "gated_mlp": False,
    "num_experts": None,
    "post_embedding_ln": False,
    "use_normalization_before_and_after": False,
    "use_qk_norm": False,
    "final_rms": False,
}


def from_transformer_lens(
    state: Mapping[str, Any], config: Mapping[str, Any] | object
) -> Transformer:
    r"""The transformer of a `HookedTransformer` of TransformerLens.

    It accepts models with learned positions, with or without perceptrons, and with LN
    before each part (`normalization_type` `LN`, or `LNPre` after the gains were folded
    into weights) or without (None). If you study the products of weights, load the
    model with `from_pretrained_no_processing`, since centring and folding change these
    products although they leave the function unchanged. Numbers of 16 bits are
    converted to float32, in which the transformer computes.

    Args:
        state: `model.state_dict()`, a dictionary from names to arrays or tensors.
        config: `model.cfg`, or a dictionary of its settings. `normalization_type`, and
            `act_fn` where there are perceptrons, are needed, since the arrays do not
            show them. `eps`, `attn_scale`, `use_attn_scale` and
            `scale_attn_by_inverse_layer_idx` are computed as they say; where they are
            missing, they are 1e-5, `√d_head`, True and False, as in the library.

    Returns:
        A transformer with norm `pre` or `none`. A scale of attention other than
        `1 / √dk` is part of its query weights.

    Raises:
        ValueError: An array or a needed setting is missing, an array is not used, the
            configuration contradicts the arrays, or it has a setting with which the
            model is no `Transformer`.

    Examples:
        >>> shapes = {"W_O": (2, 2, 4), "b_O": (4,)}
        >>> shapes |= {f"W_{part}": (2, 4, 2) for part in "QKV"}
        >>> shapes |= {f"b_{part}": (2, 2) for part in "QKV"}
        >>> state = {f"blocks.0.attn.{k}": np.zeros(v) for k, v in shapes.items()}
        >>> state |= {"embed.W_E": np.eye(4), "pos_embed.W_pos": np.zeros((3, 4))}
        >>> state |= {"unembed.W_U": np.eye(4), "unembed.b_U": np.zeros(4)}
        >>> config = {"normalization_type": None, "attn_only": True}
        >>> model = sf.models.from_transformer_lens(state, config)
        >>> model(jnp.array([2, 0, 1])).argmax(1).tolist()  # no weight, no change
        [2, 0, 1]
    """
    settings, arrays = Settings(config, _SOURCE), Arrays(state)
    kind = settings.need("normalization_type")
    if kind not in _NORMS:
        raise ValueError(
            f"config has normalization_type {kind!r}, which a Transformer does not "
            f"compute; expected 'LN', 'LNPre' or None, {ELSEWHERE}"
        )
    settings.expect(_WANTED)
    embed, layers = arrays.sized("embed.W_E", -1, -1), arrays.layers("blocks.")
    read = _Reader(arrays, settings, kind, embed.shape[1])
    agreed = {"n_layers": layers, "d_model": read.width}
    settings.agree(agreed | {"n_heads": read.heads, "d_head": read.dim})
    model = Transformer(
        embed,
        arrays.sized("pos_embed.W_pos", -1, read.width),
        tuple(read.block(layer) for layer in range(layers)),
        (unembed := arrays.sized("unembed.W_U", read.width, -1)),
        arrays.sized("unembed.b_U", unembed.shape[1]),
        read.norm("ln_final") if kind else None,
    )
    arrays.refuse_others(_MASKS)
    return model


class _Reader:
    """Layers from arrays, in the conventions that hold for the whole checkpoint."""

    def __init__(self, arrays, settings, kind, width):
        self.arrays, self.settings, self.kind = arrays, settings, kind
        self.width = width
        shape = arrays.sized("blocks.0.attn.W_Q", -1, width, -1).shape
        self.heads, _, self.dim = shape
        self.epsilon = settings.number("eps", 1e-5)
        self.attention_only = settings.flag("attn_only", default=False)

    def norm(self, place):
        has_gain = self.kind == "LN"
        gain, shift = (
            self.arrays.sized(f"{place}.{n}", self.width) if has_gain else None
            for n in ("w", "b")
        )
        return LayerNorm(gain, shift, self.epsilon)

    def block(self, layer):
        place = f"blocks.{layer}."
        perceptron = None if self.attention_only else self._perceptron(f"{place}mlp.")
        numbers = (1,) if self.attention_only else (1, 2)
        norms = tuple(self.norm(f"{place}ln{n}") for n in numbers)
        attention = self._attention(f"{place}attn.", layer)
        return Block(
            attention, perceptron, norms if self.kind else None, _NORMS[self.kind]
        )

    def _attention(self, place, layer):
        sized, heads, dim, width = self.arrays.sized, self.heads, self.dim, self.width
        q, k, v = (sized(f"{place}W_{n}", heads, width, dim) for n in "QKV")
        o = sized(f"{place}W_O", heads, dim, width)
        q_bias, k_bias, v_bias = (sized(f"{place}b_{n}", heads, dim) for n in "QKV")
        o_bias = sized(f"{place}b_O", width)
        scale = self._scale(dim, layer)
        return CausalAttention(
            scale * q, k, v, o, scale * q_bias, k_bias, v_bias, o_bias
        )

    def _scale(self, dim, layer):
        """The scale of the scores relative to `1 / √dk`."""
        own = self.settings.number("attn_scale", -1.0, least=-1.0)
        divisor = dim**0.5 if own == -1 else own
        if divisor <= 0:
            raise ValueError(
                f"config has attn_scale {own:g}; expected -1 or a number above 0."
            )
        scaled = self.settings.flag("use_attn_scale", default=True)
        divisor = divisor if scaled else 1.0
        if self.settings.flag("scale_attn_by_inverse_layer_idx", default=False):
            divisor = divisor * (layer + 1)
        return float(dim**0.5 / divisor)

    def _perceptron(self, place):
        sized, width = self.arrays.sized, self.width
        first = sized(f"{place}W_in", width, -1)
        hidden = first.shape[1]
        return Perceptron(
            first,
            sized(f"{place}W_out", hidden, width),
            sized(f"{place}b_in", hidden),
            sized(f"{place}b_out", width),
            self.settings.activation("act_fn"),
        )
