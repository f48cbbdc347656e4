"""Random directions in parameter space that are rank one in every weight matrix."""

import math
from collections.abc import Mapping, Sequence

import jax
import numpy as np
from jaxtyping import Array, Key

Pair = tuple[np.ndarray, np.ndarray]
"""Left and right factors of directions; row `k` of each belongs to direction `k`."""


class Probes:
    """Columns `omega_k = (+)_l u_k^l (x) v_k^l`, with `u` and `v` on spheres.

    The rank of `J Omega` is `min(rank J, columns)` for almost every draw, because the
    rank-one directions form an irreducible set that spans the parameter space. Random
    signs do not suffice: there are finitely many, and some draws give a wrong rank.
    Therefore a factor of dimension one, whose sphere is a pair of signs, is 1, and a
    single parameter has a normal distribution.

    A larger number of columns extends the earlier columns and never changes them.

    Args:
        shapes: For each leaf, the shape of the matrix as which it is treated.
        key: Random key of the directions.
        shared: For a bias, the weight and the side (0 or 1) whose factor it uses. The
            bias acts as one more row of that weight, so it needs no work of its own.

    Source:
        Derived and verified here.
    """

    def __init__(
        self,
        shapes: Sequence[tuple[int, int]],
        key: Key[Array, ""],
        shared: Mapping[int, tuple[int, int]] | None = None,
    ):
        seed = np.asarray(jax.random.key_data(key)).ravel().tolist()
        self._factors = [
            (_Factor(m, n, [*seed, leaf, 0]), _Factor(n, m, [*seed, leaf, 1]))
            for leaf, (m, n) in enumerate(shapes)
        ]
        for leaf, (weight, side) in (shared or {}).items():
            left = _Factor(1, 1, [*seed, leaf, 0])
            self._factors[leaf] = (left, self._factors[weight][side])

    def take(self, columns: int, start: int = 0) -> list[Pair]:
        """The directions `start` to `columns` of every leaf, one per row."""
        return [
            (u.take(columns)[start:], v.take(columns)[start:]) for u, v in self._factors
        ]


class _Factor:
    """Points on the sphere of radius `sqrt(size)`, drawn when they are needed."""

    def __init__(self, size: int, other: int, seed: list[int]):
        self._size = size
        self._fixed = size == 1 and (other > 1 or seed[-1] == 1)
        self._rng = np.random.default_rng(seed)
        self._drawn = np.empty((0, size))

    def take(self, columns: int) -> np.ndarray:
        missing = columns - len(self._drawn)
        if missing > 0:
            self._drawn = np.concatenate([self._drawn, self._draw(missing)])
        return self._drawn[:columns]

    def _draw(self, count: int) -> np.ndarray:
        if self._fixed:
            return np.ones((count, 1))
        points = self._rng.standard_normal((count, self._size))
        if self._size <= 1:  # a sphere of this dimension has at most two points
            return points
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        points *= math.sqrt(self._size) / norms
        return points
