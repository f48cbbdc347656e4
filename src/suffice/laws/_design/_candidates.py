"""Inputs among which a design chooses."""

import itertools
import math

import numpy as np
from jaxtyping import Float

from suffice.auditing._shared import Factor
from suffice.laws._determined._places import Places, WIDE

PER_AXIS = {1: 401, 2: 41, 3: 13}  # even values of each input; more inputs are spread
SPREAD = 4096
LATTICE = 200_000  # points of a lattice at most
FEW = 64  # allowed points of a lattice below which others are looked for


def candidates(where: Places) -> Float[np.ndarray, "candidates inputs"]:
    """A lattice over the places; a wide range is divided in logarithms too.

    Where four inputs or more have ranges, or a lattice would be too large, points are
    spread evenly, with all corners. Where conditions leave few points, or an equation
    none, points that fulfil them are sought one input after another.

    Raises:
        ValueError: No place fulfils the conditions.
    """
    if where.bound:
        return where.filling(SPREAD)
    free = sum(f.values is None for f in where.factors)
    axes = [_axis(factor, PER_AXIS.get(free, 2)) for factor in where.factors]
    if free > max(PER_AXIS) or math.prod(map(len, axes)) > LATTICE:
        ends = itertools.product(*((f.low, f.high) for f in where.factors))
        corners = list(itertools.islice(ends, SPREAD))
        points = np.concatenate([corners, where.spread(SPREAD)])
    else:
        points = np.array(list(itertools.product(*axes)))
    kept = where.allowed(points)
    return where.filling(SPREAD) if len(kept) < min(FEW, len(points)) else kept


def _axis(factor: Factor, even: int) -> np.ndarray:
    if factor.values is not None:
        return factor.values[:, 0]
    low, high = factor.low, factor.high
    values = np.linspace(low, high, even)
    if low > 0 and high > WIDE * low:
        values = np.concatenate([values, np.geomspace(low, high, even)])
    return np.unique(values)
