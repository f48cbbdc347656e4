"""Shares of inferential, symmetric and other answers of a transformer."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Result
from suffice.reasoning._tasks._anchors import AnchorTask
from suffice.reasoning._tasks._batch import Batch

from ._loss import answers
from ._pytree import as_pytree


@as_pytree
@dataclasses.dataclass(frozen=True)
class AnswerRates(Result):
    """Shares of the sequences of a batch that get each answer.

    Attributes:
        given: The label, as training gives it on seen pairs.
        inferential: What the single anchors imply.
        symmetric: What the pair in the other order was given.
    """

    given: Float[Array, ""]
    inferential: Float[Array, ""]
    symmetric: Float[Array, ""]

    def headline(self) -> str:
        """The rates of inferential and symmetric answers, in one sentence."""
        return (
            f"{float(self.inferential):.1%} inferential and "
            f"{float(self.symmetric):.1%} symmetric answers."
        )


def answer_rates(model: Any, batch: Batch) -> AnswerRates:
    """Share of the inferential, the symmetric and the given answer in a batch.

    Args:
        model: A `Transformer`, or any callable from a sequence to logits.
        batch: Sequences of an `AnchorTask`.
    """
    given = answers(model, batch.tokens)
    wanted = batch.label, batch.meta["inferential"], batch.meta["symmetric"]
    return AnswerRates(*(jnp.mean(given == want, dtype=float) for want in wanted))


def commutativity(
    model: Any,
    task: AnchorTask,
    pair: tuple[int, int],
    *,
    key: Key[Array, ""],
    size: int,
) -> Float[Array, ""]:
    """How often a pair and its reverse get the same answer, in the same noise.

    Args:
        model: A `Transformer`, or any callable from a sequence to logits.
        task: Two anchors in a row.
        pair: The anchors.
        key: Random key of the sequences.
        size: Number of sequences.
    """
    first, second = pair
    one, other = (
        answers(model, task.batch(key, size, f"{a},{b}").tokens)
        for a, b in ((first, second), (second, first))
    )
    return jnp.mean(one == other, dtype=float)


def deviations(model: Any, batch: Batch) -> dict[int, float]:
    """The histogram of the difference between the answer and the inferential one.

    Args:
        model: A `Transformer`, or any callable from a sequence to logits.
        batch: Sequences of an `AnchorTask`.

    Returns:
        From difference to share, the largest share first.
    """
    off = np.asarray(answers(model, batch.tokens) - batch.meta["inferential"])
    values, counts = np.unique(off, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {int(values[i]): float(counts[i] / len(off)) for i in order}
