"""How a transformer answers each unseen pair, and all of them together."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from suffice._core import Result
from suffice._core.literature import bases
from suffice.reasoning._tasks._anchors import AnchorTask

from ._behaviour import AnswerRates, commutativity, rates_of
from ._loss import answers
from ._solution import FIT, Solution, solution, SOLUTIONS
from ._view import TransformerLike

Behaviour = Literal[Solution, "undecided"]
_ITSELF = "its mirror is the pair itself"
_ALIKE = (
    "its mirror is trained with the answers that the single anchors imply; give the "
    "mirror a map of its own (override), or leave it out of training too"
)


@dataclasses.dataclass(frozen=True)
class UnseenPair(Result):
    """How a transformer answers one unseen pair.

    Attributes:
        pair: The anchors, in the order in which they act.
        verdict: `unfit`, `inferential`, `symmetric`, `memorising` or `mixed`, as in
            `phases`, or `undecided` where both rules give the same answers.
        reason: Why it is undecided, else empty.
        labelled: Whether its mirror, the pair in reverse order, is seen in training.
        rates: Shares of each answer among sequences for which the rules differ; among
            all where they never do, or where the mirror is unseen too.
        commutativity: Share of equal answers to the pair and its mirror.
    """

    grounds = bases.ANSWERS

    pair: tuple[int, ...]
    verdict: Behaviour
    reason: str
    labelled: bool
    rates: AnswerRates
    commutativity: float

    @property
    def name(self) -> str:
        """The pair in parentheses."""
        return f"({', '.join(map(str, self.pair))})"

    def headline(self) -> str:
        """Return the verdict and the shares of answers in one sentence."""
        if self.reason:
            return f"{self.name} is undecided, since {self.reason}."
        said = " and ".join(
            f"{share:.0%} {what}" for what, share in self.shares.items()
        )
        return f"{self.name} is {self.verdict}: {said}."

    @property
    def shares(self) -> dict[str, float]:
        """The shares of answers that the verdict compares, by name."""
        if self.labelled:
            mirror = {"label of its mirror": float(self.rates.symmetric)}
        else:
            mirror = {"as its mirror": self.commutativity}
        return {"inferential": float(self.rates.inferential)} | mirror


def unseen_pair(
    model: TransformerLike,
    task: AnchorTask,
    pair: tuple[int, int],
    *,
    worst: float,
    key: Key[Array, ""],
    size: int,
) -> UnseenPair:
    """Return how a transformer answers an unseen pair.

    Args:
        model: A `Transformer` or any `View`.
        task: A task with two anchors in a row.
        pair: The pair.
        worst: Accuracy on the seen pair with the lowest accuracy.
        key: Random key of the sequences.
        size: Number of sequences.
    """
    batch = task.batch(key, size, ",".join(map(str, pair)))
    labelled = pair[::-1] not in task.unseen
    differs = np.asarray(batch.meta["inferential"] != batch.meta["symmetric"])
    reason = _ITSELF if pair == pair[::-1] else ""
    if labelled and not differs.any():
        reason = _ALIKE
    kept = differs if labelled and differs.any() else np.ones(size, bool)
    given, batch = jax.tree.map(
        lambda leaf: jnp.asarray(np.asarray(leaf)[kept]),
        (answers(model, batch.tokens), batch),
    )
    rates = rates_of(given, batch)
    same = float(commutativity(model, task, pair, key=key, size=size))
    shares = worst, float(rates.inferential), float(rates.symmetric), same
    named = SOLUTIONS[solution(*shares, labelled=labelled)]
    verdict = "undecided" if reason else named
    return UnseenPair(pair, verdict, reason, labelled, rates, same)


def behaviour(worst: float, unseen: Sequence[UnseenPair]) -> Behaviour:
    """Return the verdict on all unseen pairs together.

    It is `unfit` where a seen pair is, else that of the pairs that are decided if they
    have one verdict, and `mixed` if they have several.
    """
    if worst < FIT:
        return "unfit"
    found: set[Behaviour] = {pair.verdict for pair in unseen if not pair.reason}
    if len(found) > 1:
        return "mixed"
    return found.pop() if found else "undecided"
