"""Training points at which a wave looks like a slower one."""

from typing import NamedTuple

import numpy as np

FREQUENCY = 6  # of the target sin 6x
_GRID, _ON_FIRST, _ON_THIRD = 10_000, 20, 10


class LineData(NamedTuple):
    """Training inputs `(n, 1)` and the targets there."""

    x: np.ndarray
    y: np.ndarray


def target(x: np.ndarray) -> np.ndarray:
    """The wave, at points of shape `(n, 1)`."""
    return np.sin(FREQUENCY * x[:, 0])


def misleading(n: int, seed: int) -> LineData:
    """Points of which 20 lie where `sin x` meets the wave, 10 where `sin 3x` does.

    They are those of 10000 even points of `[-π, π]` that come nearest to it; the other
    `n - 30` are drawn from the rest.
    """
    grid = np.linspace(-np.pi, np.pi, _GRID)
    wave = np.sin(FREQUENCY * grid)
    first = np.argsort(np.abs(np.sin(grid) - wave), kind="stable")[:_ON_FIRST]
    third = np.argsort(np.abs(np.sin(3 * grid) - wave), kind="stable")
    third = third[~np.isin(third, first)][:_ON_THIRD]
    kept = np.concatenate([first, third])
    rest = np.setdiff1d(np.arange(_GRID), kept)
    drawn = np.random.default_rng(seed).choice(rest, n - len(kept), replace=False)
    return _points(grid[np.sort(np.concatenate([kept, drawn]))])


def even(n: int) -> LineData:
    """Evenly spaced points of `[-π, π]`, both ends included."""
    return _points(np.linspace(-np.pi, np.pi, n))


def _points(line: np.ndarray) -> LineData:
    return LineData(line[:, None], target(line[:, None]))
