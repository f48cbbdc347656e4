"""Weights that compensate an uneven density of points on a circle."""

import numpy as np
from jaxtyping import Float

from suffice._core import Numbers

from ._arrays import as_float64


def voronoi_weights(x: Numbers, *, period: float) -> Float[np.ndarray, " n"]:
    """Return the share of the circle that is nearest to each point.

        wᵢ = (x₍ᵢ₊₁₎ - x₍ᵢ₋₁₎) / (2 period)

    With these weights instead of `1/n`, a spectrum is that of a function on the circle
    rather than that of the sample. Training depends on the sample, so compare both.

    Args:
        x: Points of the line, `(n,)` or `(n, 1)`, taken modulo the period; points that
            coincide have equal parts of their share.
        period: Length of the circle, positive.

    Returns:
        Positive weights with sum 1.

    Raises:
        ValueError: The period is not positive, or the inputs are not points of a line.

    Source:
        Derived and verified here.

    Examples:
        >>> sf.spectra.voronoi_weights([0.0, 0.1, 0.5, 0.6], period=1.0)
        array([0.25, 0.25, 0.25, 0.25])
    """
    if not period > 0:
        raise ValueError(f"period is {period}; expected a positive length.")
    x = as_float64(x, "x")
    if x.size != len(x.reshape(len(x), -1)):
        raise ValueError(f"x has shape {x.shape}; expected points of the line.")
    place, group = np.unique(np.mod(x.ravel(), period), return_inverse=True)
    gaps = np.diff(
        np.append(place, place[0] + period)
    )  # to the next point, around the circle
    share = (gaps + np.roll(gaps, 1)) / (2 * period)
    return (share / np.bincount(group))[group]
