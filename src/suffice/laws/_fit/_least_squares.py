"""Least squares of a law from many starts, within its bounds."""

import dataclasses

import numpy as np
import scipy.optimize
from jaxtyping import Array, Float, Key

from suffice._core import numpy_rng
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import residuals_at, slopes_at

from ._measurements import Measurements

STARTS = 16
WANDER = 1.2  # standard deviation of the logarithms of random starts
STEPS = 200
EXACT = 1e-14
HUGE = 1e100  # a residual that no start should have


@dataclasses.dataclass(frozen=True)
class Least:
    """A minimum of the weighted sum of squares.

    Attributes:
        values: The free parameters there.
        squares: The sum of squares.
        settled: Whether the descent came to rest.
    """

    values: Float[np.ndarray, " p"]
    squares: float
    settled: bool = True


def descend(
    law: Law,
    data: Measurements,
    values: Float[np.ndarray, " p"],
    held: tuple[int, ...] = (),
) -> Least | None:
    """The minimum of the sum of squares that lies downhill of a start.

    Args:
        law: The law.
        data: The measurements.
        values: The start.
        held: Indices of parameters that stay as they are.

    Returns:
        The minimum, or None where the law is not finite at the start.
    """
    free = [j for j in range(len(values)) if j not in held]
    values = np.array(values, float)
    size = np.where(values == 0, 1.0, np.abs(values))[free]  # the units of a step
    low, high = np.array(law.bounds)[free].T

    def whole(part):
        full = values.copy()
        full[free] = np.clip(part * size, low, high)
        return full

    def residuals(part):
        return np.asarray(residuals_at(law, whole(part), data.x, data.y, data.weight))

    def by_free(part):
        every = np.asarray(slopes_at(law, whole(part), data.x, data.weight))
        return every[:, free] * size

    first = residuals(values[free] / size)
    if not (np.abs(first) < HUGE).all():
        return None
    if not free:
        return Least(values, float(first @ first))
    try:
        with np.errstate(all="ignore"):  # steps that go too far are taken back
            found = scipy.optimize.least_squares(
                residuals,
                np.clip(values[free], low, high) / size,
                by_free,
                bounds=(low / size, high / size),
                x_scale="jac",
                ftol=EXACT,
                xtol=EXACT,
                gtol=None,  # a gradient has the units of the measurements
                max_nfev=STEPS,
            )
    except (ValueError, np.linalg.LinAlgError):  # the derivative is not finite
        return None
    return Least(whole(found.x), 2 * float(found.cost), found.status > 0)


def best_fit(
    law: Law, data: Measurements, *, starts: int = STARTS, key: Key[Array, ""]
) -> Least:
    """The best of the minima that many starts lead to.

    The first start is the value of the law itself; the others vary its parameters by
    factors, and one in four the sign of one of them.

    Raises:
        ValueError: The law is finite at no start.
    """
    rng, start = numpy_rng(key), np.asarray(law.values)
    found = [descend(law, data, start)]
    low, high = np.array(law.bounds).T
    for number in range(1, starts):
        factor = np.exp(WANDER * rng.standard_normal(len(start)))
        if number % 4 == 0:
            factor[rng.integers(len(start))] *= -1
        near = np.where(start == 0, np.log(np.abs(factor)), start * factor)
        found.append(descend(law, data, np.clip(near, low, high)))
    kept = [least for least in found if least is not None]
    if not kept:
        raise ValueError(
            f"{law.name} is not finite on the measurements at any start, such as "
            f"{law.parameters}; choose other starting values or bounds."
        )
    return min(kept, key=lambda least: least.squares)
