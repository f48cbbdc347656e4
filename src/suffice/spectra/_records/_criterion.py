"""The thresholds of a verdict."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Criterion:
    """The thresholds of a verdict; choose them before looking.

    Attributes:
        fit: Share of the first loss at which a loss counts as fitted (regression).
        accuracy: Training accuracy at which the train set is fitted (classification).
        share: Share of the best test accuracy from which on a run generalises.
        ascent: Rise of the test loss over its first value that is an ascent.
        delay: Ratio of the times that is a delay.
        settled: Share of the run after which a level first reached is not settled yet.
        gain: Share of what was left to gain at the time of fitting; a run that gains
            less afterwards shows no trend.
        half: Test accuracy, between chance and one, below which a run without a trend
            has memorised.
    """

    fit: float = 0.1
    accuracy: float = 0.99
    share: float = 0.95
    ascent: float = 1.02
    delay: float = 2.0
    settled: float = 0.8
    gain: float = 0.1
    half: float = 0.5
