"""Fits under a ridge that was named, with the variances of their entries."""

from typing import Any

import numpy as np
from jaxtyping import Float

from suffice.completion._determined._border import Offsets
from suffice.completion._entries._observed import Observed

from ._offset_model import LowRank
from ._row_law import RowLaw
from ._sweeps import Blocks, Sweeper

DESCENT = (0.3, 0.1, 0.03, 0.01, 1e-3)  # larger ridges, at which a new rank begins
FIRST = 3  # sweeps at each of them


class Ridged:
    """Alternating least squares under one ridge, from rank to rank."""

    def __init__(self, problem: Blocks, offsets: Offsets, ridge: float):
        self.sweeper, self.ridge = Sweeper(problem, offsets), ridge

    @property
    def rank(self) -> int:
        """Number of factors."""
        return self.sweeper.model.rank

    @property
    def model(self) -> LowRank:
        """The matrix."""
        return self.sweeper.model

    @property
    def rows_are_level(self) -> bool:
        """Whether the offsets of the rows have vanished: a ridge lets none vanish."""
        return False

    def grow(self) -> None:
        """Add the direction that reduces the residuals most, from large ridges down."""
        self.sweeper.grow()
        for tau in DESCENT:
            if tau * self.sweeper.largest.min() > self.ridge:
                self.sweeper.sweep(tau, FIRST)

    def sweep(self, count: int) -> None:
        """Do some sweeps."""
        self.sweeper.sweep_at(np.full(self.sweeper.problem.blocks, self.ridge), count)

    def variance(self, where: Observed) -> Float[np.ndarray, " n"]:
        """Return the variance of some held-out entries, in units of the noise."""
        total = np.ones(len(where.values))
        for (inverse, features), i, j in zip(
            self._sides(), (where.rows, where.columns), (where.columns, where.rows),
            strict=True,
        ):  # fmt: skip
            total += np.einsum("nk,nkl,nl->n", features[j], inverse[i], features[j])
        return np.maximum(total, 1.0)

    def variances(self) -> Float[np.ndarray, "rows columns"]:
        """Return the variance of every entry, in units of the noise."""
        totals = []
        for inverse, features in self._sides():
            outer = features[:, :, None] * features[:, None]
            flat = outer.reshape(len(features), -1)
            totals.append(inverse.reshape(len(inverse), -1) @ flat.T)
        return 1.0 + np.maximum(totals[0] + totals[1].T, 0.0)

    def law(self) -> RowLaw:
        """Return how the factors of a row follow from its entries."""
        rank, n = self.model.rank, len(self.model.column)
        ridge = max(self.ridge, np.finfo(float).tiny)
        penalty = max(float(self.sweeper.penalty[0]), np.finfo(float).tiny)
        return RowLaw(np.ones(n), np.eye(rank) / ridge, 1 / penalty)

    def _sides(self):
        left, right = self.model.tangent()
        problem = self.sweeper.problem
        return (
            (_inverse(problem.mask, right, self.ridge), right),
            (_inverse(problem.turned, left, self.ridge), left),
        )


def _inverse(mask: Any, features, ridge: float) -> np.ndarray:
    q = features.shape[1]
    products = (features[:, :, None] * features[:, None]).reshape(len(features), q * q)
    gram = (mask @ products).reshape(-1, q, q)
    size = np.trace(gram, axis1=1, axis2=2)
    gram[:, range(q), range(q)] += (ridge + 1e-9 * size + 1e-300)[:, None]
    return np.linalg.inv(gram)
