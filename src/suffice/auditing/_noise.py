"""How large the noise of a table is: three estimates, and the one that is used."""

import dataclasses
from typing import Literal

import numpy as np
import scipy.stats

from suffice._core import lack_of_fit, Model, pure_error, Result

from ._candidates import predict_one
from ._standard import Standard
from ._width import WidthCurve

ENOUGH = 5  # degrees of freedom from which repeated measurements tell the noise
UNSTABLE = 3.0  # ratio of errors from which a fit is not settled
ENDS = (0.025, 0.975)  # probabilities at the ends of an interval
MISFIT = 0.01  # level of the test for lack of fit


@dataclasses.dataclass(frozen=True)
class NoiseEstimate(Result):
    """Three estimates of the noise, as standard deviations in the unit of the target.

    Where rows have weights, they are the standard deviation of a row of weight 1.

    Attributes:
        value: The estimate that is used.
        low: Lower end of an interval that holds the noise in 95 of 100 tables; without
            repeated measurements, if no description that was tried misses much.
        high: Upper end of this interval.
        source: Where it comes from: repeated measurements where they have at least five
            degrees of freedom, else the residuals where the fit is stable, else the
            errors on unseen samples.
        pure_error: Standard deviation of repeated measurements around their mean; None
            where no inputs are repeated.
        freedom: Degrees of freedom of `pure_error`: rows minus distinct inputs.
        residual: Standard deviation of the residuals; the number of parameters is
            subtracted from the degrees of freedom.
        unseen: Root mean square error on unseen samples.
        ratio: Mean square of `unseen` over the value that `residual` foretells for a
            well-determined linear fit; about 1 where fit and noise are consistent.
        lack_of_fit: Probability of a misfit this large by chance, by the F-test of
            the residuals against repeated measurements; None where it cannot be made,
            and for classes and counts.
        declared: Size of the measurement errors that came with the table, as the root
            of their harmonic mean square, which is the standard deviation of a row of
            weight 1; None without such errors.
        settled: Whether error and noise of the fit can be told apart.
    """

    value: float
    low: float
    high: float
    source: Literal["repeated measurements", "residuals", "unseen samples"]
    pure_error: float | None
    freedom: int
    residual: float
    unseen: float
    ratio: float
    lack_of_fit: float | None
    declared: float | None
    settled: bool

    def headline(self) -> str:
        """Return the noise in one sentence."""
        return f"The noise is about {self.value:.3g}, from {self.source}."


def noise_of(model: Model, data: Standard, widths: WidthCurve) -> NoiseEstimate:
    """Estimate the noise from repeats, from residuals and from unseen samples.

    Args:
        model: The chosen model, fitted to all samples in standard units.
        data: The table in standard units.
        widths: The width curve with the chosen model.

    Source:
        Draper and Smith, Applied Regression Analysis, chapter 2 (pure error and lack
        of fit). The ratio is exact in expectation for linear models with Gaussian
        inputs; its limits are chosen by simulation.
    """
    n, p = len(data.y), widths.size
    fitted = n - -(-n // widths.folds)
    residuals = data.response(predict_one(model, data.x)) - data.y
    squares = float(data.weights @ residuals**2)
    spread = squares / max(n - p, 1)
    unseen = float(widths.error[widths.chosen])
    free = fitted - p - 1
    foretold = spread * (1 + p / free) if free > 0 else 0.0
    ratio = unseen / foretold if foretold > 0 else (1.0 if widths.exact else np.inf)
    within, freedom = pure_error(data.y, data.groups, data.weights)
    misfit = None
    if not widths.exact and data.kind == "number":
        misfit = lack_of_fit(squares, within, n - freedom - p, freedom)
    misfits = misfit is not None and misfit < MISFIT
    settled = widths.exact or (ratio <= UNSTABLE and not misfits)
    source, variance = "unseen samples", unseen
    if freedom >= ENOUGH and not widths.exact:
        source, variance = "repeated measurements", within / freedom
    elif widths.exact or ratio <= UNSTABLE:
        source, variance = "residuals", spread
    low, high = _interval(data, widths, squares, within, freedom)
    unit = data.unit
    return NoiseEstimate(
        value=unit * variance**0.5,
        low=unit * low,
        high=unit * high,
        source=source,
        pure_error=unit * (within / freedom) ** 0.5 if freedom else None,
        freedom=freedom,
        residual=unit * spread**0.5,
        unseen=unit * unseen**0.5,
        ratio=float(ratio),
        lack_of_fit=misfit,
        declared=_declared(data.table.error),
        settled=bool(settled),
    )


def _interval(data, widths, squares, within, freedom) -> tuple[float, float]:
    """Ends of an interval for the noise, in standard units.

    Repeats give it without a model. Residuals of a description that misses something
    are too large, those of one that fits noise are not, once its parameters are taken
    off the degrees of freedom. So the lower end is the least over all descriptions that
    predict as well as the best; the upper end takes the errors on unseen samples, which
    hold the noise and more, as one estimate. Where the largest network that could be
    tried is the best, the lower end is zero.
    """
    if widths.exact:
        return 0.0, float(widths.error[widths.chosen] ** 0.5)
    if freedom >= ENOUGH:
        return _ends(within, freedom)
    n = len(data.y)
    rows = n - n // widths.folds
    left = rows - widths.parameters
    good = (widths.behind <= widths.behind_error) & (left >= ENOUGH)
    lowest = [
        _ends(float(rows * error), int(free))[0]
        for error, free in zip(widths.train_error[good], left[good], strict=True)
    ]
    free = max(n - widths.size, 1)
    own = _ends(squares, free)
    unseen = _ends(n * float(widths.error[widths.chosen]), n)
    # Where a larger description might still be better, all of it can be misfit.
    unfinished = widths.limit != "none" and widths.best == len(widths.names) - 1
    low = 0.0 if unfinished else min([own[0], *lowest])
    return low, max(own[1], unseen[1])


def _ends(squares: float, freedom: int) -> tuple[float, float]:
    """The interval of a standard deviation from a sum of squares of normal errors."""
    low, high = scipy.stats.chi2.ppf(ENDS, freedom)
    return float((squares / high) ** 0.5), float((squares / low) ** 0.5)


def _declared(error: np.ndarray | None) -> float | None:
    return None if error is None else float(np.mean(error**-2.0) ** -0.5)
