"""Differences of runs that share start and sequences."""

import numpy as np
from scipy.stats import sem, t


def paired_interval(differences: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of the mean difference by Student's t.

    It has no bounds for a single pair.
    """
    if len(differences) < 2:
        return -np.inf, np.inf
    half = t.ppf(0.975, len(differences) - 1) * sem(differences)
    middle = differences.mean()
    return float(middle - half), float(middle + half)


def told(differences: np.ndarray) -> str:
    """The mean difference, its interval and the number of pairs."""
    low, high = paired_interval(differences)
    return (
        f"{differences.mean():+.2f} [{low:+.2f}, {high:+.2f}] in {len(differences)} "
        "pairs of equal start and sequences"
    )


def above_zero(differences: np.ndarray) -> bool | None:
    """Whether the mean is above zero, below it, or neither by its interval."""
    low, high = paired_interval(differences)
    return True if low > 0 else (False if high < 0 else None)
