"""The number of tokens that one vector can hold so that each can be read back."""

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key


def buffer_capacity(
    token_dim: int,
    buffers: int,
    *,
    key: Key[Array, ""],
    tokens: int = 81,
    kind: Literal["random", "identity"] = "random",
    size: int = 1024,
) -> Float[Array, ""]:
    """Return how often a token is read back correctly from superposed buffers.

    One random token of unit length is written to each buffer, `Σⱼ x_j Z_j`, and the
    `j`-th is read with `Z_jᵀ`, as the nearest of all tokens. Random matrices separate
    the buffers as far as the dimension allows. With the identity all tokens share one
    buffer, and reading is right by chance only, with probability `1 / buffers`.

    Args:
        token_dim: Dimension of the vector.
        buffers: Number of buffers.
        key: Random key of the tokens, the matrices and the choice of written tokens.
        tokens: Number of different tokens.
        kind: `random` or `identity`.
        size: Number of vectors that are written and read.

    Raises:
        ValueError: The kind is not known.

    Source:
        The effect of random matrices in arXiv:2405.15302; the capacity is derived and
        verified here.

    Examples:
        >>> float(sf.reasoning.buffer_capacity(64, 1, key=jax.random.key(0), size=64))
        1.0
    """
    if kind not in ("random", "identity"):
        raise ValueError(f"kind is {kind!r}; expected 'random' or 'identity'.")
    k_token, k_matrix, k_write = jax.random.split(key, 3)
    embed = jax.random.normal(k_token, (tokens, token_dim)) / token_dim**0.5
    z = jax.random.normal(k_matrix, (buffers, token_dim, token_dim)) / token_dim**0.5
    if kind == "identity":
        z = jnp.tile(jnp.eye(token_dim)[None], (buffers, 1, 1))
    draws = jax.random.uniform(k_write, (size, tokens))
    written = jnp.argsort(draws, axis=1)[:, :buffers]  # distinct tokens
    held = jnp.einsum("sbd,bde->se", embed[written], z)
    read = jnp.einsum("se,bde,td->sbt", held, z, embed)
    return jnp.mean(jnp.argmax(read, axis=-1) == written, dtype=float)
