"""The thresholds of a verdict."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Criterion:
    """The thresholds of a verdict; choose them before you see the results.

    Attributes:
        fit: For regression: share of the baseline, the loss of the best constant
            prediction, at which a set counts as fitted.
        accuracy: For classification: training accuracy at which the training set counts
            as fitted.
        share: Share of the best test accuracy from which on a run generalises; for
            regression the share of the best of 1 - loss / baseline, unless the test set
            counts as fitted.
        ascent: Test loss over its first value from which on it counts as an ascent.
        delay: Time of generalising over time of fitting that counts as a delay.
        settled: Share of the run; a level that is first reached later is not settled.
        gain: Share of what was missing; a run that gains less over the second half of
            the time shows no trend, and one that loses more has lost what it had.
        half: Position between the baseline (0) and perfection (1) that a run which
            generalises has to reach; below it, one without a trend has memorised.

    Examples:
        >>> import pandas as pd
        >>> steps = [0, 10, 20, 40, 80, 160]
        >>> train, test = [1, 0.2, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0]
        >>> log = pd.DataFrame({"step": steps, "train_loss": train, "val_loss": test})
        >>> for delay in (2.0, 8.0):
        ...     rule = sf.spectra.Criterion(delay=delay)
        ...     sf.spectra.judge_curves([log], baseline=1.0, criterion=rule).word.item()
        ...
        'delayed'
        'none'
    """

    fit: float = 0.1
    accuracy: float = 0.99
    share: float = 0.95
    ascent: float = 1.02
    delay: float = 2.0
    settled: float = 0.8
    gain: float = 0.1
    half: float = 0.5
