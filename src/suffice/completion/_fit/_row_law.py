"""How the factors of a row follow from some of its entries."""

import dataclasses

import numpy as np
from jaxtyping import Float


@dataclasses.dataclass(frozen=True, eq=False)
class RowLaw:
    """What was learned of rows in general, to find the factors of one of them.

    Attributes:
        noise: Variance of the noise of every column.
        factors: Covariance of the factors of a row.
        offset: Variance of the offset of a row.
        units: What the offset is multiplied by in every column.
    """

    noise: Float[np.ndarray, " columns"]
    factors: Float[np.ndarray, "rank rank"]
    offset: float
    units: Float[np.ndarray, " columns"] | float = 1.0

    def ridge_of_rows(self) -> float:
        """Return the mean noise over the variance of the offsets."""
        return float(np.mean(self.noise / self.units**2) / self.offset)

    def scaled(self, scales: Float[np.ndarray, " columns"]) -> "RowLaw":
        """Return the law of a model whose columns are multiplied by some numbers."""
        if (scales == scales[:1]).all():
            one = float(scales[0] ** 2)
            return RowLaw(self.noise * one, self.factors * one, self.offset * one)
        noise, units = self.noise * scales**2, self.units * scales
        return dataclasses.replace(self, noise=noise, units=units)

    def turned(self, before: np.ndarray, after: np.ndarray) -> "RowLaw":
        """Return the law of the same products with other factors of the columns."""
        if not after.size:
            return dataclasses.replace(self, factors=np.zeros((0, 0)))
        turn = np.linalg.lstsq(after, before, rcond=None)[0]
        return dataclasses.replace(self, factors=turn @ self.factors @ turn.T)

    def precision(self, offsets: bool) -> Float[np.ndarray, "k k"]:
        """Return the precision of the offset, if there is a slot of it, and factors."""
        inner = np.linalg.inv(self.factors) if self.factors.size else self.factors
        if not offsets:
            return inner
        whole = np.zeros((len(inner) + 1, len(inner) + 1))
        whole[0, 0], whole[1:, 1:] = 1 / self.offset, inner
        return whole
