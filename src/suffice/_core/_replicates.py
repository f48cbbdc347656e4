"""Repeated measurements: rows of a table that share their inputs."""

import numpy as np
import scipy.stats
from jaxtyping import Float, Int


def group_means(
    values: Float[np.ndarray, " n"],
    groups: Int[np.ndarray, " n"],
    weights: Float[np.ndarray, " n"] | None = None,
) -> Float[np.ndarray, " m"]:
    """The weighted mean of the values of each group."""
    weights = np.ones(len(values)) if weights is None else weights
    return np.bincount(groups, weights * values) / np.bincount(groups, weights)


def pure_error(
    y: Float[np.ndarray, " n"],
    groups: Int[np.ndarray, " n"],
    weights: Float[np.ndarray, " n"] | None = None,
) -> tuple[float, int]:
    """The squared distances of repeats from their means, and their freedom.

    No model is involved. The degrees of freedom are the rows minus the distinct inputs.

    Args:
        y: Targets.
        groups: A number per row, equal for rows that repeat the same inputs.
        weights: Weights of the rows in means and squares; None gives all the same.
    """
    means = group_means(y, groups, weights)
    squares = (y - means[groups]) ** 2
    total = squares.sum() if weights is None else weights @ squares
    return float(total), len(y) - len(means)


def lack_of_fit(
    squares: float, within: float, freedom: int, within_freedom: int
) -> float | None:
    """The probability of a misfit this large by chance, by the F-test.

    Args:
        squares: Squared residuals of the fit.
        within: Squared distances of repeats from their means.
        freedom: Distinct inputs minus parameters.
        within_freedom: Rows minus distinct inputs.

    Returns:
        The probability; None where there is no freedom, or repeats do not differ.

    Source:
        Draper and Smith, Applied Regression Analysis, chapter 2.
    """
    if freedom < 1 or within_freedom < 1 or not within > 0:
        return None
    between = max(squares - within, 0.0) / freedom
    statistic = between / (within / within_freedom)
    return float(scipy.stats.f.sf(statistic, freedom, within_freedom))
