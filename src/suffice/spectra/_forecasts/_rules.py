"""The rules that decide the verdict of a forecast from its indices."""

import dataclasses
import math
from typing import Literal

import numpy as np
from jaxtyping import Float

from suffice.spectra._classes import most_frequent

from ._scan import critical_scale, GOOD, ScalePoint
from ._sets import Labelled

Outlook = Literal["label aliasing", "initial-function memorisation", "none"]
RISES = 0.98  # ascent index from which on the test loss counts as rising
MEMORISED = 0.9  # share of the best accuracy below which a model has only memorised
BAD = 0.6  # test loss, in variances of the labels, from which on it is bad
WHEN = "when the training set is fitted"
ERRORS = 3.0  # standard errors by which an accuracy must exceed that of one class


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
        if self.classes:
            return float(np.nanmax(self._accuracies))
        return float(np.nanmin([point.loss for point in self.scan]))

    @property
    def learnable(self) -> bool:
        """Whether some scale is better than always naming the most frequent class."""
        if not self.classes or self.best is None:
            return False
        common = most_frequent(self.test.y)
        error = math.sqrt(max(common * (1 - common), 1e-12) / len(self.test.y))
        return self.best > common + ERRORS * error

    @property
    def critical(self) -> float | None:
        """The critical scale; None where no scale or only the smallest generalises."""
        if not self.learnable or self.unresolved:
            return None
        return critical_scale(self._scales, self._accuracies)

    @property
    def unresolved(self) -> bool:
        """Whether accuracy is good at the smallest of several scales only."""
        if not self.learnable or len(self.scan) == 1:
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
            return "none", "the tangent kernel cannot fit the training set"
        start, best = self.scan[0], self.best
        accuracy = start.accuracy
        if accuracy is None:
            end = f"test loss {start.loss:.2g} variances {WHEN}"
            memorised = start.loss >= BAD and start.loss > 2 * best
        else:
            end = f"test accuracy {accuracy:.2g} {WHEN}"
            memorised = accuracy < MEMORISED * best
        if memorised:
            reason = f"{end}, {best:.2g} from smaller parameters"
            return "initial-function memorisation", reason
        return "none", end

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
        if self.critical == 1.0 or (lazily and self._fits_both):
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

    @property
    def _fits_both(self) -> bool:
        """Whether the test set is predicted well when the training set is fitted."""
        if self.best is None:
            return False
        accuracy = self.scan[0].accuracy
        if accuracy is None:
            return self.scan[0].loss < BAD
        return self.learnable and accuracy >= MEMORISED * self.best

    def _open(self, weight_decay: float) -> str:
        """Return why the step of generalisation is not known."""
        if not weight_decay:
            return (
                "no index tells whether a training set that was memorised without "
                "weight decay generalises later"
            )
        if self.scan and not self.classes:
            return "the time under weight decay is known for classes only"
        if self.unresolved:
            return (
                "accuracy still grows at the smallest scale of the scan; give smaller "
                "scales"
            )
        return (
            "the tangent kernel generalises at no scale, so that features would have "
            "to be learned"
        )

    @property
    def _scales(self) -> Float[np.ndarray, " k"]:
        return np.array([point.scale for point in self.scan])

    @property
    def _accuracies(self) -> Float[np.ndarray, " k"]:
        return np.array([point.accuracy for point in self.scan], float)


def _about(steps: float) -> str:
    """Return a number of steps with three digits."""
    return f"{float(f'{steps:.3g}'):.0f}"
