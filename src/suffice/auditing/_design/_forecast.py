"""The error on a new measurement after more measurements of the same kind."""

import dataclasses

import numpy as np
import scipy.optimize
from jaxtyping import Float, Int

from suffice._core import Hidden, Result, short
from suffice.auditing._learning import LearningCurve
from suffice.auditing._standard import Standard
from suffice.auditing._width import paired, WidthCurve

COVERED = 1.65  # standard deviations on each side: 80 % of errors with heavier tails
MODEL = 0.1  # of the logarithm of the error: what the form of the curve leaves open
SPAN = 10  # times the rows at hand, as far as anything is said
POINTS = 25
HEAVY = 0.15  # standard error of the logarithm from which few rows dominate
Band = tuple[np.ndarray, np.ndarray, np.ndarray]
CURVE = (0.3, 0.92)  # shares of the rows between which the curve is continued


@dataclasses.dataclass(frozen=True)
class ErrorForecast(Result):
    """Root mean square error on a new measurement, as the number of rows grows.

    It concerns more rows of the same kind and the chosen model. What is not known of
    the error now dominates the interval; the change is foretold more closely.

    Attributes:
        n: Numbers of rows, from those at hand to ten times as many.
        error: Error at each of them, in the unit of the target.
        low: Lower end of an interval that holds the error in four of five tables.
        high: Its upper end.
        floor: Error with any number of rows.
        now: Error by cross-validation.
        fitted: Number of rows that each fit of the cross-validation uses.
        uncertainty: Standard error of the logarithm of `now`.
        curve: Squared error as `a + b / n`, relative to the variance; None where the
            number of parameters tells how the error falls.
        parameters: Number of parameters of the model.
    """

    n: Int[np.ndarray, " points"]
    error: Float[np.ndarray, " points"]
    low: Float[np.ndarray, " points"]
    high: Float[np.ndarray, " points"]
    floor: float
    now: float
    fitted: int
    uncertainty: float
    curve: Hidden[tuple[float, float] | None]
    parameters: int

    def headline(self) -> str:
        """Return the error now, with twice the rows, and the floor in one sentence."""
        low, error, high = self.at(np.array([2 * self.n[0]]))
        known = (
            f"A new measurement is off by about {short(self.now)} now, and by "
            f"{short(error[0])} ({short(low[0])} to {short(high[0])}) with "
            f"{2 * self.n[0]} rows"
        )
        if self.curve is not None and not self.curve[0]:
            return f"{known}; where more rows stop to help is not seen yet."
        return f"{known}; more rows alone do not bring it below {short(self.floor)}."

    @property
    def heavy(self) -> bool:
        """Whether a few rows dominate the squared error."""
        return self.uncertainty >= HEAVY

    def at(self, n: Int[np.ndarray, " sizes"]) -> Band:
        """Return the lower end, the error and the upper end at numbers of rows."""
        change = change_of_error(n, self.fitted, self.parameters, self.curve)
        half = COVERED * np.sqrt(self.uncertainty**2 + np.log(change) ** 2 + MODEL**2)
        error = self.now * change
        return error * np.exp(-half), error, error * np.exp(half)


def change_of_error(
    n: Float[np.ndarray, " sizes"] | Int[np.ndarray, " sizes"],
    fitted: int,
    parameters: int,
    curve: tuple[float, float] | None,
) -> Float[np.ndarray, " sizes"]:
    """Return the error at `n` rows over that at `fitted` rows.

    Without a curve it is that of least squares with Gaussian inputs. An empirical curve
    is continued with half its slope, which is what real tables bear out.

    Source:
        The mean of the inverse Wishart distribution; the halving was found on tables.
    """
    if curve is None:
        p = parameters
        ratio = (1 + p / (n - p - 1)) / (1 + p / (fitted - p - 1))
        return np.sqrt(ratio)
    floor, fall = curve
    return ((floor + fall / n) / (floor + fall / fitted)) ** 0.25


def error_forecast(
    data: Standard, widths: WidthCurve, learning: LearningCurve
) -> ErrorForecast | None:
    """Continue the learning curve of the chosen model; None where it is not known.

    A class is not off by a number, so that it has none.

    Args:
        data: The table in standard units.
        widths: The width curve with the chosen model.
        learning: Its learning curve.
    """
    n, p = len(data.y), widths.size
    fitted = n - -(-n // widths.folds)
    curve = None
    if widths.width:
        curve = continued(learning.n, learning.error, learning.unseen, n)
    if widths.exact or data.kind == "class" or (curve is None and fitted < p + 2):
        return None
    mean, error = paired(
        widths.squares[widths.chosen], np.zeros(len(data.y)), data.groups
    )
    sizes = np.unique(np.geomspace(n, SPAN * n, POINTS).round().astype(int))
    empty = np.zeros(len(sizes))
    blank = ErrorForecast(
        n=sizes,
        error=empty,
        low=empty,
        high=empty,
        floor=0.0,
        now=data.unit * mean**0.5,
        fitted=fitted,
        uncertainty=error / (2 * mean),
        curve=curve,
        parameters=p,
    )
    low, middle, high = blank.at(sizes)
    last = float(change_of_error(np.array([1e12]), fitted, p, curve)[0])
    return dataclasses.replace(
        blank, error=middle, low=low, high=high, floor=blank.now * last
    )


def continued(
    sizes: Int[np.ndarray, " sizes"],
    error: Float[np.ndarray, " sizes"],
    unseen: Int[np.ndarray, " sizes"],
    rows: int,
) -> tuple[float, float] | None:
    """Fit `floor + fall / n` to the end of a learning curve; neither is negative.

    A point weighs as much as its relative error allows, which falls with the number of
    unseen rows behind it.

    Args:
        sizes: Numbers of fitted rows.
        error: Mean squared error at each of them.
        unseen: Number of unseen rows behind each error.
        rows: Number of rows of the table.

    Returns:
        The floor and the fall; None where fewer than two sizes are near the end.
    """
    part = (sizes >= CURVE[0] * rows) & (sizes <= CURVE[1] * rows)
    if part.sum() < 2:
        return None
    weight = np.sqrt(unseen[part])
    design = np.column_stack([np.ones(part.sum()), rows / sizes[part]])
    design *= (weight / error[part])[:, None]
    floor, fall = scipy.optimize.nnls(design, weight)[0]
    return float(floor), float(fall * rows)
