"""Elimination of a matrix of balls, with what remains below the last pivot."""

import math
from typing import NamedTuple

import numpy as np

from suffice._core import power_scales


class Elimination(NamedTuple):
    """What elimination with complete pivoting proves and what it leaves.

    Attributes:
        rank: Number of pivots, each a ball without zero: a proved lower bound.
        pivot: Binary exponent of the last pivot, after equilibration.
        rest: Binary exponent of the largest number that a remaining ball contains;
            minus infinity where all of them are exactly zero.
    """

    rank: int
    pivot: float
    rest: float


def eliminate(matrix: np.ndarray) -> Elimination:
    """Eliminate a matrix of real balls until every remaining ball contains zero."""
    rest, rank, pivot = _equilibrated(matrix), 0, 0.0
    while rest.size:
        size = _least(rest)
        i, j = np.unravel_index(int(size.argmax()), size.shape)
        if not size[i, j] > 0:
            break
        pivot = _exponent(rest[i, j].abs_lower())
        rank += 1
        row, column = np.delete(rest[i], j), np.delete(rest[:, j], i)
        factor = column / rest[i, j]
        rest = np.delete(np.delete(rest, i, 0), j, 1)
        rest = rest - factor[:, None] * row[None, :]
    largest = max(
        (_exponent(ball.abs_upper()) for ball in rest.ravel()), default=-math.inf
    )
    return Elimination(rank, pivot, largest)


def _equilibrated(matrix: np.ndarray) -> np.ndarray:
    # Only what is proved to differ from zero sets a scale: scaling up a column that
    # cancels would make its errors large.
    exponents = _exponents(matrix)
    nonzero = np.isfinite(exponents)
    rows, columns = power_scales(np.where(nonzero, exponents, 0), nonzero)
    two = type(matrix.flat[0])(2)
    return matrix * _elementwise(lambda k: two ** int(-k))(rows + columns)


def _least(rest: np.ndarray) -> np.ndarray:
    """Proved lower bounds of sizes, as floats where these reach, else as exponents."""
    size = _elementwise(lambda ball: float(ball.abs_lower()))(rest).astype(float)
    if size.max() > 0:
        return size
    exponents = _exponents(rest)
    top = exponents.max()
    return np.exp2(exponents - top) if np.isfinite(top) else size


def _exponents(matrix: np.ndarray) -> np.ndarray:
    """Binary exponents of proved lower bounds; minus infinity where there is none."""
    return _elementwise(lambda ball: _exponent(ball.abs_lower()))(matrix).astype(float)


def _exponent(number) -> float:
    """Binary exponent of an exact ball; minus infinity for zero."""
    if not number.is_finite():
        return math.inf
    mantissa, exponent = number.man_exp()
    size = abs(int(mantissa))
    return math.log2(size) + int(exponent) if size else -math.inf


def _elementwise(function):
    return np.frompyfunc(function, 1, 1)
