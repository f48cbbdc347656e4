"""The order in which candidates lower the error of the fitted function most."""

import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Model, numerical_rank
from suffice.auditing._candidates import predict_one
from suffice.auditing._standard import Standard
from suffice.auditing._targets._response import slope
from suffice.auditing._triangle import distance, solved, triangle
from suffice.samples._shared import domain_around, tangent_basis

NONE = np.zeros(0, int)
RIDGE = 1e-9  # of unseen directions, relative to the mean of those that are seen


class SeenDirections:
    """Directions in which a fitted function can change, at rows and candidates.

    They are orthonormal in mean square over rows and candidates together, before each
    row gets its weight.

    Attributes:
        q: Values at the candidates, one row per candidate.
        now: Mean variance over the candidates, per unit of noise; infinite where the
            rows do not see every direction.
    """

    def __init__(
        self,
        model: Model,
        data: Standard,
        candidates: Float[np.ndarray, "pool dim"],
        key: Key[Array, ""],
    ):
        everywhere = np.concatenate([data.x, candidates])
        domain = domain_around(everywhere, model, None)
        basis = tangent_basis(model, everywhere, domain=domain, key=key)
        values, error = basis.values[:, 0], basis.errors[:, 0]
        n = len(data.x)
        # A class or a count has as much information as its mean has slope.
        steep = slope(predict_one(model, everywhere), data.kind)
        counts = np.sqrt(steep * np.append(data.weights, np.ones(len(candidates))))
        self._plain = values
        values, error = counts[:, None] * values, counts[:, None] * error
        self.q, self._means = values[n:], np.sqrt(steep[n:])[:, None] * values[n:]
        self._rows, self._error, self._n = values[:n], error, n
        self._factor = triangle(values[:n])
        self.now = self.variance(NONE) if self.determined(NONE) else np.inf

    def determined(self, order: Int[np.ndarray, " size"]) -> bool:
        """Whether the rows and these candidates see every direction."""
        rows = np.concatenate([self._rows, self.q[order]])
        error = np.concatenate([self._error[: self._n], self._error[self._n + order]])
        return numerical_rank(rows, error=error).lower == rows.shape[1]

    def order(
        self,
        size: int,
        *,
        cost: Float[np.ndarray, " pool"] | None = None,
        again: bool = True,
    ) -> Int[np.ndarray, " size"]:
        """Choose candidates one by one; each lowers the mean variance most.

        Args:
            size: Number of candidates to choose.
            cost: Cost of each candidate; the fall of the variance is divided by it.
            again: Whether a candidate may be chosen more than once.

        Source:
            Fedorov 1972; the criterion is the integrated variance (I-optimality), which
            does not depend on the parameters or units that describe the function.
        """
        information = self._rows.T @ self._rows
        ridge = RIDGE * np.trace(information) / len(information)
        information += ridge * np.eye(len(information))
        moment = self._means.T @ self._means
        price = np.ones(len(self.q)) if cost is None else cost
        open_, chosen = np.ones(len(self.q), bool), []
        for _ in range(size if again else min(size, len(self.q))):
            moved = self.q @ np.linalg.inv(information)
            fall = np.einsum("ci,ij,cj->c", moved, moment, moved, optimize=True)
            fall /= (1 + (moved * self.q).sum(1)) * price
            best = int(np.where(open_, fall, -1.0).argmax())
            chosen.append(best)
            open_[best] = again
            information = information + np.outer(self.q[best], self.q[best])
        return np.array(chosen, int)

    def variance(self, order: Int[np.ndarray, " size"]) -> float:
        """Return the mean variance over the candidates after these are measured."""
        return float(np.mean(distance(self._means, self._after(order)) ** 2))

    def foretold(
        self,
        order: Int[np.ndarray, " size"],
        each: Int[np.ndarray, " kinds"],
        m: Int[np.ndarray, " m"],
    ) -> Float[np.ndarray, " m"]:
        """Return the mean variance after these candidates and `m` more measurements.

        Each of the `m` adds the mean information of the candidates `each`.
        """
        factor = self._after(order)
        kinds = solved(self.q[each], factor).T / max(len(each), 1) ** 0.5
        _, s, v = np.linalg.svd(triangle(kinds))
        values = np.zeros(len(v))
        values[: len(s)] = s**2
        weights = ((v @ solved(self._means, factor)) ** 2).mean(axis=1)
        return (weights / (1 + m[:, None] * values)).sum(axis=1)

    def _after(self, order) -> np.ndarray:
        """The triangular factor of the information of the rows and these candidates."""
        return triangle(np.concatenate([self._factor, self.q[order]]))

    def path(
        self, order: Int[np.ndarray, " size"]
    ) -> tuple[Float[np.ndarray, " size"], Float[np.ndarray, " size"]]:
        """Return variance and amplification after each candidate and all before it.

        The amplification is that of a guarantee: it counts every sample alike.
        """
        variances, kappas = np.full((2, len(order)), np.inf)
        for place in range(len(order)):
            if self.determined(order[: place + 1]):
                taken = np.append(np.arange(self._n), self._n + order[: place + 1])
                least = np.linalg.svd(self._plain[taken], compute_uv=False)[-1]
                variances[place] = self.variance(order[: place + 1])
                kappas[place] = len(taken) ** 0.5 / least
        return variances, kappas
