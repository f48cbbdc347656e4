"""Accuracy on each seen pair."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from suffice.reasoning._tasks._anchors import AnchorTask

from ._loss import answers
from ._view import over, TransformerLike


def seen_pairs(
    task: AnchorTask, *, key: Key[Array, ""], size: int
) -> tuple[Int[Array, "pairs size length"], Int[Array, "pairs size"]]:
    """Return tokens and labels of each seen pair, in the order of `task.pairs`.

    Args:
        task: The task.
        key: Random key. The sequences of two pairs differ in the pair only; key items
            are drawn as for training.
        size: Number of sequences of each pair.
    """
    names = [",".join(map(str, p)) for p in task.pairs if p not in task.unseen]
    batches = [task.batch(key, size, name) for name in names]
    return (
        jnp.stack([batch.tokens for batch in batches]),
        jnp.stack([batch.label for batch in batches]),
    )


def pair_accuracies(
    model: TransformerLike,
    tokens: Int[Array, "pairs size length"],
    labels: Int[Array, "pairs size"],
) -> Float[Array, " pairs"]:
    """Return the accuracy on each pair, computed one by one to save memory."""

    def right(pair):
        return jnp.mean(answers(model, pair[0]) == pair[1], dtype=float)

    return over(model, right, (tokens, labels))
