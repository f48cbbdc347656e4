"""How far filled entries are expected to be off, from entries that were held out."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice._core import Result, short
from suffice._core.literature import bases
from suffice.completion._entries._observed import Observed

from ._predictive_fit import PredictiveFit

COVERAGE = 0.9  # share of intervals that hold the value
FEW = 30  # effective held-out entries below which the estimate hangs on a few


@dataclasses.dataclass(frozen=True)
class ErrorEstimate(Result):
    """Root mean square errors of several predictions of the same held-out entries.

    Attributes:
        fitted: Error of the fit, refitted without the held-out entries.
        column_means: Error of the means of the columns.
        offsets: Error of the sum of an offset of the row and one of the column.
        held: Number of held-out entries.
        effective: Number of entries of equal size that would carry as much of the
            error; below 30 the estimate hangs on a few entries.
        unit: `data`, or `deviations` where the columns have different units: then
            errors are in standard deviations of their columns.
    """

    grounds = bases.EXPECTED

    fitted: float
    column_means: float
    offsets: float
    held: int
    effective: float
    unit: str

    def headline(self) -> str:
        """The expected error beside those of simple predictions, in one sentence."""
        unit = "" if self.unit == "data" else " standard deviations of the column"
        text = (
            f"expected error {short(self.fitted)}{unit} (column means: "
            f"{short(self.column_means)}, row + column: {short(self.offsets)}; root "
            f"mean square on {self.held} held-out entries)"
        )
        return text + "; it hangs on a few entries" * (self.effective < FEW)

    @property
    def better(self) -> bool:
        """Whether the fit predicts better than both simple predictions."""
        return self.fitted < 0.995 * min(self.column_means, self.offsets)


def error_estimate(
    observed: Observed, fit: PredictiveFit, bounds: tuple[float, float] | None
) -> ErrorEstimate:
    """Return the expected error of a fit and of simple predictions."""
    scales = fit.scales[observed.columns[fit.held]]
    values = observed.values[fit.held]

    def rmse(errors) -> float:
        return float(np.sqrt(np.mean(_inside(errors, values, scales, bounds) ** 2)))

    squared = _inside(fit.errors, values, scales, bounds) ** 2
    effective = squared.sum() ** 2 / max((squared**2).sum(), np.finfo(float).tiny)
    return ErrorEstimate(
        fitted=rmse(fit.errors),
        column_means=rmse(fit.of_means),
        offsets=rmse(fit.of_offsets),
        held=len(values),
        effective=float(effective),
        unit="data" if (fit.scales == 1).all() else "deviations",
    )


def _inside(errors, values, scales, bounds):
    """Return the errors of predictions that are moved into the bounds."""
    if bounds is None:
        return errors
    return (np.clip(values + errors * scales, *bounds) - values) / scales


def half_widths(
    observed: Observed, fit: PredictiveFit
) -> Float[np.ndarray, "rows columns"]:
    """Return half the widths of intervals that hold 90 % of the missing values.

    The standard deviation of an entry is that of its noise, its row and its column.
    The constant is the quantile of the held-out errors in these units.
    """
    ratios = np.sort(np.abs(fit.ratios))
    place = min(int(np.ceil(COVERAGE * (len(ratios) + 1))), len(ratios)) - 1
    return ratios[place] * fit.deviations
