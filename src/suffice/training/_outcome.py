"""Why a run stopped, as a small integer that a batch can carry and a store can hold."""

import enum
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int


class Outcome(enum.IntEnum):
    """Why a fit or a training run stopped. Codes are stored: append, never renumber.

    Every outcome says in `sentence` what happened and in `remedy` what to do about it;
    `words` are for counts and legends, `tested` those where test inputs have decided
    that the function is not the target.

    Attributes:
        out_of_steps: The limit on steps or on flow time came first.
        stationary: The gradient vanishes relative to the residual: a minimum (or, more
            rarely, a saddle) with a positive residual, as fits to noisy data have.
        fitted: The residual is zero: to rounding in `fit`, to the loss tolerance and
            with no movement of the function left to come in `train`.
        stalled: No step, however short, lowers the objective: rounding level reached
            before the gradient test was met.
        diverged: The start gives outputs that are not finite, or descent left the
            finite numbers.
        recovered: Fitted or not, the function is the target on the test inputs.
    """

    words: str
    tested: str
    sentence: str
    remedy: str

    out_of_steps = (
        0,
        "out of steps",
        "The limit on steps or on time came first.",
        "Raise the limit: the loss may still fall.",
    )
    stationary = (
        1,
        "stationary",
        "The gradient vanishes although the residual does not.",
        "Try other starts or a wider network, unless the data are noisy.",
        "stationary, not fitted",
    )
    fitted = (
        2,
        "fitted",
        "The residual is zero up to rounding.",
        "",
        "fitted another function",
    )
    stalled = (
        3,
        "stalled",
        "Rounding errors keep every step from lowering the loss.",
        "Scale inputs and targets to about 1, or accept this loss.",
    )
    diverged = (
        4,
        "diverged",
        "The outputs are not finite at the start, or became so.",
        "Lower the learning rate or the scale of the start.",
    )
    recovered = (5, "recovered", "The function is the target on the test inputs.", "")

    def __new__(
        cls, code: int, words: str, sentence: str, remedy: str, tested: str = ""
    ):  # no return type: the type checker of the tests refuses Self in a class body
        """A member whose value is its code."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.words, member.tested = words, tested or words
        member.sentence, member.remedy = sentence, remedy
        return member


def ended(codes: Int[np.ndarray, " runs"]) -> Iterator[tuple[Outcome, int]]:
    """The outcomes that occur, in the order of their codes, and how often."""
    for outcome in Outcome:
        if count := int(np.sum(codes == outcome)):
            yield outcome, count


def tally(codes: Int[np.ndarray, " runs"]) -> str:
    """How many runs ended how, such as `2 out of steps, 40 fitted`."""
    return ", ".join(f"{count} {outcome.words}" for outcome, count in ended(codes))


def remedies(codes: Int[np.ndarray, " runs"]) -> dict[str, str]:
    """What happened and what to do, for every outcome that asks for something."""
    return {
        outcome.words: f"{outcome.sentence} {outcome.remedy}"
        for outcome, _ in ended(codes)
        if outcome.remedy
    }
