"""A test whether recovery has positive probability or happens on a null set only."""

import dataclasses
import math
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from suffice._core import Result

Verdict = Literal["measure zero", "positive measure", "undecided"]
BETWEEN = 0.15  # bound of slopes: about 1/2 for null sets (measured 0.45), else 0


@dataclasses.dataclass(frozen=True)
class Scaling(Result):
    """How the fraction of runs below a tolerance decreases with the tolerance.

    Attributes:
        verdict: `measure zero` where the whole interval of the slope is above 0.15,
            `positive measure` where it is below, else `undecided`.
        slope: `log P(loose) - log P(tight)` over `log loose - log tight`.
        low: Lower end of the interval of the slope.
        high: Upper end of this interval.
        runs: Number of runs.
        loose: Number of runs with an error below the loose tolerance.
        tight: Number of runs with an error below the tight tolerance.
        tolerances: The two tolerances, loose first.
        confidence: Confidence level of the interval.
    """

    verdict: Verdict
    slope: float
    low: float
    high: float
    runs: int
    loose: int
    tight: int
    tolerances: tuple[float, float]
    confidence: float

    def headline(self) -> str:
        """Return the verdict in one sentence."""
        counts = (
            f"of {self.runs} runs {self.loose} come within {self.tolerances[0]:g} and "
            f"{self.tight} within {self.tolerances[1]:g}"
        )
        if self.verdict == "undecided":
            return f"Undecided: {counts}; more runs are needed."
        chance = (
            "probability zero"
            if self.verdict == "measure zero"
            else ("positive probability")
        )
        return f"Recovery has {chance}: {counts}."

    def shown(self) -> dict[str, Any]:
        """Return the slope with its interval."""
        return {"slope": self.slope, "interval": f"{self.low:.3g} to {self.high:.3g}"}


def tolerance_scaling(
    errors: Float[np.ndarray, " runs"],
    *,
    tolerances: tuple[float, float] = (1e-5, 1e-8),
    confidence: float = 0.95,
) -> Scaling:
    """Decide whether recovery has positive probability or happens on a null set only.

    Near a null set of recovering initialisations the error grows like a power of the
    distance, so the fraction of runs below a tolerance falls like a power of the
    tolerance. For an open set of initialisations the fraction does not change. Given
    the number of runs below the loose tolerance, the number below the tight one is
    binomial, which gives the interval.

    Args:
        errors: Relative test errors of independent runs; NaN counts as a large error.
        tolerances: Loose and tight tolerance. The tight one must be well above the
            numerical errors of runs that recover.
        confidence: Confidence level of the Wilson interval of the slope, between 0 and
            1.

    Returns:
        The verdict and the slope with its interval.

    Raises:
        ValueError: There are no runs, or the tolerances do not decrease.

    Source:
        Derived and verified here, on the initialisations of arXiv:2405.13787.

    Examples:
        >>> print(sf.recovery.tolerance_scaling(np.logspace(-9, -1, 60)).headline())
        Undecided: of 60 runs 30 come within 1e-05 and 8 within 1e-08; more runs are
        needed.
    """
    loose, tight = tolerances
    if not 0 < tight < loose:
        raise ValueError(f"tolerances is {tolerances}; expected loose > tight > 0.")
    if not len(errors):
        raise ValueError("errors is empty; expected at least one run.")
    k_loose, k_tight = int(np.sum(errors < loose)), int(np.sum(errors < tight))
    span = math.log(loose / tight)
    if not k_loose:
        conclusion = ("undecided", math.nan, -math.inf, math.inf)
    else:
        from scipy.stats import binomtest  # slow, and only this answer needs it

        ends = binomtest(k_tight, k_loose).proportion_ci(confidence, method="wilson")
        low, high = _slope(ends.high, span), _slope(ends.low, span)
        verdict = "measure zero" if low > BETWEEN else "undecided"
        verdict = "positive measure" if high < BETWEEN else verdict
        conclusion = (verdict, _slope(k_tight / k_loose, span), low, high)
    return Scaling(*conclusion, len(errors), k_loose, k_tight, tolerances, confidence)


def _slope(share: float, span: float) -> float:
    return math.inf if share <= 0 else max(0.0, -math.log(share) / span)
