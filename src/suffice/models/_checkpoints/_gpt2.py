"""Transformers from checkpoints of GPT-2 and of nanoGPT."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from suffice.models._transformer import Transformer
from suffice.models._transformer_block import (
    Block,
    CausalAttention,
    LayerNorm,
    Perceptron,
)

from ._reader import Arrays, Settings

_SOURCE = (
    "model.config, or what config.json holds; for nanoGPT its model_args, with "
    'activation_function "gelu" (of its first versions "gelu_new")'
)
_MASKS = (".attn.bias", ".attn.masked_bias")
_PREFIXES = "_orig_mod.", "transformer."  # of compiled modules, and of the body


def from_gpt2(
    state: Mapping[str, Any], config: Mapping[str, Any] | object
) -> Transformer:
    r"""The transformer of a GPT-2 checkpoint, of Hugging Face or of nanoGPT.

    It accepts `GPT2LMHeadModel.state_dict()`, the content of its `model.safetensors`,
    `checkpoint["model"]` of nanoGPT, and all other checkpoints of this architecture: LN
    before each part and before the logits, learned positions, and an unembedding equal
    to the embedding unless there is an `lm_head`. Linear layers may be stored as
    `(inputs, outputs)` or as `(outputs, inputs)`, and all biases may be missing.
    Numbers of 16 bits are converted to float32, in which the transformer computes.

    Args:
        state: Dictionary from names to arrays or tensors.
        config: The configuration: `model.config`, or a dictionary with what
            `config.json` holds. `n_head` and `activation_function` are needed, since
            the arrays do not show them. `layer_norm_epsilon`, `scale_attn_weights` and
            `scale_attn_by_inverse_layer_idx` are computed as they say; where they are
            missing, they are 1e-5, True and False, as in the library (whose version 4
            ignored the last two unless `attn_implementation` was `eager`). For nanoGPT
            give `{**checkpoint["model_args"], "activation_function": "gelu"}`.

    Returns:
        A transformer with norm `pre`. A scale of attention other than `1 / √dk` is part
        of its query weights.

    Raises:
        ValueError: An array or a needed setting is missing, an array is not used, the
            configuration contradicts the arrays, or it has a setting with which the
            model is no `Transformer`.

    Examples:
        >>> shapes = {"attn.c_attn": (4, 12), "attn.c_proj": (4, 4), "ln_1": (4,)}
        >>> shapes |= {"mlp.c_fc": (4, 16), "mlp.c_proj": (16, 4), "ln_2": (4,)}
        >>> state = {f"h.0.{k}.weight": np.zeros(v) for k, v in shapes.items()}
        >>> state |= {"wte.weight": np.eye(4), "wpe.weight": np.zeros((3, 4))}
        >>> state |= {"ln_f.weight": np.ones(4)}
        >>> config = {"n_head": 2, "activation_function": "gelu_new"}
        >>> model = sf.models.from_gpt2(state, config)
        >>> model(jnp.array([2, 0, 1])).argmax(1).tolist()  # no weight, no change
        [2, 0, 1]
    """
    settings = Settings(config, _SOURCE)
    settings.expect({"model_type": "gpt2", "add_cross_attention": False})
    arrays = Arrays({_bare(name): value for name, value in state.items()})
    embed, layers = arrays.sized("wte.weight", -1, -1), arrays.layers("h.")
    settings.agree({"n_layer": layers, "n_embd": embed.shape[1]})
    read = _Reader(arrays, settings, embed.shape[1])
    model = Transformer(
        embed,
        arrays.sized("wpe.weight", -1, embed.shape[1]),
        tuple(read.block(layer) for layer in range(layers)),
        _unembedding(arrays, settings, embed),
        final_norm=read.norm("ln_f"),
    )
    arrays.refuse_others(_MASKS)
    return model


class _Reader:
    """Layers from arrays, in the conventions that hold for the whole checkpoint."""

    def __init__(self, arrays, settings, width):
        self.arrays, self.width, self.heads = arrays, width, settings.need("n_head")
        if not isinstance(self.heads, int) or self.heads < 1 or width % self.heads:
            raise ValueError(
                f"config has n_head {self.heads!r}; expected a whole number that "
                f"divides the width {width}."
            )
        shape = arrays["h.0.attn.c_attn.weight"].shape
        if shape not in ((width, 3 * width), (3 * width, width)):
            raise ValueError(
                f"state has h.0.attn.c_attn.weight of shape {shape}; expected "
                f"{(width, 3 * width)}, or its transpose: queries, keys and values of "
                "equal sizes."
            )
        self.transposed = shape[0] != width
        self.has_biases = arrays.get("h.0.attn.c_attn.bias") is not None
        self.activation = settings.activation("activation_function")
        self.epsilon = settings.number("layer_norm_epsilon", 1e-5)
        self.unscaled = not settings.flag("scale_attn_weights", default=True)
        self.by_layer = settings.flag("scale_attn_by_inverse_layer_idx", default=False)

    def norm(self, place):
        gain = self.arrays.sized(f"{place}.weight", self.width)
        return LayerNorm(gain, self._bias(place, self.width), self.epsilon)

    def block(self, layer):
        place = f"h.{layer}."
        norms = self.norm(f"{place}ln_1"), self.norm(f"{place}ln_2")
        return Block(
            self._attention(f"{place}attn.", layer),
            self._perceptron(f"{place}mlp."),
            norms,
            "pre",
        )

    def _attention(self, place, layer):
        width = self.width
        parts = jnp.split(self._weight(f"{place}c_attn", width, 3 * width), 3, axis=-1)
        q, k, v = map(self._by_head, parts)
        bias, biases = self._bias(f"{place}c_attn", 3 * width), [None] * 3
        if bias is not None:
            biases = [*map(self._by_head, jnp.split(bias, 3))]
        o = self._weight(f"{place}c_proj", width, width).reshape(self.heads, -1, width)
        scale = q.shape[-1] ** 0.5 if self.unscaled else 1.0
        scale = scale / (layer + 1) if self.by_layer else scale
        q_bias = None if biases[0] is None else scale * biases[0]
        biases = [q_bias, *biases[1:], self._bias(f"{place}c_proj", width)]
        return CausalAttention(scale * q, k, v, o, *biases)

    def _perceptron(self, place):
        up, down = f"{place}c_fc", f"{place}c_proj"
        first = self._weight(up, self.width, -1)
        hidden = first.shape[1]
        return Perceptron(
            first,
            self._weight(down, hidden, self.width),
            self._bias(up, hidden),
            self._bias(down, self.width),
            self.activation,
        )

    def _by_head(self, rows):
        """Split the last axis into heads: `(heads, ..., dk)`."""
        return jnp.moveaxis(rows.reshape(*rows.shape[:-1], self.heads, -1), -2, 0)

    def _weight(self, place, inputs, outputs):
        if self.transposed:
            return self.arrays.sized(f"{place}.weight", outputs, inputs).T
        return self.arrays.sized(f"{place}.weight", inputs, outputs)

    def _bias(self, place, size):
        return self.arrays.sized(f"{place}.bias", size) if self.has_biases else None


def _unembedding(arrays, settings, embed):
    head = arrays.get("lm_head.weight")
    if head is None and not settings.flag("tie_word_embeddings", default=True):
        raise ValueError(
            "config has tie_word_embeddings False and state has no lm_head.weight; "
            "give the state of the whole model, which has the unembedding."
        )
    if head is None:
        return embed.T
    return arrays.sized("lm_head.weight", -1, embed.shape[1]).T


def _bare(name):
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
