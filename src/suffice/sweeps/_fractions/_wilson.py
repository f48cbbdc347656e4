"""Fractions with their intervals."""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

Counts = int | np.integer | Sequence | np.ndarray


def wilson(
    successes: Counts,
    trials: Counts,
    *,
    undecided: Counts = 0,
    confidence: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """The Wilson interval of a fraction `p = k / n`, which lies within [0, 1].

        (p + z²/2n ± z √(p (1 - p)/n + z²/4n²)) / (1 + z²/n)

    At `k = 0` the upper end is the exact `1 - α^(1/n)` and at `k = n` the lower end is
    `α^(1/n)`, with `α = 1 - confidence`. Trials must be independent. Runs
    that share their samples are not, and pooling them makes the interval too short.

    Args:
        successes: Number of successes k, a number or an array.
        trials: Number of trials n, broadcast with k; 0 gives [0, 1].
        undecided: Trials among the n that are neither successes nor failures; the lower
            end counts them as failures and the upper end as successes.
        confidence: Confidence level of the interval, between 0 and 1.

    Returns:
        Lower and upper ends of the interval, in [0, 1].

    Raises:
        ValueError: The counts contradict each other, or confidence is outside (0, 1).

    Source:
        Wilson 1927; the one-sided ends at 0 and n are Clopper and Pearson's.

    Examples:
        >>> low, high = sf.sweeps.wilson(24, 24)
        >>> print(f"{low:.3f} {high:.3f}")
        0.883 1.000
    """
    k, n, u = np.broadcast_arrays(*map(np.asarray, (successes, trials, undecided)))
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}.")
    bad = (k < 0) | (u < 0) | (k + u > n)
    if bad.any():
        first = np.flatnonzero(bad)[0]
        raise ValueError(
            f"{k.flat[first]} successes and {u.flat[first]} undecided among "
            f"{n.flat[first]} trials; expected 0 <= successes + undecided <= trials."
        )
    return _ends(k, n, confidence)[0], _ends(np.asarray(k + u), n, confidence)[1]


def _ends(
    k: np.ndarray, n: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    z, alpha = ndtri(0.5 + confidence / 2), 1 - confidence
    number = np.where(n > 0, n, 1)  # below 1 where runs share their samples
    p = k / number
    middle = p + z**2 / (2 * number)
    half = z * np.sqrt(p * (1 - p) / number + z**2 / (4 * number**2))
    scale = 1 + z**2 / number
    low, high = (middle - half) / scale, (middle + half) / scale
    low = np.where(k == 0, 0.0, np.where(k == n, alpha ** (1 / number), low))
    high = np.where(k == n, 1.0, np.where(k == 0, 1 - alpha ** (1 / number), high))
    return np.where(n == 0, 0.0, low), high
