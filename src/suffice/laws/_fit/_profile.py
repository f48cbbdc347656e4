"""Intervals of parameters from the profile of the sum of squares."""

import dataclasses

import numpy as np
import scipy.optimize
from jaxtyping import Float

from suffice.laws._formula._law import Law

from ._least_squares import descend, Least
from ._measurements import Measurements

FIRST, GROWTH, MOST = 0.5, 1.5, 40  # steps outwards, in standard errors
FAR = 1e8  # times a value: a larger error is that of a singular matrix
NEAR = 1e-4  # of the way to a bound: there the law may stop to depend on the others


@dataclasses.dataclass(frozen=True)
class Profile:
    """The sum of squares with one parameter held, the others fitted.

    Attributes:
        low: Lower end of the interval; minus infinity, or a bound, where it is open.
        high: Upper end of the interval.
        open_low: Whether the data do not limit the parameter from below.
        open_high: Whether the data do not limit it from above.
        value: Values of the parameter at which the profile is known, in order.
        squares: The sum of squares there.
    """

    low: float
    high: float
    open_low: bool
    open_high: bool
    value: Float[np.ndarray, " k"]
    squares: Float[np.ndarray, " k"]


def profile(
    law: Law, data: Measurements, least: Least, index: int, error: float, limit: float
) -> Profile:
    """The interval in which the sum of squares stays below a limit.

    Args:
        law: The law.
        data: The measurements.
        least: The fit.
        index: Number of the parameter.
        error: Its standard error, the unit of the first step.
        limit: The limit of the sum of squares.

    Returns:
        The interval. An end is open where the limit is not reached within 40 growing
        steps, before a bound, or before the law cannot be fitted any more.

    Source:
        Bates and Watts, Nonlinear Regression Analysis, 1988, section 6.1.
    """
    start = float(least.values[index])
    if not 0 < error < FAR * (abs(start) or np.inf):  # the fit does not see it
        error = abs(start) or 1.0
    known = {start: least.squares}
    ends = [
        _end(law, data, least, index, sign * error, limit, known) for sign in (-1, 1)
    ]
    value = np.array(sorted(known))
    squares = np.array([known[v] for v in value])
    (low, open_low), (high, open_high) = ends
    return Profile(low, high, open_low, open_high, value, squares)


def _end(law, data, least, index, step, limit, known) -> tuple[float, bool]:
    bound = law.bounds[index][1 if step > 0 else 0]
    values, before = least.values, float(least.values[index])
    origin, reach = before, FIRST * step

    def excess(value: float) -> float:
        moved = values.copy()
        moved[index] = value
        found = descend(law, data, moved, held=(index,))
        if found is None or not (found.settled or found.squares <= limit):
            return np.nan
        known[value] = found.squares
        seen[value] = found.values
        return found.squares - limit

    seen: dict[float, np.ndarray] = {}
    for _ in range(MOST):
        here = origin + reach
        at_bound = here >= bound if step > 0 else here <= bound
        here = bound + NEAR * (origin - bound) if at_bound else here
        over = excess(here)
        if np.isnan(over):
            return bound, True
        values = seen[here]
        if over > 0:
            return _crossing(excess, before, here, abs(step)), False
        if at_bound:
            return bound, True
        before, reach = here, GROWTH * reach
    return bound, True


def _crossing(excess, inside: float, outside: float, step: float) -> float:
    """Where the limit is met; the outer point if the law fails on the way."""
    try:
        found = scipy.optimize.brentq(
            excess, inside, outside, xtol=1e-9 * step, rtol=1e-9, maxiter=60
        )
    except (ValueError, RuntimeError):  # it is not finite somewhere between
        return outside
    return float(found)
