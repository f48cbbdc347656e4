"""Factors from a fully observed block, row by row and column by column."""

import itertools
from typing import Any

import numpy as np

from ._alternate import Alternation
from ._growth import _seed, _starts
from ._mask import make_mask
from ._observed import Observed

SEEDS = 6


def grown_start(observed: Observed, rank: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Factors that follow from a full block by linear equations, where one exists.

    Every row with `rank` entries in known columns is solved for, then every column,
    until none is left: for exact data this is the completion itself wherever counting
    certifies it. What is not reached is zero.
    """
    mask = make_mask(observed.rows, observed.columns, observed.shape)
    best = None
    for side, vertex in itertools.islice(_starts(mask), SEEDS):
        block = _seed(mask, rank, side, vertex)
        found = None if block is None else _grow(observed, rank, *block)
        if found is not None and (best is None or found[2] > best[2]):
            best = found
        if best is not None and best[2] == sum(observed.shape):
            break
    return None if best is None else best[:2]


def _grow(observed: Observed, rank: int, rows, columns) -> tuple[Any, Any, int]:
    """Both factors, and how many rows and columns they cover."""
    (m, n), k = observed.shape, rank
    u, s, vt = np.linalg.svd(observed.dense()[np.ix_(rows, columns)])
    left, right = np.zeros((m, k)), np.zeros((k, n))
    left[rows], right[:, columns] = u[:, :k] * s[:k] ** 0.5, s[:k, None] ** 0.5 * vt[:k]
    known = np.zeros(m, bool), np.zeros(n, bool)
    known[0][rows] = known[1][columns] = True
    while True:
        ready = _ready(observed.rows, known[1][observed.columns], known[0], k)
        if ready.any():
            seen = observed.keep(known[1][observed.columns])
            left[ready] = Alternation(seen, 0.0).left(right)[ready]
            known[0][ready] = True
        more = _ready(observed.columns, known[0][observed.rows], known[1], k)
        if more.any():
            seen = observed.keep(known[0][observed.rows])
            right[:, more] = Alternation(seen, 0.0).right(left)[:, more]
            known[1][more] = True
        if not ready.any() and not more.any():
            return left, right, int(known[0].sum() + known[1].sum())


def _ready(ends, usable, known, rank):
    return (np.bincount(ends[usable], minlength=len(known)) >= rank) & ~known
