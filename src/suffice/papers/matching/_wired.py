"""A transformer wired by hand that takes one step along a chain per layer."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import OrthogonalNoise, Transformer

Kind = Literal["identity", "random", "serial"]
SHARPNESS = 60.0  # of the softmax
ANSWER = 10.0  # the last step outweighs what lies below


def wired(
    token_dim: int, steps: int, *, variant: Kind = "serial", pairs: int = 4
) -> Transformer:
    """Layer 0 copies by position, each further layer matches; nothing is trained.

    Tokens are Gaussian in the first `token_dim` channels, positions one-hot in the
    others. What a layer writes and how it asks are the matrices of orthogonal noise,
    so every matching kernel is a product `Z Zᵀ` near the identity; with the identity in
    their
    place all steps share one buffer.

    Args:
        token_dim: Channels of tokens.
        steps: Steps to take, one less than there are layers.
        variant: Kind of the matrices, as in `suffice.models.OrthogonalNoise`.
        pairs: Pairs in a sequence.
    """
    length, vocab = 2 * pairs + 1, 61
    width = token_dim + length
    rng = np.random.default_rng(token_dim)
    embed = np.zeros((vocab, width))
    embed[:, :token_dim] = rng.standard_normal((vocab, token_dim)) / token_dim**0.5
    positions = np.zeros((length, width))
    positions[:, token_dim:] = np.eye(length)
    noise = OrthogonalNoise(None, variant, fixed=(1.0, 1.0))
    heads = [
        _head(noise, layer, steps, token_dim, length) for layer in range(steps + 1)
    ]
    unembed = (embed @ heads[-1][2]).T
    stem = [embed, positions, unembed, np.zeros(vocab)]
    arrays = [*stem, *(matrix[None] for head in heads for matrix in head)]
    model = Transformer.normal(
        vocab, length, steps + 1, width,
        key=jax.random.key(0), key_dim=width, norm="none",
    )  # fmt: skip
    return eqx.tree_at(_places, model, [jnp.asarray(a, float) for a in arrays])


def _places(model):
    heads = [getattr(b.attention, name) for b in model.blocks for name in "qkvo"]
    return [model.embed, model.positions, model.unembed, model.unembed_bias, *heads]


def _head(noise, layer, steps, token_dim, length):
    """Matrices `q`, `k`, `v`, `o` of a layer."""
    width = token_dim + length
    q, k, v = np.zeros((3, width, width))
    form = noise.scores(layer, token_dim)
    if form is not None:
        q[:token_dim, :token_dim], k[:token_dim, :token_dim] = (
            form[1],
            np.eye(token_dim),
        )
    if layer:  # the last position reads seconds of pairs, all others position 0
        q[-1, token_dim], k[token_dim::2, token_dim] = 1, -5
        q[token_dim:-1, token_dim + 1], k[token_dim, token_dim + 1] = 1, 10
    else:  # the second of a pair reads the first
        q[token_dim + 1 :: 2, token_dim:] = np.eye(length)[:-1:2]
        k[token_dim:, token_dim:] = 5 * np.eye(length)
    v[:token_dim, :token_dim] = noise.outputs(layer, token_dim)[1]
    o = (ANSWER if layer == steps else 1.0) * np.eye(width)
    return SHARPNESS * width**0.5 * q, k, v, o
