"""Candidates to measure next, drawn from the region of the data."""

import numpy as np
import scipy.spatial
import scipy.stats
from jaxtyping import Float

FEW = 10  # a column with at most this many values keeps to them


def near_data(
    x: Float[np.ndarray, "n dim"], *, draws: int = 4096, size: int = 512, seed: int = 0
) -> Float[np.ndarray, "pool dim"]:
    """Return inputs spread over the region that the data cover.

    A scrambled Sobol design is given the rank correlations of the data and scaled to
    the range of each column (a column of at most ten values keeps to these values).
    The draws that are nearest to a measured sample are kept.

    Args:
        x: Measured inputs.
        draws: Size of the design before the selection, a power of 2.
        size: Largest number of candidates to keep.
        seed: Random seed of the scrambling.
    """
    sobol = scipy.stats.qmc.Sobol(x.shape[1], rng=np.random.default_rng(seed))
    # Keep away from 0 and 1, where the inverse of the normal distribution is infinite.
    uniform = 1e-6 + (1 - 2e-6) * sobol.random(draws)
    normal = scipy.stats.norm.ppf(uniform) @ _root(_rank_correlation(x)).T
    even = scipy.stats.norm.cdf(normal)
    drawn = np.column_stack(
        [_stretched(u, column) for u, column in zip(even.T, x.T, strict=True)]
    )
    drawn = np.unique(drawn, axis=0)
    nearest = np.argsort(_distance(drawn, x), kind="stable")[:size]
    return drawn[np.sort(nearest)]


def outside(pool: np.ndarray, x: np.ndarray) -> int:
    """Return how many candidates lie outside the range of the data in some column."""
    beyond = (pool < x.min(0)) | (pool > x.max(0))
    return int(beyond.any(axis=1).sum())


def _rank_correlation(x) -> np.ndarray:
    ranks = scipy.stats.rankdata(x, axis=0)
    return np.atleast_2d(np.corrcoef(ranks, rowvar=False))


def _root(correlation) -> np.ndarray:
    values, vectors = np.linalg.eigh(correlation)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _stretched(u, column) -> np.ndarray:
    values = np.unique(column)
    if len(values) <= FEW:
        return values[np.minimum((u * len(values)).astype(int), len(values) - 1)]
    return values[0] + u * (values[-1] - values[0])


def _distance(points, x) -> np.ndarray:
    scale = x.std(0)
    tree = scipy.spatial.KDTree(x / scale)
    return tree.query(points / scale)[0]
