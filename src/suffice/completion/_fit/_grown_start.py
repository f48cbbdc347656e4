"""Factors grown from a fully observed block, and extended to what was peeled."""

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
    """Return factors that follow from the entries by linear equations.

    The core is grown from a full block: the factors of every row with `rank` entries
    in known columns are solved for, then those of every column, until none is left.
    Peeled rows and columns are then added in reverse order, each with at most `rank`
    equations. For exact data the factors fit every entry that they reach, and equal
    the completion wherever counting certifies it. Factors that are not reached are
    zero; None stands for a core without a full block.
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
    """Add the peeled rows and columns by the least change that fits their entries."""
    ends = levels[0][observed.rows], levels[1][observed.columns]
    factors = [left.copy(), right.T.copy()]
    for level in range(max(_last(side) for side in levels), -1, -1):
        side = level % 2
        is_equation = (ends[side] == level) & (ends[1 - side] > level)
        equations = observed.keep(is_equation)
        owners = (equations.rows, equations.columns)
        error = equations.values - (
            factors[0][equations.rows] * factors[1][equations.columns]
        ).sum(1)
        half = Alternation(dataclasses.replace(equations, values=error), 0.0)
        move = half.left(factors[1].T) if side == 0 else half.right(factors[0]).T
        vertices = np.unique(owners[side])
        factors[side][vertices] += move[vertices]
    return factors[0], factors[1].T


def _last(levels: np.ndarray) -> int:
    """Return the highest level of a peeled row or column, -1 if none was peeled."""
    peeled = levels[levels < CORE]
    return int(peeled.max()) if len(peeled) else -1


def _grown(observed: Observed, mask: Mask, rank: int):
    """Return the factors that reach most rows and columns, and which they reach."""
    best = None
    for side, vertex in itertools.islice(_starts(mask), SEEDS):
        block = _seed(mask, rank, side, vertex)
        grown = None if block is None else _grow(observed, rank, *block)
        if grown is not None and (best is None or _reach(grown) > _reach(best)):
            best = grown
        if best is not None and _reach(best) == sum(observed.shape):
            break
    return best


def _reach(grown) -> int:
    return int(grown[2][0].sum() + grown[2][1].sum())


def _grow(observed: Observed, rank: int, rows, columns) -> tuple[Any, Any, Any]:
    """Return both factors, and which rows and columns they reach."""
    (m, n), k = observed.shape, rank
    u, s, vt = np.linalg.svd(observed.dense()[np.ix_(rows, columns)])
    left, right = np.zeros((m, k)), np.zeros((k, n))
    left[rows], right[:, columns] = u[:, :k] * s[:k] ** 0.5, s[:k, None] ** 0.5 * vt[:k]
    known = np.zeros(m, bool), np.zeros(n, bool)
    known[0][rows] = known[1][columns] = True
    while True:
        ready = _ready(observed.rows, known[1][observed.columns], known[0], k)
        if ready.any():
            usable = observed.keep(known[1][observed.columns])
            left[ready] = Alternation(usable, 0.0).left(right)[ready]
            known[0][ready] = True
        more = _ready(observed.columns, known[0][observed.rows], known[1], k)
        if more.any():
            usable = observed.keep(known[0][observed.rows])
            right[:, more] = Alternation(usable, 0.0).right(left)[:, more]
            known[1][more] = True
        if not ready.any() and not more.any():
            return left, right, known


def _ready(ends, usable, known, rank):
    return (np.bincount(ends[usable], minlength=len(known)) >= rank) & ~known
