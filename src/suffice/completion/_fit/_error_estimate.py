"""How far filled entries are expected to be off, from entries that were held out."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import Result, short
from suffice._core.literature import bases
from suffice.completion._entries._observed import Observed

from ._offset_model import LowRank
from ._predictive_fit import PredictiveFit
from ._sweeps import Blocks

COVERAGE = 0.9  # share of intervals that hold the value
FEW = 30  # effective held-out entries below which the estimate hangs on a few
SATURATED = 0.95  # largest leverage of an observed entry


@dataclasses.dataclass(frozen=True)
class ErrorEstimate(Result):
    """Root mean square errors of several predictions of the same held-out entries.

    Attributes:
        fitted: Of the fit, refitted without the held-out entries.
        column_means: Of the means of the columns.
        offsets: Of the sum of an offset of the row and one of the column.
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

    The error of an entry grows with its leverage, given the factors of its row and of
    its column. The constant is the quantile of the held-out errors in these units.
    """
    leverage = _leverage(observed, fit.model, fit.ridge, fit.scales)
    at = observed.rows[fit.held], observed.columns[fit.held]
    inside = np.minimum(leverage[at], SATURATED)
    ratios = np.sort(np.abs(fit.errors) / np.sqrt(1 / (1 - inside)))
    place = min(int(np.ceil(COVERAGE * (len(ratios) + 1))), len(ratios)) - 1
    return ratios[place] * np.sqrt(1 + leverage) * fit.scales


def _leverage(observed: Observed, model: LowRank, ridge: float, scales) -> np.ndarray:
    problem = Blocks(observed)
    left, right = model.tangent()
    right = right / scales[:, None]
    total = _one_side(problem.mask, right, left, ridge)
    return total + _one_side(problem.turned, left, right, ridge).T


def _one_side(mask: Any, features, own, ridge: float) -> np.ndarray:
    """Return the variance of every entry with the features of the other side known."""
    q = features.shape[1]
    products = (features[:, :, None] * features[:, None]).reshape(len(features), q * q)
    gram = (mask @ products).reshape(len(own), q, q)
    size = np.trace(gram, axis1=1, axis2=2)
    gram[:, range(q), range(q)] += (ridge + 1e-9 * size + 1e-300)[:, None]
    inverse = np.linalg.inv(gram)
    return np.maximum(inverse.reshape(len(own), q * q) @ products.T, 0.0)
