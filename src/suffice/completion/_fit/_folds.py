"""Entries that are held out, and which of them the others determine."""

import dataclasses

import numpy as np

from suffice.completion._determined._growth import largest_block
from suffice.completion._entries._mask import make_mask
from suffice.completion._entries._observed import Observed

MANY, SOME = 3000, 20_000  # entries up to which ten, and five folds are held out
HELD = 150_000  # largest number of entries of a single fold
CELLS = 40_000  # cells from which determination is judged by counting
ENOUGH = 0.8  # share of held-out entries that the largest rank must determine


@dataclasses.dataclass(frozen=True, eq=False)
class Folds:
    """Several problems of one shape, and the entries that each of them must predict.

    Attributes:
        train: The entries of all problems; the rows and columns of problem `k` follow
            those of problem `k - 1`.
        test: The held-out entries, in the same numbering.
        place: For each held-out entry its place among the observed entries.
        count: Number of problems.
        most: Largest rank with offsets at which enough of them are determined.
    """

    train: Observed
    test: Observed
    place: np.ndarray
    count: int
    most: int


def hold_out(observed: Observed, limit: int, rng: np.random.Generator) -> Folds:
    """Hold entries out in folds that take the same share of every row.

    The kept entries determine the held-out ones at the rank `most`, with offsets of
    rows and columns, and so at every smaller rank and for every model.

    Args:
        observed: The entries.
        limit: Largest rank that is asked for.
        rng: Source of the folds.
    """
    n = len(observed.values)
    order = rng.permutation(n)
    order = order[np.argsort(observed.rows[order], kind="stable")]
    parts = 10 if n < MANY else 5 if n <= SOME else max(10, -(-n // HELD))
    fold = np.empty(n, np.int64)
    fold[order] = (np.arange(n) + rng.integers(parts)) % parts
    numbers = range(parts if n <= SOME else 1)
    most, known = _determined(observed, fold, numbers, limit)
    train = [_shifted(observed, np.flatnonzero(fold != k), k) for k in numbers]
    tests = [np.flatnonzero((fold == k) & known[k]) for k in numbers]
    test = [_shifted(observed, at, k) for k, at in enumerate(tests)]
    m, n = observed.shape
    shape = len(numbers) * m, len(numbers) * n
    return Folds(
        _joined(train, shape),
        _joined(test, shape),
        np.concatenate(tests),
        len(numbers),
        most,
    )


def _joined(parts, shape) -> Observed:
    rows, columns, values = (np.concatenate(side) for side in zip(*parts, strict=True))
    return Observed(rows, columns, values, shape)


def _shifted(observed: Observed, which, number: int):
    m, n = observed.shape
    return (
        observed.rows[which] + number * m,
        observed.columns[which] + number * n,
        observed.values[which],
    )


def _determined(
    observed: Observed, fold: np.ndarray, numbers: range, limit: int
) -> tuple[int, list[np.ndarray]]:
    """Return the largest rank at which most held-out entries are determined.

    Returns:
        The rank, and for every fold which entries its other entries determine there.
    """
    low, high, best = 0, limit, [_known(observed, fold, k, 0) for k in numbers]
    base = _share(best, fold, numbers)
    while low < high:
        rank = (low + high + 1) // 2
        known = [_counted(observed, fold, k, rank) for k in numbers]
        if _share(known, fold, numbers) >= ENOUGH * base and len(observed.values):
            known = [_known(observed, fold, k, rank) for k in numbers]
        if base and _share(known, fold, numbers) >= ENOUGH * base:
            low, best = rank, known
        else:
            high = rank - 1
    return low, best


def _share(known, fold, numbers) -> int:
    return sum(int((known[k] & (fold == k)).sum()) for k in numbers)


def _counted(observed: Observed, fold, number: int, rank: int) -> np.ndarray:
    """Return which entries have more than `rank` kept ones in their row and column."""
    kept = fold != number
    m, n = observed.shape
    rows = np.bincount(observed.rows[kept], minlength=m) > rank
    columns = np.bincount(observed.columns[kept], minlength=n) > rank
    return rows[observed.rows] & columns[observed.columns]


def _known(observed: Observed, fold, number: int, rank: int) -> np.ndarray:
    """Return which entries counting certifies at this rank, with offsets."""
    m, n = observed.shape
    counted = _counted(observed, fold, number, rank)
    if m * n > CELLS:
        return counted
    kept = fold != number
    mask = make_mask(observed.rows[kept], observed.columns[kept], observed.shape)
    rows, columns = largest_block(mask, rank + 1)
    return rows[observed.rows] & columns[observed.columns]
