"""The verdict on every run: a word, and the numbers behind it."""

import collections
import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped

from suffice._core import Result
from suffice._core.literature import bases

from ._criterion import Criterion
from ._kaplan_meier import Survival


@dataclasses.dataclass(frozen=True, eq=False)
class Verdict(Result):
    """Whether and when every run fits the training set and generalises.

    `O` is the largest test loss over the first one, and `R` is the time of generalising
    over the time of fitting. The words are `none`; `ascent` (`O` is at least 1.02, at
    two records in a row); `delayed` (`R` is at least 2); `both`; `memorised` (the
    training set is fitted, and the test accuracy or loss shows no trend towards
    generalising); `undecided` (the run ended too early); `diverged`.

    In regression a set is fitted, and a run generalises, at the first record whose loss
    is a tenth of its first value. In classification the training set is fitted at
    accuracy 0.99, and a run generalises at 95 % of its best test accuracy. A level that
    is first reached in the last fifth of the run is not settled, since the accuracy may
    still be rising. Where generalisation is not reached or not settled, the run is
    censored: `R` is infinite, and the time is longer than the run.

    Attributes:
        word: The word for each run.
        ascent: `O` for each run.
        ascent_step: Step of the largest test loss.
        ascent_train: Training loss at this step over its first value. A value below 1
            means that the training loss falls during the ascent.
        fit_step: Step at which the training set was fitted; infinite for never.
        step: Step at which the run generalised; infinite where censored.
        delay: `R` for each run; nan where the training set was never fitted.
        censored: Whether only a lower bound of the time of generalising is known.
        accuracy: Best test accuracy; nan for regression.
        last_accuracy: Test accuracy at the last step; nan for regression.
        last_step: The last step.
        survival: Kaplan-Meier estimate of the time of generalising over the runs.
        criterion: The thresholds.

    Source:
        arXiv:2405.17479 calls all of these grokking; the numbers are defined here.
    """

    grounds = bases.VERDICTS

    word: Shaped[np.ndarray, " run"]
    ascent: Float[np.ndarray, " run"]
    ascent_step: Float[np.ndarray, " run"]
    ascent_train: Float[np.ndarray, " run"]
    fit_step: Float[np.ndarray, " run"]
    step: Float[np.ndarray, " run"]
    delay: Float[np.ndarray, " run"]
    censored: Bool[np.ndarray, " run"]
    accuracy: Float[np.ndarray, " run"]
    last_accuracy: Float[np.ndarray, " run"]
    last_step: int
    survival: Survival
    criterion: Criterion

    def headline(self) -> str:
        """Return how many runs have each word."""
        counts = collections.Counter(self.word.tolist()).most_common()
        runs = len(self.word)
        if runs == 1:
            return f"{counts[0][0]}: ascent {self.ascent[0]:.3g}, {self._delay(0)}."
        words = ", ".join(f"{count} {word}" for word, count in counts)
        return f"Of {runs} runs {words}."

    def shown(self) -> dict[str, Any]:
        """Return the numbers of a single run, or the ranges over several runs."""
        rows = {
            "ascent": self.ascent,
            "ascent_step": self.ascent_step,
            "ascent_train": self.ascent_train,
            "fit_step": self.fit_step,
            "generalises_at": self.step,
            "delay": self.delay,
            "best_accuracy": self.accuracy,
            "last_accuracy": self.last_accuracy,
        }
        shown: dict[str, Any] = {
            name: _range(values)
            for name, values in rows.items()
            if not np.isnan(values).all()
        }
        shown["censored"] = f"{int(self.censored.sum())} of {len(self.word)}"
        shown["last_step"] = self.last_step
        if len(self.word) > 1:
            shown["median_step"] = self.survival.headline()
        return shown

    def _delay(self, run: int) -> str:
        if np.isnan(self.delay[run]):
            return "training set not fitted"
        if self.censored[run]:
            bound = self.last_step / max(self.fit_step[run], 1)
            return f"delay above {bound:.3g} (censored)"
        return f"delay {self.delay[run]:.3g}"


def _range(values: np.ndarray) -> str:
    low, high = np.nanmin(values), np.nanmax(values)
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
