"""Sample sizes at which the theory expects the learning curve to change."""

import dataclasses

from suffice._core import Result

from ._candidates import parameters
from ._width import WidthCurve


@dataclasses.dataclass(frozen=True)
class SampleSizeThreshold(Result):
    """A number of samples at which something changes according to the theory.

    Attributes:
        name: Model and kind of the threshold.
        n: Number of samples.
        meaning: What changes at this number of samples.
        source: Where this is proved or verified.
    """

    name: str
    n: int
    meaning: str
    source: str

    def headline(self) -> str:
        """Return the threshold in one sentence."""
        return f"{self.n} samples, {self.name}: {self.meaning}."


def thresholds(widths: WidthCurve, inputs: int) -> tuple[SampleSizeThreshold, ...]:
    """Return the thresholds of the chosen model, and of a network twice as wide."""
    if widths.width == 0:
        return (_own(widths),)
    k, wide = widths.width, 2 * widths.width
    return (
        _own(widths),
        SampleSizeThreshold(
            f"{widths.name}, one fit",
            widths.size + 1,
            "almost every sample of this size has one fit of this width only",
            "arXiv:2309.00508; the count is derived and verified here",
        ),
        SampleSizeThreshold(
            f"width {wide}, same function",
            widths.size + wide - k,
            f"a network of width {wide}, twice as wide as needed, settles on the same "
            "function",
            "arXiv:2309.00508, Lemma 4.2; with biases derived and verified here",
        ),
        SampleSizeThreshold(
            f"width {wide}, parameters",
            parameters(wide, inputs),
            f"a network of width {wide} has no more parameters than samples",
            "arXiv:2307.08921",
        ),
    )


def _own(widths: WidthCurve) -> SampleSizeThreshold:
    return SampleSizeThreshold(
        f"{widths.name}, fewest",
        widths.size,
        "fewer samples never determine the function, this many can",
        "arXiv:2406.18035, Theorem 1",
    )
