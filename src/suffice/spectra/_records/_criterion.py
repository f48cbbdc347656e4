"""The thresholds of a verdict."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Criterion:
    """The thresholds of a verdict; choose them before you see the results.

    Attributes:
        fit: For regression: share of the first loss at which a set counts as fitted.
        accuracy: For classification: training accuracy at which the training set counts
            as fitted.
        share: Share of the best test accuracy from which on a run generalises.
        ascent: Test loss over its first value from which on it counts as an ascent.
        delay: Time of generalising over time of fitting that counts as a delay.
        settled: Share of the run; a level that is first reached later is not settled.
        gain: Share of the possible gain in test accuracy after fitting; a run that
            gains less shows no trend.
        half: Position between chance (0) and 1 of the test accuracy below which a run
            without a trend has memorised.
    """

    fit: float = 0.1
    accuracy: float = 0.99
    share: float = 0.95
    ascent: float = 1.02
    delay: float = 2.0
    settled: float = 0.8
    gain: float = 0.1
    half: float = 0.5
