"""The verdict on every run: a word, and the numbers behind it."""

import collections
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped

from suffice._core import Result
from suffice._core.literature import bases

from ._criterion import Criterion
from ._curves import Curves
from ._kaplan_meier import kaplan_meier, Survival
from ._word import word_of


@dataclasses.dataclass(frozen=True, eq=False)
class Verdict(Result):
    """Whether and when every run fits the training set and generalises.

    `O` is the largest test loss over the first one, over the growth of the training
    loss where that grows too, and `R` is the time of generalising over the time of
    fitting. The words are

    - `none`: test follows train;
    - `ascent`: `O` is at least 1.02, at two records in a row, and stands out of the
      noise from record to record;
    - `delayed`: `R` is at least 2; `both`: and `O` is at least 1.02;
    - `memorised`: the training set is fitted, and the test accuracy or loss shows no
      trend towards generalising;
    - `overfits`: the test loss fell, or the accuracy rose, and it was lost for good
      while the training set was being fitted;
    - `collapsed`: the run generalised, and lost it again;
    - `undecided`: the run ended too early, or its records are too few;
    - `diverged`: a loss is not finite.

    Levels are relative to the *baseline*, the loss of the best constant prediction: for
    squared losses the variance of the training labels, for the cross-entropy the
    entropy of their classes. In regression a set is fitted, and a run generalises, at a
    tenth of it, or at 95 % of the best of 1 - loss / baseline. In classification the
    training set is fitted at accuracy 0.99, and a run generalises at 95 % of its best
    test accuracy. Either must be at least halfway between chance and perfection. The
    step is that from which on the level is held to the end: a level is lost at twice
    the distance, and medians of three records count, so that no single one decides. A
    relative level that is first reached in the last fifth of the run is not settled,
    since the accuracy may still be rising. Where generalisation is not reached or not
    settled, the run is censored: `R` is infinite, and the time is longer than the run.

    Attributes:
        run: Number or name of each run.
        word: The word for each run.
        reason: Why, in a few words, for each run.
        ascent: `O` for each run.
        ascent_step: Step of the largest test loss.
        ascent_train: Training loss at this step over its first value. A value below 1
            means that the training loss falls during the ascent.
        fit_step: Step from which on the training set was fitted; infinite for never.
        step: Step from which on the run generalised; infinite where censored.
        lost_step: Step at which the test set was lost for good; nan where it was not.
        delay: `R` for each run; nan where the training set was never fitted.
        censored: Whether only a lower bound of the time of generalising is known.
        accuracy: Best test accuracy; nan for regression.
        last_accuracy: Test accuracy at the last step; nan for regression.
        last_loss: Test loss at the last step, over the baseline.
        last_step: The last step of each run at which its losses are finite.
        survival: Kaplan-Meier estimate of the time of generalising over the runs.
        baseline: Loss of the best constant prediction.
        criterion: The thresholds.

    Source:
        arXiv:2405.17479 calls all of these grokking; the numbers are defined here.
    """

    grounds = bases.VERDICTS

    run: Shaped[np.ndarray, " run"]
    word: Shaped[np.ndarray, " run"]
    reason: Shaped[np.ndarray, " run"]
    ascent: Float[np.ndarray, " run"]
    ascent_step: Float[np.ndarray, " run"]
    ascent_train: Float[np.ndarray, " run"]
    fit_step: Float[np.ndarray, " run"]
    step: Float[np.ndarray, " run"]
    lost_step: Float[np.ndarray, " run"]
    delay: Float[np.ndarray, " run"]
    censored: Bool[np.ndarray, " run"]
    accuracy: Float[np.ndarray, " run"]
    last_accuracy: Float[np.ndarray, " run"]
    last_loss: Float[np.ndarray, " run"]
    last_step: Float[np.ndarray, " run"]
    survival: Survival
    baseline: float
    criterion: Criterion

    def headline(self) -> str:
        """Return how many runs have each word."""
        counts = collections.Counter(self.word.tolist()).most_common()
        runs = len(self.word)
        if runs == 1:
            return f"{self.word[0]}: {self.reason[0]}."
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
            "lost_at": self.lost_step,
            "delay": self.delay,
            "best_accuracy": self.accuracy,
            "last_accuracy": self.last_accuracy,
            "last_loss": self.last_loss,
            "last_step": self.last_step,
        }
        shown: dict[str, Any] = {
            name: _range(values)
            for name, values in rows.items()
            if not np.isnan(values).all()
        }
        shown["censored"] = f"{int(self.censored.sum())} of {len(self.word)}"
        if len(self.word) > 1:
            shown["median_step"] = self.survival.headline()
        return shown


def verdict_on(runs: Sequence[Curves], names: Sequence[int | str]) -> Verdict:
    """Return the verdict on the curves of runs, which have one criterion."""
    words, reasons = zip(*map(word_of, runs), strict=True)
    top = [0 if run.diverged else int(np.argmax(run.rise)) for run in runs]
    pairs = list(zip(runs, top, strict=True))
    step = np.array([run.generalises for run in runs])
    last = np.array([run.last for run in runs])
    censored = ~np.isfinite(step)
    accuracy = [run.test_accuracy for run in runs]
    return Verdict(
        run=np.array(names),
        word=np.array(words),
        reason=np.array(reasons),
        ascent=np.array([float(run.rise[k]) for run, k in pairs]),
        ascent_step=np.array([run.at[k] for run, k in pairs]),
        ascent_train=np.array([float(run.train_growth[k]) for run, k in pairs]),
        fit_step=np.array([run.fit for run in runs]),
        step=step,
        lost_step=np.array([run.lost_step for run in runs]),
        delay=np.array([run.delay for run in runs]),
        censored=censored,
        accuracy=np.array([np.nan if a is None else a.max() for a in accuracy]),
        last_accuracy=np.array([np.nan if a is None else a[-1] for a in accuracy]),
        last_loss=np.array([run.test[-1] / run.baseline for run in runs]),
        last_step=last,
        survival=kaplan_meier(np.where(censored, last, step), censored),
        baseline=runs[0].baseline,
        criterion=runs[0].rule,
    )


def _range(values: np.ndarray) -> str:
    low, high = np.nanmin(values), np.nanmax(values)
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
