"""Accuracy pair by pair."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from suffice.reasoning._tasks._anchors import AnchorTask

from ._loss import answers
from ._view import over


def seen_pairs(
    task: AnchorTask, *, key: Key[Array, ""], size: int
) -> tuple[Int[Array, "pairs size length"], Int[Array, "pairs size"]]:
    """Tokens and labels of each seen pair, in the order of `task.pairs`.

    Args:
        task: The anchors.
        key: Random key. All pairs get the same sequences, in which only the pair
            differs; key items are drawn as for training.
        size: Sequences of each pair.
    """
    names = [",".join(map(str, p)) for p in task.pairs if p not in task.unseen]
    batches = [task.batch(key, size, name) for name in names]
    return (
        jnp.stack([batch.tokens for batch in batches]),
        jnp.stack([batch.label for batch in batches]),
    )


def pair_accuracies(
    model: Any,
    tokens: Int[Array, "pairs size length"],
    labels: Int[Array, "pairs size"],
) -> Float[Array, " pairs"]:
    """Accuracy on each pair: one after the other, so that memory does not grow."""

    def right(pair):
        return jnp.mean(answers(model, pair[0]) == pair[1], dtype=float)

    return over(model, right, (tokens, labels))
