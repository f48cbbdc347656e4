"""Losses and accuracies of one run, with the times of fitting and generalising."""

import dataclasses
from functools import cached_property

import numpy as np

from ._criterion import Criterion
from ._levels import fluctuation, HeldLevel, steady

CLEAR = 4.0  # standard deviations of a loss from one record to the next


@dataclasses.dataclass(frozen=True)
class Curves:
    """Losses and accuracies of one run, and the times derived from them.

    Scores are accuracies, or 1 - loss / baseline; they are one at best, and `chance` is
    the score of a constant prediction.

    Attributes:
        at: The steps.
        train: Training losses.
        test: Test losses.
        chance: Accuracy of always naming the most frequent class; 0 for regression.
        baseline: Loss of the best constant prediction.
        rule: The thresholds.
        train_accuracy: Training accuracies; None for regression.
        test_accuracy: Test accuracies; None for regression.
    """

    at: np.ndarray
    train: np.ndarray
    test: np.ndarray
    chance: float
    baseline: float
    rule: Criterion
    train_accuracy: np.ndarray | None = None
    test_accuracy: np.ndarray | None = None

    @cached_property
    def diverged(self) -> bool:
        """Whether a loss is not finite."""
        return not np.isfinite([self.train, self.test]).all()

    @cached_property
    def last(self) -> float:
        """The last step before a loss is not finite."""
        bad = np.flatnonzero(~np.isfinite([self.train, self.test]).all(0))
        return float(self.at[max(bad[0] - 1, 0)] if bad.size else self.at[-1])

    @cached_property
    def train_score(self) -> np.ndarray:
        """Steady scores on the training set."""
        return steady(self._score(self.train, self.train_accuracy))

    @cached_property
    def test_score(self) -> np.ndarray:
        """Steady scores on the test set."""
        return steady(self._score(self.test, self.test_accuracy))

    @property
    def trend(self) -> bool:
        """Whether the test score grows, after fitting and in the last half of the run.

        The last record counts by itself: one that is good may be the first of many.
        """
        since = max(self.fit, self.at[-1] / 2)
        start = self.test_score[np.searchsorted(self.at, since, side="right") - 1]
        if self.test_accuracy is not None:
            start = max(start, self.chance)  # a gain up to chance is none
        last = self._score(self.test, self.test_accuracy)[-1]
        end = max(self.test_score[-1], last)
        return bool(end - start >= self.rule.gain * (1 - start))

    @property
    def fitted(self) -> HeldLevel:
        """The level at which the training set is fitted; lost at twice the error."""
        enter = self._perfect
        return HeldLevel(enter, 2 * enter - 1)

    @cached_property
    def known(self) -> HeldLevel:
        """The level at which the test set counts as known, from the best of the run."""
        best, rule = float(self.test_score.max()), self.rule
        enter = min(self._perfect, rule.share * best)
        return HeldLevel(
            enter, min(2 * enter - best, best - rule.gain * (1 - self.chance))
        )

    @cached_property
    def fit_record(self) -> int | None:
        """The record from which on the training set is fitted."""
        return None if self.diverged else self.fitted.held(self.train_score)

    @cached_property
    def known_record(self) -> int | None:
        """The record from which on the test set is known, settled or not."""
        if self.diverged or self.position(self.test_score.max()) < self.rule.half:
            return None
        return self.known.held(self.test_score)

    @property
    def fit(self) -> float:
        """The step from which on the training set is fitted; infinite for never."""
        return self._step(self.fit_record)

    @property
    def generalises(self) -> float:
        """The step of generalisation; infinite where not reached or not settled."""
        return self._step(self.known_record) if self.settled else np.inf

    @property
    def settled(self) -> bool:
        """Whether the level of generalising cannot rise with a longer run."""
        early = self._step(self.known_record) < self.rule.settled * self.at[-1]
        return bool(early or self.test_score[-1] >= self._perfect)

    @property
    def lost(self) -> bool:
        """Whether the test set was better known before, and was lost for good.

        Accuracies of few inputs fluctuate about chance: they count from halfway on.
        """
        end, best = self.test_score[-1], self.test_score.max()
        regression = self.test_accuracy is None
        least = self.rule.gain if regression else self.rule.half
        return bool(end < self.known.leave and self.position(best) >= least)

    @property
    def lost_step(self) -> float:
        """The step at which the test set was lost for good; nan where it was not."""
        if self.diverged or not self.lost:
            return np.nan
        return float(
            self.at[np.flatnonzero(self.test_score >= self.known.enter)[-1] + 1]
        )

    @property
    def delay(self) -> float:
        """Time of generalising over time of fitting."""
        if self.fit_record is None:
            return np.nan
        return max(self.generalises, self.unit) / max(self.fit, self.unit)

    @cached_property
    def unit(self) -> float:
        """One step, or less where the steps are fractions, as of an epoch."""
        return min(1.0, float(np.diff(self.at).min(initial=1.0)))

    @cached_property
    def rise(self) -> np.ndarray:
        """Test losses over the first one, as far as the training loss rose less.

        Losses below the one of a fitted set count as that one.
        """
        with np.errstate(invalid="ignore"):  # losses of a run that diverged
            return self._growth(self.test) / np.maximum(1, self._growth(self.train))

    @cached_property
    def train_growth(self) -> np.ndarray:
        """Training losses over the first one, or over the one of a fitted set."""
        return self._growth(self.train)

    @property
    def rises(self) -> bool:
        """Whether the test loss is above its first value at two records in a row.

        Where losses fluctuate from record to record, as those of mini-batches do, a
        rise has to stand out by four standard deviations: the first value fluctuates
        too.
        """
        least = np.log(self.rule.ascent) + CLEAR * self._noise
        high = np.log(self.rise) >= least
        return bool((high[1:] & high[:-1]).any())

    @property
    def _noise(self) -> float:
        """How much logarithms of test losses fluctuate, where the set is not known."""
        growth = self._growth(self.test)
        return fluctuation(np.log(growth), growth > growth.min())

    def position(self, score: float) -> float:
        """Return where a score lies between chance (0) and perfection (1)."""
        return float((score - self.chance) / (1 - self.chance))

    def span(self, record: int) -> tuple[float, float]:
        """Return the first and the last step at which a level may have been reached."""
        high = float(self.at[record])
        if record == 0:
            return (0.0, high)
        return float(self.at[record - 1]) + self.unit, high

    @property
    def _perfect(self) -> float:
        regression = self.train_accuracy is None
        return 1 - self.rule.fit if regression else self.rule.accuracy

    def _score(self, loss: np.ndarray, accuracy: np.ndarray | None) -> np.ndarray:
        return 1 - loss / self.baseline if accuracy is None else accuracy

    def _growth(self, loss: np.ndarray) -> np.ndarray:
        floor = self.rule.fit * self.baseline
        return np.maximum(loss, floor) / max(loss[0], floor)

    def _step(self, record: int | None) -> float:
        return np.inf if record is None else float(self.at[record])
