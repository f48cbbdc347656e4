"""Random parameters of a transformer: standard deviation `d_in^-γ`."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from ._transformer_block import Block, CausalAttention, LayerNorm, Perceptron

GROUPS = ("embed", "qk", "vo", "mlp")


def rates(rate: Any) -> dict[str, Any]:
    """One rate per group of matrices.

    Raises:
        ValueError: The groups differ from `GROUPS`.
    """
    if not isinstance(rate, Mapping):
        return dict.fromkeys(GROUPS, rate)
    if set(rate) != set(GROUPS):
        raise ValueError(f"rate has {sorted(rate)}; expected {sorted(GROUPS)}.")
    return dict(rate)


def scaled(
    key: Key[Array, ""],
    shapes: Sequence[tuple[int, ...]],
    gammas: Sequence[Any],
    fan_in: int | Sequence[int],
) -> list[Float[Array, "..."]]:
    """Normal arrays with standard deviation `fan_in ** -gamma`.

    All come from one draw, since JAX compiles for seconds for every shape.
    """
    fans = [fan_in] * len(shapes) if isinstance(fan_in, int) else fan_in
    ends = list(itertools.accumulate(map(math.prod, shapes)))
    pieces = jnp.split(jax.random.normal(key, (ends[-1],)), ends[:-1])
    return [
        jnp.asarray(fan, piece.dtype) ** -gamma * piece.reshape(shape)
        for piece, shape, gamma, fan in zip(pieces, shapes, gammas, fans, strict=True)
    ]


def draw_block(
    key,
    gamma,
    *,
    width,
    heads,
    key_dim,
    value_dim,
    hidden,
    place,
    activation,
    bias,
    shrink,
) -> Block:
    """A layer; the arguments are those of `Transformer.normal`."""
    into_head, into_value = (heads, width, key_dim), (heads, width, value_dim)
    shapes = [into_head, into_head, into_value, (heads, value_dim, width)]
    fans = [width, width, width, heads * value_dim]
    gammas = [gamma["qk"], gamma["qk"], gamma["vo"], gamma["vo"]]
    if hidden is not None:
        shapes += [(width, hidden), (hidden, width)]
        fans += [width, hidden]
        gammas += [gamma["mlp"]] * 2
    q, k, v, o, *mlp = scaled(key, shapes, gammas, fans)
    biases = [
        jnp.zeros(shape) if bias else None
        for shape in [(heads, key_dim), (heads, key_dim), (heads, value_dim), (width,)]
    ]
    perceptron = None
    if hidden is not None:
        up_bias, down_bias = (jnp.zeros(n) if bias else None for n in (hidden, width))
        perceptron = Perceptron(mlp[0], shrink * mlp[1], up_bias, down_bias, activation)
    norms = 1 if hidden is None else 2
    return Block(
        CausalAttention(q, k, v, shrink * o, *biases),
        perceptron,
        None
        if place == "none"
        else tuple(LayerNorm.identity(width) for _ in range(norms)),
        place,
    )
