"""The generic completion rank: the least rank at which no entry is redundant."""

import numpy as np
from jaxtyping import Array, Key

from suffice.completion._entries._mask import Mask

from ._peel import CORE, peel
from ._solution import solve

LARGEST = 1500  # largest number of columns to eliminate at a step of the bisection


def generic_rank_bounds(
    mask: Mask, key: Key[Array, ""] | None = None
) -> tuple[int, int]:
    """Return bounds of the least rank at which the observed entries are independent.

    Counting gives bounds: an empty core is independent, and a core with more entries
    than `r (m + n - r)` is not. Between the bounds the rank of the completion matrix
    decides, where elimination is affordable. Independence at one rank implies
    independence at the next, so the rank is found by bisection.

    Args:
        mask: The observed entries.
        key: Random key of the factors; None takes `jax.random.key(0)`.

    Returns:
        Lower and upper bound; they are equal where the rank is known.

    Source:
        Derived and verified here; generic completion ranks of Bernstein, Blekherman
        and Sinn.
    """
    low, high = 1, min(mask.shape)
    while low < high:
        middle = (low + high) // 2
        verdict = _counted(mask, middle)
        if verdict is None:
            break
        low, high = (low, middle) if verdict else (middle + 1, high)
    if low == high:
        return low, high
    low = _boundary(mask, low, high, settled=False)
    high = _boundary(mask, low, high, settled=True)
    while low < high and _affordable(mask, high):
        middle = (low + high) // 2
        _, freedom = solve(mask, middle, key)
        if freedom is None:
            break
        target = middle * (sum(mask.shape) - middle)
        whole = target - freedom == mask.size
        low, high = (low, middle) if whole else (middle + 1, high)
    return low, high


def _boundary(mask: Mask, low: int, high: int, settled: bool) -> int:
    """Return the least rank that counting proves, or if not `settled` cannot refute."""
    while low < high:
        middle = (low + high) // 2
        verdict = _counted(mask, middle)
        reached = verdict is True if settled else verdict is not False
        low, high = (low, middle) if reached else (middle + 1, high)
    return low


def _counted(mask: Mask, rank: int) -> bool | None:
    """Return whether the entries are independent; None where counting cannot tell."""
    rows, columns = (np.flatnonzero(level == CORE) for level in peel(mask, rank))
    if not len(rows):
        return True
    m, n = len(rows), len(columns)
    return False if mask.part(rows, columns).size > rank * (m + n - rank) else None


def _affordable(mask: Mask, rank: int) -> bool:
    return rank * min(mask.shape) <= LARGEST
