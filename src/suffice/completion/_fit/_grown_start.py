"""Factors from a fully observed block and from peeling, vertex by vertex."""

import dataclasses
import itertools
from typing import Any

import numpy as np

from suffice.completion._determined._growth import _seed, _starts
from suffice.completion._determined._peel import CORE, peel
from suffice.completion._entries._mask import make_mask, Mask
from suffice.completion._entries._observed import Observed

from ._alternating_least_squares import Alternation, random_start

SEEDS = 6


def grown_start(
    observed: Observed, rank: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Factors that follow from the entries by linear equations, where they do.

    The core is grown from a full block: every row with `rank` entries in known columns
    is solved for, then every column, until none is left. What was peeled is put back
    last out first in, each vertex with at most `rank` equations. For exact data this
    fits all entries, and is the completion itself wherever counting certifies it. What
    is not reached is zero.
    """
    mask = make_mask(observed.rows, observed.columns, observed.shape)
    levels = peel(mask, rank)
    core = levels[0] == CORE, levels[1] == CORE
    if not core[0].any():
        free = random_start(observed, rank, rng)
        return _attached(observed, levels, *free)
    best = _grown(observed, mask, rank)
    if best is None:
        return None
    left, right, known = best
    if all(known[side][core[side]].all() for side in (0, 1)):
        free = random_start(observed, rank, rng)
        left = np.where(core[0][:, None], left, free[0])
        right = np.where(core[1], right, free[1])
        return _attached(observed, levels, left, right)
    return left, right


def _attached(observed: Observed, levels, left, right):
    """Put peeled vertices back: the nearest factors that meet their equations."""
    ends = levels[0][observed.rows], levels[1][observed.columns]
    factors = [left.copy(), right.T.copy()]
    for level in range(max(_last(side) for side in levels), -1, -1):
        side = level % 2
        at = (ends[side] == level) & (ends[1 - side] > level)
        seen = observed.keep(at)
        places = (seen.rows, seen.columns)
        error = seen.values - (factors[0][seen.rows] * factors[1][seen.columns]).sum(1)
        half = Alternation(dataclasses.replace(seen, values=error), 0.0)
        move = half.left(factors[1].T) if side == 0 else half.right(factors[0]).T
        gone = np.unique(places[side])
        factors[side][gone] += move[gone]
    return factors[0], factors[1].T


def _last(levels: np.ndarray) -> int:
    peeled = levels[levels < CORE]
    return int(peeled.max()) if len(peeled) else -1


def _grown(observed: Observed, mask: Mask, rank: int):
    """The factors that reach most, and which rows and columns they reach."""
    best = None
    for side, vertex in itertools.islice(_starts(mask), SEEDS):
        block = _seed(mask, rank, side, vertex)
        found = None if block is None else _grow(observed, rank, *block)
        if found is not None and (best is None or _reach(found) > _reach(best)):
            best = found
        if best is not None and _reach(best) == sum(observed.shape):
            break
    return best


def _reach(found) -> int:
    return int(found[2][0].sum() + found[2][1].sum())


def _grow(observed: Observed, rank: int, rows, columns) -> tuple[Any, Any, Any]:
    """Both factors, and which rows and columns they cover."""
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
            return left, right, known


def _ready(ends, usable, known, rank):
    return (np.bincount(ends[usable], minlength=len(known)) >= rank) & ~known
