"""Losses and accuracies of one run, with the times of fitting and generalising."""

import dataclasses

import numpy as np

from ._criterion import Criterion


@dataclasses.dataclass(frozen=True)
class Curves:
    """Losses and accuracies of one run, and the numbers derived from them.

    Attributes:
        at: The steps.
        train: Training losses.
        test: Test losses.
        train_accuracy: Training accuracies; None for regression.
        test_accuracy: Test accuracies; None for regression.
        chance: Accuracy of always naming the most frequent class.
        rule: The thresholds.
    """

    at: np.ndarray
    train: np.ndarray
    test: np.ndarray
    train_accuracy: np.ndarray | None
    test_accuracy: np.ndarray | None
    chance: float
    rule: Criterion

    @property
    def diverged(self) -> bool:
        """Whether a loss is not finite."""
        return not np.isfinite([self.train, self.test]).all()

    @property
    def fit(self) -> float:
        """The step at which the training set is fitted; infinite for never."""
        if self.train_accuracy is not None:
            return self._first(self.train_accuracy >= self.rule.accuracy)
        return self._first(self.train <= self.rule.fit * self.train[0])

    @property
    def generalises(self) -> float:
        """The step of generalisation; infinite where not reached or not settled."""
        if self.diverged or self.memorised:
            return np.inf
        if self.test_accuracy is None:
            return self._first(self.test <= self.rule.fit * self.test[0])
        level = self.rule.share * self.test_accuracy.max()
        step = self._first(self.test_accuracy >= level)
        return step if step < self.rule.settled * self.at[-1] else np.inf

    @property
    def memorised(self) -> bool:
        """Whether the run is fitted and shows no trend towards generalising."""
        if not np.isfinite(self.fit):
            return False
        then = int(np.argmax(self.at >= self.fit))
        if self.test_accuracy is None:
            low = (self.test <= self.rule.fit * self.test[0]).any()
            trend = self.test[-1] < (1 - self.rule.gain) * self.test[then]
            return bool(not low and not trend)
        end = self.test_accuracy[-1]
        start = max(self.test_accuracy[then], self.chance)
        trend = end - start >= self.rule.gain * (1 - start)
        near_chance = end - self.chance < self.rule.half * (1 - self.chance)
        return bool(near_chance and not trend)

    @property
    def delay(self) -> float:
        """Time of generalising over time of fitting."""
        if not np.isfinite(self.fit):
            return np.nan
        return max(self.generalises, 1.0) / max(self.fit, 1.0)

    @property
    def rises(self) -> bool:
        """Whether the test loss is above its first value at two records in a row."""
        high = (self.test >= self.rule.ascent * self.test[0]) & (self.test > 0)
        return bool((high[1:] & high[:-1]).any())

    @property
    def word(self) -> str:
        """The verdict in one word, see `Verdict`."""
        if self.diverged:
            return "diverged"
        if self.memorised:
            return "memorised"
        known = min(self.generalises, self.at[-1]) / max(self.fit, 1.0)  # lower bound
        delayed = known >= self.rule.delay
        if self.rises:
            return "both" if delayed else "ascent"
        if delayed:
            return "delayed"
        return "none" if np.isfinite(self.generalises * self.fit) else "undecided"

    def _first(self, reached: np.ndarray) -> float:
        return float(self.at[np.argmax(reached)]) if reached.any() else np.inf
