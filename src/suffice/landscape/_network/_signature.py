"""Numbers of positive, negative and zero eigenvalues, with their evidence."""

import dataclasses
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from suffice._core import Hidden, Result
from suffice._core.literature import bases

InertiaMethod = Literal["dense", "sliced", "lanczos"]
NEAR = 100.0  # an eigenvalue within this factor of the tolerance is doubtful


class Signature(NamedTuple):
    """Numbers of positive, negative and zero eigenvalues."""

    positive: int
    negative: int
    zero: int


@dataclasses.dataclass(frozen=True)
class Inertia(Result):
    """Eigenvalue counts of the Hessian of `L = 1/2 sum r^2`, with their evidence.

    The eigenvalues are those of the Hessian, except for the counts of a two-layer
    network: its neurons are first scaled to a common size, which keeps the counts.

    Attributes:
        parameters: Number of parameters.
        positive: Number of eigenvalues above the tolerance; None if not counted.
        negative: Number of eigenvalues below minus the tolerance; a lower bound for
            `lanczos`.
        zero: Number of all other eigenvalues; None if not counted.
        surely_negative: Number of negative eigenvalues that are not doubtful; a lower
            bound for `lanczos`.
        doubtful: Number of eigenvalues within a factor of 100 of the tolerance; if it
            is not 0, the counts depend on the tolerance.
        tolerance: Largest absolute value of an eigenvalue that counts as zero.
        largest_zero: Largest absolute eigenvalue that counts as zero (for `sliced`, an
            upper bound).
        smallest_nonzero: Smallest absolute eigenvalue that does not count as zero (for
            `sliced`, a lower bound).
        method: The method of the computation.
        extremes: Lowest and highest eigenvalues, for `dense` and `lanczos`.
        residuals: Residual norms of the extreme eigenpairs, for `lanczos`.
        spectrum: All eigenvalues in increasing order, for `dense`; else empty.
    """

    grounds = bases.COUNTS

    parameters: int
    positive: int | None
    negative: int
    zero: int | None
    surely_negative: int
    doubtful: int
    tolerance: float
    largest_zero: float
    smallest_nonzero: float
    method: InertiaMethod
    extremes: Float[np.ndarray, " k"]
    residuals: Float[np.ndarray, " k"]
    spectrum: Hidden[Float[np.ndarray, " p"]]

    @property
    def exact(self) -> bool:
        """Whether every eigenvalue was counted, none of them near the tolerance."""
        return self.positive is not None and self.doubtful == 0

    @property
    def signature(self) -> Signature:
        """The counts as one tuple.

        Raises:
            ValueError: The method is `lanczos`, which does not count.
        """
        if self.positive is None or self.zero is None:
            raise ValueError(
                "the method is lanczos, which counts nothing; use another method."
            )
        return Signature(self.positive, self.negative, self.zero)

    def headline(self) -> str:
        """The counts in one sentence."""
        if self.positive is None:
            low, high = self.extremes.min(), self.extremes.max()
            return (
                f"Of {self.parameters} eigenvalues the extremes are {low:.3g} and "
                f"{high:.3g}; at least {self.negative} are negative. They were not "
                "counted."
            )
        doubt = f"; {self.doubtful} near the tolerance" if self.doubtful else ""
        return (
            f"{self.positive} positive, {self.negative} negative, {self.zero} zero "
            f"eigenvalues of {self.parameters}{doubt}."
        )

    def shown(self) -> dict[str, Any]:
        """Method, tolerance and the gap around it."""
        rows = {"method": self.method, "tolerance": self.tolerance}
        if self.positive is not None:
            bounds = "<=" if self.method == "sliced" else "="
            rows["largest_zero"] = f"{bounds} {self.largest_zero:.2g}"
            other = ">=" if self.method == "sliced" else "="
            rows["smallest_nonzero"] = f"{other} {self.smallest_nonzero:.2g}"
        else:
            rows["largest_residual"] = float(self.residuals.max())
        return rows
