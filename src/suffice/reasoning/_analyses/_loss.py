"""Logits, loss and answer at the last position, where the answer is given."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from suffice.models import Transformer

from ._view import run, TransformerLike, View


@functools.singledispatch
def last_logits(
    model: TransformerLike, tokens: Int[Array, "batch length"]
) -> Float[Array, "batch vocab"]:
    """Return the logits at the last position of each sequence.

    Args:
        model: A `Transformer` (its last layer is computed at the last position only),
            any callable from one sequence to logits at every position, or a `View`.
        tokens: Sequences.
    """
    if isinstance(model, View) or not callable(model):
        return run(model, tokens).logits
    logits: Any = jax.vmap(model)(tokens)
    return logits[:, -1]


@last_logits.register
def _(model: Transformer, tokens):
    return jax.vmap(model.last)(tokens)


def last_loss(model: TransformerLike, batch: tuple[Any, ...]) -> Float[Array, ""]:
    """Return the mean cross-entropy at the last position, the `loss` of `learn`.

    Args:
        model: As in `last_logits`.
        batch: Tokens and labels; further parts are ignored.

    Examples:
        >>> copy = lambda tokens: 9.0 * jax.nn.one_hot(tokens, 3)
        >>> tokens, label = jnp.array([[0, 1], [2, 2]]), jnp.array([1, 2])
        >>> round(float(sf.reasoning.last_loss(copy, (tokens, label))), 4)
        0.0002
    """
    tokens, label = batch[:2]
    logits = last_logits(model, tokens)
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, label)
    return jnp.mean(losses)


def answers(
    model: TransformerLike, tokens: Int[Array, "batch length"]
) -> Int[Array, " batch"]:
    """Return the most likely next token after each sequence.

    Args:
        model: As in `last_logits`; an `equinox.Module` is compiled.
        tokens: Sequences.
    """
    logits = _compiled if isinstance(model, eqx.Module) else last_logits
    return jnp.argmax(logits(model, tokens), axis=-1)


@eqx.filter_jit
def _compiled(model, tokens):
    return last_logits(model, tokens)
