"""The rank of a tangent space, with the evidence for it."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from suffice._core import Result
from suffice._core.literature import bases

RankStatus = Literal["exact", "measured", "at least", "undecided"]


def open_status(lower: int) -> RankStatus:
    """The status of a rank without a value."""
    return "at least" if lower else "undecided"


def missed_pieces(bound: Literal["proved", "numerical"]) -> str:
    """Why random inputs do not decide the rank of a model with kinks, and the remedy.

    Args:
        bound: What the lower bound is.
    """
    return (
        "the derivative of the model jumps, and the samples may have missed a region "
        f"between jumps; the lower bound is {bound}. Write a ReLU network as a "
        "DeepNetwork, an equinox MLP or a torch Sequential, whose rank is exact."
    )


@dataclasses.dataclass(frozen=True)
class Rank(Result):
    """The dimension of the tangent function space at one point, with the evidence.

    Attributes:
        value: The rank, or None where only bounds are known.
        status: `exact` (a theorem about this point, by structure, finite field or
            matching certified bounds), `measured` (by ball arithmetic in which two
            precisions agree, or by singular values that are all counted or end high
            above the rounding errors), `at least` (the bounds `lower` and `upper`
            differ) or `undecided` (nothing is known).
        method: The method that gave the rank, e.g. `structure`, `singular values`,
            `balls`.
        lower: Lower bound: proved, unless the note calls it numerical.
        upper: Proved upper bound.
        parameters: Number of parameters `M`.
        last_kept: Smallest kept singular value divided by the largest, after
            equilibration.
        first_dropped: Largest dropped singular value divided by the largest; 0 at
            full column rank.
        tolerance: Singular values below it, relative to the largest, may be rounding
            errors.
        samples: Number of scalar samples that were evaluated.
        domain: The inputs that the rank refers to, in words.
        note: The reason and the remedy when the rank is undecided; else a limitation
            of the answer, or None.
        singular_values: All singular values, divided by the largest.
    """

    grounds = bases.TANGENT

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
        """Smallest kept over largest dropped singular value; infinite at full rank."""
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
        """The gap between kept and dropped singular values."""
        return {"gap": self.gap}
