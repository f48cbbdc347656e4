"""What candidates tell about the parameters of a law, and how that is judged."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import Float

from suffice._core import numerical_rank
from suffice.laws._fit._measurements import Measurements
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import slopes, with_values

RIDGE = 1e-9  # of the information of all candidates: what is known before any


class NoDesignError(ValueError):
    """No candidate shows some direction of the parameters at their values."""


@dataclasses.dataclass(frozen=True)
class Goal:
    """A criterion at one or several values of the parameters.

    Attributes:
        slopes: Derivatives of the outputs by the logarithms of the parameters, at every
            value and candidate.
        before: Information of the rows that are there already, at every value.
        cost: What a row of each candidate costs.
        target: What is to be small: `tr(target inverse)`; None for the determinant.
    """

    slopes: Float[np.ndarray, "values candidates outputs p"]
    before: Float[np.ndarray, "values p p"]
    cost: Float[np.ndarray, " candidates"]
    target: Float[np.ndarray, "values p p"] | None

    @property
    def ridge(self) -> Float[np.ndarray, "values p p"]:
        """A little of the information of all candidates, by which inverses exist."""
        whole = np.einsum("vcoi,vcoj->vij", self.slopes, self.slopes)
        return RIDGE * whole / self.slopes.shape[1]

    def information(
        self, weights: Float[np.ndarray, " candidates"]
    ) -> Float[np.ndarray, "values p p"]:
        """The information of candidates with weights, without what was before."""
        return np.einsum("c,vcoi,vcoj->vij", weights, self.slopes, self.slopes)

    def gains(
        self, inverse: Float[np.ndarray, "values p p"]
    ) -> Float[np.ndarray, " candidates"]:
        """By how much one more row of each candidate improves the criterion.

        The gain is the growth of `log det`, or the fall of the logarithm of the trace,
        averaged over the values of the parameters.
        """
        seen = np.einsum("vcoi,vij->vcoj", self.slopes, inverse)
        inner = np.einsum("vcoi,vcpi->vcop", seen, self.slopes)
        inner = inner + np.eye(inner.shape[-1])
        if self.target is None:
            return np.linalg.slogdet(inner)[1].mean(0)
        pulled = np.einsum("vcoi,vij,vcpj->vcop", seen, self.target, seen)
        fall = np.trace(np.linalg.solve(inner, pulled), axis1=2, axis2=3)
        total = np.einsum("vij,vji->v", self.target, inverse)[:, None]
        return -np.log1p(-np.minimum(fall / total, 1 - 1e-15)).mean(0)

    def value(self, information: Float[np.ndarray, "values p p"]) -> float:
        """The criterion, to be large: mean log det, or minus the mean log trace."""
        if self.target is None:
            return float(np.linalg.slogdet(information)[1].mean())
        inverse = np.linalg.inv(information)
        return -float(np.log(np.einsum("vij,vji->v", self.target, inverse)).mean())


Criterion = Literal["D", "A", "I"] | str


def goal_of(
    law: Law,
    x: Float[np.ndarray, "candidates inputs"],
    taken: Measurements | None,
    weight: Float[np.ndarray, " outputs"],
    cost: Float[np.ndarray, " candidates"],
    criterion: Criterion,
    values: Float[np.ndarray, "values p"],
) -> Goal:
    """A criterion for a law, at several values of its parameters.

    Args:
        law: The law.
        x: The candidates.
        taken: The rows that are there already; None where they do not count.
        weight: One over the standard deviation of each output of a candidate.
        cost: What a row of each candidate costs.
        criterion: `D`, `A`, `I` or a parameter.
        values: Values of the parameters.

    Raises:
        NoDesignError: Some parameter has no effect of its own at any candidate.
        ValueError: The criterion is neither D, A, I nor the name of a parameter; or the
            law has no finite derivatives at a candidate.
    """
    if criterion not in ("D", "A", "I", *law.names):
        raise ValueError(
            f"criterion is {criterion!r}; expected D, A, I or a parameter "
            f"({', '.join(law.names)})."
        )
    every = np.stack([relative_slopes(law, x, v, weight) for v in values])
    if not np.isfinite(every).all():
        raise ValueError(
            f"{law.name} has derivatives that are not finite at some candidates; "
            "narrow the ranges."
        )
    seen = numerical_rank(every[0].reshape(-1, len(law.names)))
    if criterion in ("D", "A", "I") and seen.lower < len(law.names):
        raise NoDesignError(
            f"no design determines every parameter of {law.name} at these values of "
            f"its parameters: the candidates see {seen.lower} of {len(law.names)} "
            "directions. Widen the ranges, choose other starting values, or hold what "
            "identify says is not determined with fixed=."
        )
    p = len(law.names)
    before = np.zeros((len(values), p, p))
    if taken is not None:
        rows = [relative_slopes(law, taken.x, v, taken.weight) for v in values]
        before = np.stack([np.einsum("coi,coj->ij", r, r) for r in rows])
    target = None
    if criterion == "A":
        target = np.broadcast_to(np.eye(p), before.shape)
    elif criterion == "I":
        target = np.einsum("vcoi,vcoj->vij", every, every) / len(x)
    elif criterion != "D":
        unit = np.eye(p)[law.names.index(criterion)]
        target = np.broadcast_to(np.outer(unit, unit), before.shape)
    return Goal(every, before, cost, target)


def relative_slopes(
    law: Law,
    x: Float[np.ndarray, "n inputs"],
    values: Float[np.ndarray, " p"],
    weight: Float[np.ndarray, "*n outputs"],
) -> Float[np.ndarray, "n outputs p"]:
    """Weighted derivatives of the outputs by the logarithms of the parameters.

    A parameter that is 0 has no logarithm; there the derivative by itself is taken.
    """
    every = np.broadcast_to(weight, (len(x), np.shape(weight)[-1]))
    j = slopes(with_values(law, values), x, every)
    return (j * np.where(values == 0, 1.0, values)).reshape(len(x), -1, len(values))
