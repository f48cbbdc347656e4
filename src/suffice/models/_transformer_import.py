"""Transformers from the checkpoints of other libraries."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ._activation import Activation
from ._transformer import Transformer
from ._transformer_block import Block, CausalAttention, LayerNorm, Perceptron


def from_gpt2(
    state: Mapping[str, Any],
    heads: int,
    *,
    activation: str | Activation = "gelu-tanh",
) -> Transformer:
    """The transformer of a GPT-2 checkpoint with the array names of Hugging Face.

    It accepts `GPT2LMHeadModel.state_dict()` and the content of its
    `model.safetensors`, and all other checkpoints of this architecture: LN before each
    part and before the logits, learned positions, biases, and an unembedding equal to
    the embedding unless there is an `lm_head`.

    Args:
        state: Dictionary from names to arrays, or to tensors in main memory.
        heads: Number of heads, which the arrays do not determine.
        activation: Activation of the perceptrons; GPT-2 has `gelu-tanh`, an
            approximation of GELU.

    Returns:
        A transformer with norm `pre`.

    Raises:
        ValueError: An array is missing, or the width is no multiple of `heads`.
    """
    state = {name.removeprefix("transformer."): value for name, value in state.items()}
    embed = _array(state, "wte.weight")
    width = embed.shape[1]
    if heads < 1 or width % heads:
        raise ValueError(f"heads is {heads}; expected a divisor of the width {width}.")

    def split(rows):
        """Split the last axis into heads: `(heads, ..., dk)`."""
        return jnp.moveaxis(rows.reshape(*rows.shape[:-1], heads, -1), -2, 0)

    def block(layer):
        def part(name):
            return _array(state, f"h.{layer}.{name}")

        q, k, v = map(split, jnp.split(part("attn.c_attn.weight"), 3, axis=-1))
        biases = [*map(split, jnp.split(part("attn.c_attn.bias"), 3))]
        biases.append(part("attn.c_proj.bias"))
        o = part("attn.c_proj.weight").reshape(heads, -1, width)
        both = "mlp.c_fc", "mlp.c_proj"
        return _block(
            CausalAttention(q, k, v, o, *biases),
            [part(f"{name}.{kind}") for kind in ("weight", "bias") for name in both],
            [(part(f"{n}.weight"), part(f"{n}.bias")) for n in ("ln_1", "ln_2")],
            activation,
        )

    head = state.get("lm_head.weight")
    return Transformer(
        embed,
        _array(state, "wpe.weight"),
        tuple(block(layer) for layer in range(_layers(state, "h."))),
        (embed if head is None else jnp.asarray(np.asarray(head))).T,
        final_norm=LayerNorm(_array(state, "ln_f.weight"), _array(state, "ln_f.bias")),
    )


def from_transformer_lens(
    state: Mapping[str, Any], *, activation: str | Activation = "gelu-tanh"
) -> Transformer:
    """The transformer of a `HookedTransformer` of TransformerLens.

    It accepts models with learned positions and LN before each part
    (`normalization_type` `LN`, or `LNPre` after the gains were folded into weights). If
    you study the products of weights, load the model with
    `from_pretrained_no_processing`, since centring and folding change these products
    although they leave the function unchanged.

    Args:
        state: `model.state_dict()`, a dictionary from names to tensors in main memory.
        activation: Activation of the perceptrons: `relu`, `gelu` (the exact one) or
            GPT-2's `gelu-tanh`.

    Returns:
        A transformer with norm `pre`.

    Raises:
        ValueError: An array is missing.
    """
    embed = _array(state, "embed.W_E")
    width = embed.shape[1]

    def norm(place):
        gain, shift = (state.get(f"{place}.{n}") for n in ("w", "b"))
        if gain is None or shift is None:
            return jnp.ones(width, embed.dtype), jnp.zeros(width, embed.dtype)
        return jnp.asarray(np.asarray(gain)), jnp.asarray(np.asarray(shift))

    def block(layer):
        def part(name):
            return _array(state, f"blocks.{layer}.{name}")

        attention = [part(f"attn.W_{n}") for n in "QKVO"]
        attention += [part(f"attn.b_{n}") for n in "QKVO"]
        return _block(
            CausalAttention(*attention),
            [part(f"mlp.{n}") for n in ("W_in", "W_out", "b_in", "b_out")],
            [norm(f"blocks.{layer}.ln{which}") for which in (1, 2)],
            activation,
        )

    return Transformer(
        embed,
        _array(state, "pos_embed.W_pos"),
        tuple(block(layer) for layer in range(_layers(state, "blocks."))),
        _array(state, "unembed.W_U"),
        _array(state, "unembed.b_U"),
        LayerNorm(*norm("ln_final")),
    )


def _block(attention, arrays, norms, activation):
    perceptron = Perceptron(*arrays, activation=activation)
    first, second = (LayerNorm(*norm) for norm in norms)
    return Block(attention, perceptron, (first, second), "pre")


def _array(state, name):
    if name not in state:
        raise ValueError(
            f"state has no array {name!r}; it has {len(state)} arrays, among them "
            f"{', '.join(sorted(state)[:5])}."
        )
    return jnp.asarray(np.asarray(state[name]))


def _layers(state, prefix):
    inside = [n.removeprefix(prefix) for n in state if n.startswith(prefix)]
    return 1 + max((int(n.partition(".")[0]) for n in inside), default=0)
