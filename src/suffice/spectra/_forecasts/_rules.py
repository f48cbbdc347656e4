"""The rules that decide the verdict of a forecast from its indices."""

import dataclasses
import functools
import math
from typing import Literal

import numpy as np
from jaxtyping import Float

from suffice.spectra._classes import most_frequent
from suffice.spectra._records._criterion import Criterion

from ._scan import critical_scale, GOOD, ScalePoint
from ._sets import Labelled

Outlook = Literal[
    "label aliasing", "initial-function memorisation", "none", "undecided"
]
RISES = 0.98  # ascent index from which on the test loss counts as rising
MEMORISED = 0.9  # share of the best accuracy below which a model has only memorised
BAD = 0.6  # test loss, in variances of the labels, from which on it is bad
HALF = Criterion.half  # way from a constant to perfection of a set that is known
ERRORS = 3.0  # standard errors by which two scores must differ
WHEN = "when the training set is fitted with the features of the start"


@dataclasses.dataclass(frozen=True)
class Indices:
    """The computed indices and the rules that interpret them.

    Attributes:
        test: The test set.
        ascent: Test loss over its first value, when the training loss is at 0.9.
        scan: The plateau at every scale, that of the given parameters first; empty
            where the kernel cannot fit the training set.
    """

    test: Labelled
    ascent: float | None
    scan: tuple[ScalePoint, ...]

    @property
    def classes(self) -> bool:
        """Whether labels are classes."""
        return bool(self.scan) and self.scan[0].accuracy is not None

    @property
    def best(self) -> float | None:
        """The best plateau over scales: accuracy for classes, else loss."""
        if not self.scan:
            return None
        point = self.scan[self._best]
        return float(point.loss if point.accuracy is None else point.accuracy)

    @property
    def learnable(self) -> bool:
        """Whether the linearised network predicts the test set from some scale.

        Its score must be halfway from that of a constant to perfection, as in a
        `Verdict`, and beyond that of a constant by three standard errors.
        """
        if not self.scan:
            return False
        score, error = self._scores[self._best], self._errors[self._best]
        return bool(score >= HALF and score > ERRORS * error)

    @property
    def generalises(self) -> bool:
        """Whether it predicts the test set from the parameters as they are."""
        if not self.learnable or self._scores[0] < HALF:
            return False
        accuracy = self.scan[0].accuracy
        return accuracy is None or accuracy >= MEMORISED * (self.best or 0.0)

    @property
    def memorises(self) -> bool:
        """Whether it predicts the test set from smaller parameters only."""
        if not self.learnable or self.generalises:
            return False
        start, best, accuracy = self.scan[0], self.best or 0.0, self.scan[0].accuracy
        if accuracy is None and not (start.loss >= BAD and start.loss > 2 * best):
            return False
        error = math.hypot(self._errors[0], self._errors[self._best])
        return bool(self._scores[self._best] - self._scores[0] > ERRORS * error)

    @property
    def critical(self) -> float | None:
        """The critical scale; None where no scale or only the smallest generalises."""
        if not self.classes or not self.learnable or self.unresolved:
            return None
        return critical_scale(self._scales, self._accuracies)

    @property
    def unresolved(self) -> bool:
        """Whether accuracy is good at the smallest of several scales only."""
        if not self.classes or not self.learnable or len(self.scan) == 1:
            return False
        good = self._accuracies >= GOOD * np.nanmax(self._accuracies)
        return not good[:-1].any()

    def verdict(self) -> tuple[Outlook, str]:
        """Return the verdict and its reason."""
        if self.ascent is not None and self.ascent >= RISES:
            return "label aliasing", (
                "the test loss is at "
                f"{self.ascent:.3g} of its first value when the training loss is at 0.9"
            )
        if self.best is None:
            return "undecided", "the features of the start cannot fit the training set"
        start = self.scan[0]
        now = start.loss if start.accuracy is None else start.accuracy
        if start.accuracy is None:
            end = f"test loss {now:.2g} variances {WHEN}"
        else:
            end = f"test accuracy {now:.2g} {WHEN}"
        if self.generalises:
            return "none", end
        reason = f"{end}, {self.best:.2g} from smaller parameters"
        if self.memorises:
            return "initial-function memorisation", reason
        if self.learnable:
            return "undecided", f"{reason}, which is not clearly better"
        return "undecided", f"{end}, {self.best:.2g} at best{self._chance}"

    def decided_by(self, weight_decay: float, rate: float | None) -> str:
        """Return the measurement that would decide; empty where nothing is open."""
        if self.verdict()[0] != "undecided":
            return ""
        if self.learnable:
            return "more test samples, or a start that is clearly smaller or larger"
        wait = ""
        if weight_decay and rate is not None:
            steps = _about(1 / (weight_decay * rate))
            wait = f", after many times the {steps} steps of weight decay"
        return (
            f"a training, by its test set long after the training set is fitted{wait}: "
            "whether it learns features that generalise is not seen before"
        )

    def decay_steps(self, weight_decay: float, rate: float | None) -> float | None:
        """Return the step at which weight decay reaches the critical scale, or None."""
        if self.critical is None or not weight_decay or rate is None:
            return None
        return math.log(1.0 / self.critical) / (rate * weight_decay)

    def generalisation(
        self, weight_decay: float, rate: float | None, fit_steps: int | None
    ) -> tuple[float | None, str]:
        """Return the step at which the test set is predicted, and a text about it."""
        lazily = not weight_decay or not self.classes
        if self.critical == 1.0 or (lazily and self.generalises):
            step = None if fit_steps is None else float(fit_steps)
            return step, "with the training set"
        steps = self.decay_steps(weight_decay, rate)
        if steps is None:
            return None, f"not predicted: {self._open(weight_decay)}"
        shrunk = f"when parameters have shrunk to {self.critical:.2g} of their size"
        if fit_steps is None:
            return steps, (
                f"near step {_about(steps)}, {shrunk}, or with the training set if "
                "that is fitted later"
            )
        if fit_steps >= steps:
            return float(fit_steps), f"with the training set, at step {fit_steps}"
        return steps, f"near step {_about(steps)}, {shrunk}"

    def _open(self, weight_decay: float) -> str:
        """Return why the step of generalisation is not known."""
        if not self.learnable:
            return (
                "the tangent kernel generalises at no scale, so that features would "
                "have to be learned"
            )
        if not weight_decay:
            return (
                "no index tells whether a training set that was memorised without "
                "weight decay generalises later"
            )
        if not self.classes:
            return "the time under weight decay is known for classes only"
        return (
            "accuracy still grows at the smallest scale of the scan; give smaller "
            "scales"
        )

    @functools.cached_property
    def _constant(self) -> float:
        """Accuracy of always naming the most frequent class; below one."""
        return min(most_frequent(self.test.y), 1.0 - 1e-9)

    @property
    def _chance(self) -> str:
        """Return the result of a constant in words."""
        return f" and {self._constant:.2g} by chance" if self.classes else ""

    @property
    def _best(self) -> int:
        return int(np.nanargmax(self._scores))

    @property
    def _scores(self) -> Float[np.ndarray, " k"]:
        """Plateaus on the way from a constant prediction, 0, to perfection, 1."""
        if not self.classes:
            return np.array([1.0 - point.loss for point in self.scan])
        return (self._accuracies - self._constant) / (1.0 - self._constant)

    @property
    def _errors(self) -> Float[np.ndarray, " k"]:
        """Standard errors of the scores; shares are smoothed by two samples."""
        if not self.classes:
            return np.array([point.loss_error for point in self.scan])
        n = len(self.test.y)
        share = (n * self._accuracies + 1) / (n + 2)
        return np.sqrt(share * (1 - share) / n) / (1.0 - self._constant)

    @property
    def _scales(self) -> Float[np.ndarray, " k"]:
        return np.array([point.scale for point in self.scan])

    @property
    def _accuracies(self) -> Float[np.ndarray, " k"]:
        return np.array([point.accuracy for point in self.scan], float)


def _about(steps: float) -> str:
    """Return a number of steps with three digits."""
    return f"{float(f'{steps:.3g}'):.0f}"
