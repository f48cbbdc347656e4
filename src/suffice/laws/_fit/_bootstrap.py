"""Fits to tables that a fitted law could have given: the parametric bootstrap."""

import dataclasses

import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import numpy_rng
from suffice.laws._formula._values import residuals_at

from ._law_fit import LawFit
from ._least_squares import descend


def bootstrapped(
    fit: LawFit, count: int, key: Key[Array, ""]
) -> Float[np.ndarray, "count p"]:
    """Return the parameters of fits to simulated tables.

    Every table has the inputs of the measurements and the values of the law with new
    noise. Each fit descends from the parameters of the law; one that does not come to
    rest is left out, so that there may be fewer than `count`.

    Args:
        fit: The fit, which determines every parameter.
        count: Number of tables.
        key: Random key of the noise.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 9.
    """
    data, best = fit.data, np.asarray(fit.law.values)
    weight = data.weight
    missed = np.asarray(residuals_at(fit.law, best, data.x, data.y, data.weight))
    exact = data.y + missed.reshape(data.y.shape) / weight
    noise = 1.0 if data.known else fit.residual or 0.0
    rng, found = numpy_rng(key), []
    for _ in range(count):
        y = exact + noise / weight * rng.standard_normal(data.y.shape)
        least = descend(fit.law, dataclasses.replace(data, y=y), best)
        if least is not None and least.settled:
            found.append(least.values)
    return np.array(found).reshape(-1, len(best))
