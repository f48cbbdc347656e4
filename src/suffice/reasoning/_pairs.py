"""Accuracy pair by pair."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from ._anchors import AnchorTask
from ._loss import answers


def seen_accuracies(
    model: Any, task: AnchorTask, *, key: Key[Array, ""], size: int
) -> Float[Array, " pairs"]:
    """Accuracy on each seen pair, in the order of `task.pairs`, with training keys.

    Args:
        model: A `Transformer`, or any callable from a sequence to logits.
        task: The anchors.
        key: Of the sequences, which are the same for all pairs but for the pair.
        size: Sequences of each pair.
    """
    names = [",".join(map(str, p)) for p in task.pairs if p not in task.unseen]
    batches = [task.batch(key, size, name) for name in names]
    tokens = jnp.stack([batch.tokens for batch in batches])
    label = jnp.stack([batch.label for batch in batches])

    def right(pair):
        return jnp.mean(answers(model, pair[0]) == pair[1], dtype=float)

    return jax.lax.map(right, (tokens, label))
