"""Where the theory expects the learning curve to change."""

import dataclasses

from suffice._core import Result

from ._candidates import parameters
from ._width import WidthCurve


@dataclasses.dataclass(frozen=True)
class SampleSizeThreshold(Result):
    """A number of samples that the theory singles out.

    Attributes:
        name: What it belongs to.
        n: Number of samples.
        meaning: What happens there.
        source: Where it is proved or verified.
    """

    name: str
    n: int
    meaning: str
    source: str

    def headline(self) -> str:
        """The threshold in one sentence."""
        return f"{self.n} samples, {self.name}: {self.meaning}."


def thresholds(widths: WidthCurve, inputs: int) -> tuple[SampleSizeThreshold, ...]:
    """The thresholds of the chosen model, in increasing order."""
    if widths.width == 0:
        return (_own(widths),)
    k, wide = widths.width, 2 * widths.width
    return (
        _own(widths),
        SampleSizeThreshold(
            f"{widths.name}, unique",
            widths.size + 1,
            "almost every sample of this size has one fit of this width only",
            "arXiv:2309.00508; the count is derived and verified here",
        ),
        SampleSizeThreshold(
            f"width {wide}, separation",
            widths.size + wide - k,
            f"a network of width {wide} recovers the function stably, its extra "
            "neurons switched off",
            "arXiv:2309.00508, Lemma 4.2; with biases derived and verified here",
        ),
        SampleSizeThreshold(
            f"width {wide}, parameters",
            parameters(wide, inputs),
            f"a network of width {wide} is no longer overparameterised",
            "arXiv:2307.08921",
        ),
    )


def _own(widths: WidthCurve) -> SampleSizeThreshold:
    return SampleSizeThreshold(
        f"{widths.name}, optimistic",
        widths.size,
        "fewer samples never determine the function, this many can",
        "arXiv:2406.18035, Theorem 1",
    )
