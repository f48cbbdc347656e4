"""Shares of inferential, symmetric and other answers of a transformer."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Result
from suffice._core.literature import bases
from suffice.reasoning._tasks._anchors import AnchorTask
from suffice.reasoning._tasks._batch import Batch

from ._loss import answers
from ._pytree import as_pytree
from ._view import TransformerLike


@as_pytree
@dataclasses.dataclass(frozen=True)
class AnswerRates(Result):
    """Shares of the sequences of a batch with each answer, between 0 and 1.

    Attributes:
        given: Share of answers that equal the label.
        inferential: Share of answers that the maps of the single anchors imply.
        symmetric: Share of answers that equal the label of the pair in reverse order.
    """

    grounds = bases.ANSWERS

    given: Float[Array, ""]
    inferential: Float[Array, ""]
    symmetric: Float[Array, ""]

    def headline(self) -> str:
        """Return the rates of inferential and symmetric answers in one sentence."""
        return (
            f"{float(self.inferential):.1%} inferential and "
            f"{float(self.symmetric):.1%} symmetric answers."
        )


def answer_rates(model: TransformerLike, batch: Batch) -> AnswerRates:
    """Return the shares of the given, inferential and symmetric answers in a batch.

    Args:
        model: A `Transformer`, or any callable from a sequence to logits.
        batch: Sequences of an `AnchorTask`.

    Examples:
        >>> task = sf.reasoning.AnchorTask.both_masked()
        >>> shift = jnp.array([0, 5, 1, -2, -8])  # of the anchors 1 to 4
        >>> def infer(tokens):
        ...     i = jnp.argmax(tokens < 20)  # the first anchor, after the key
        ...     answer = tokens[i - 1] + shift[tokens[i]] + shift[tokens[i + 1]]
        ...     return jax.nn.one_hot(jnp.full(len(tokens), answer), task.vocab)
        >>> batch = task.batch(jax.random.key(0), 50, "4,3")
        >>> float(sf.reasoning.answer_rates(infer, batch).inferential)
        1.0
    """
    return rates_of(answers(model, batch.tokens), batch)


def rates_of(given: Int[Array, " size"], batch: Batch) -> AnswerRates:
    """Return the shares of each kind among answers that were given to a batch."""
    wanted = batch.label, batch.meta["inferential"], batch.meta["symmetric"]
    return AnswerRates(*(jnp.mean(given == want, dtype=float) for want in wanted))


def commutativity(
    model: TransformerLike,
    task: AnchorTask,
    pair: tuple[int, int],
    *,
    key: Key[Array, ""],
    size: int,
) -> Float[Array, ""]:
    """Return how often a pair and its reverse have equal answers in the same noise.

    Args:
        model: A `Transformer`, or any callable from a sequence to logits.
        task: A task with two anchors in a row.
        pair: The two anchors.
        key: Random key of the sequences.
        size: Number of sequences.

    Examples:
        >>> task = sf.reasoning.AnchorTask.both_masked()
        >>> add = lambda tokens: jax.nn.one_hot(jnp.cumsum(tokens), 1000)
        >>> key = jax.random.key(0)
        >>> float(sf.reasoning.commutativity(add, task, (4, 3), key=key, size=20))
        1.0
    """
    first, second = pair
    forward, backward = (
        answers(model, task.batch(key, size, f"{a},{b}").tokens)
        for a, b in ((first, second), (second, first))
    )
    return jnp.mean(forward == backward, dtype=float)


def deviations(model: TransformerLike, batch: Batch) -> dict[int, float]:
    """Return the histogram of the difference between answer and inferential answer.

    Args:
        model: A `Transformer`, or any callable from a sequence to logits.
        batch: Sequences of an `AnchorTask`.

    Returns:
        A dictionary from difference to share, the largest share first.
    """
    off = np.asarray(answers(model, batch.tokens) - batch.meta["inferential"])
    values, counts = np.unique(off, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {int(values[i]): float(counts[i] / len(off)) for i in order}
