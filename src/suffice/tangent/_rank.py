"""The rank of a tangent space, with the evidence for it."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from suffice._core import Result

RankStatus = Literal["exact", "measured", "at least", "undecided"]


@dataclasses.dataclass(frozen=True)
class Rank(Result):
    """The dimension of the tangent function space at one point, and why.

    Attributes:
        value: The rank, or None where only bounds are known.
        status: `exact` (a theorem about this point, by structure, finite field or
            matching certified bounds), `measured` (numerical, with a confident gap),
            `at least` (proved from below, and from above by `upper` only) or
            `undecided`.
        method: What settled it, e.g. `structure`, `singular values`, `balls`.
        lower: Proved lower bound.
        upper: Proved upper bound.
        parameters: Number of parameters `M`.
        last_kept: Last kept singular value over the largest, after equilibration.
        first_dropped: First dropped one over the largest; 0 at full column rank.
        tolerance: Relative threshold between the two.
        samples: Number of scalar samples looked at.
        domain: Which inputs the rank belongs to.
        note: Reason and remedy when undecided; caveats otherwise.
        singular_values: The spectrum that was cut, relative to the largest.
    """

    value: int | None
    status: RankStatus
    method: str
    lower: int
    upper: int
    parameters: int
    last_kept: float | None = None
    first_dropped: float | None = None
    tolerance: float | None = None
    samples: int | None = None
    domain: str | None = None
    note: str | None = None
    singular_values: Float[np.ndarray, " k"] | None = None

    @property
    def gap(self) -> float | None:
        """Last kept over first dropped singular value, infinite at full rank."""
        if self.last_kept is None or self.first_dropped is None:
            return None
        return self.last_kept / self.first_dropped if self.first_dropped else np.inf

    def headline(self) -> str:
        """The rank in one sentence."""
        if self.status == "at least":
            return (
                f"The rank is at least {self.lower} and at most {self.upper}: "
                f"{self.note}"
            )
        if self.value is None:
            return (
                f"The rank is undecided between {self.lower} and {self.upper}: "
                f"{self.note}"
            )
        return (
            f"The rank is {self.value} of {self.parameters} parameters "
            f"({self.status}, by {self.method})."
        )

    def derived(self) -> dict[str, Any]:
        """The gap."""
        return {"gap": self.gap}
