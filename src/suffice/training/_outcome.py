"""The reason why a run stopped, as a small integer for batches and stored files."""

import enum
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int


class Outcome(enum.IntEnum):
    """The reason why a fit or a training run stopped.

    The codes are stored in files: new ones are appended, and none is ever changed.
    Each outcome has a `sentence` about what happened and a `remedy`. Its `words` are
    used in counts and legends; `tested` replaces them where the function has been
    compared with the target on test inputs and differs from it.

    Attributes:
        out_of_steps: The limit on steps or on flow time was reached.
        stationary: Nothing is left to gain although the residual is positive, as with
            noisy data: the linearised flow would no longer change the function. In
            `fit`, or where the gradient is zero, it may be a saddle.
        fitted: The residual is zero: up to rounding in `fit`; in `train`, the loss is
            within its tolerance and the function has stopped moving.
        stalled: No step, however short, lowers the objective, because rounding errors
            dominate before the gradient test is met.
        diverged: The outputs are not finite at the start, or became so.
        recovered: The function is the target on the test inputs; it may be fitted or
            not.
        kinked: The path met a kink of the function, as those of ReLU, at which the
            gradients on both sides point at each other.
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
        "Nothing is left to gain: gradient flow would not change the function any "
        "more, although the residual is not zero.",
        "Try other starts or a wider network, unless the data are noisy.",
        "stationary, not fitted",
    )
    fitted = (
        2,
        "fitted",
        "The residual is zero within the tolerance.",
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
    kinked = (
        6,
        "met a kink",
        "The path met a kink of the function, where the gradient jumps and does not "
        "determine how the path continues.",
        "Use GradientDescent with a small learning rate; its steps are defined there.",
        "met a kink, not fitted",
    )

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
    """The outcomes that occur, in the order of their codes, with their counts."""
    for outcome in Outcome:
        if count := int(np.sum(codes == outcome)):
            yield outcome, count


def tally(codes: Int[np.ndarray, " runs"]) -> str:
    """The counts of outcomes in words, such as `2 out of steps, 40 fitted`."""
    return ", ".join(f"{count} {outcome.words}" for outcome, count in ended(codes))


def remedies(codes: Int[np.ndarray, " runs"]) -> dict[str, str]:
    """The explanation and the remedy of each outcome that has a remedy."""
    return {
        outcome.words: f"{outcome.sentence} {outcome.remedy}"
        for outcome, _ in ended(codes)
        if outcome.remedy
    }
