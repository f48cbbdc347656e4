"""Numbers of positive, negative and zero eigenvalues, with their evidence."""

import dataclasses
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from suffice._core import Hidden, Result

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

    Attributes:
        parameters: Number of parameters.
        positive: Eigenvalues above the tolerance; None where they were not counted.
        negative: Eigenvalues below minus the tolerance; with `lanczos` a lower bound.
        zero: The others; None where they were not counted.
        doubtful: Number of eigenvalues within a factor of 100 of the tolerance, on
            either side; if it is not 0, the counts depend on the tolerance.
        tolerance: Absolute value up to which an eigenvalue counts as zero.
        largest_zero: Largest absolute eigenvalue counted as zero (an upper bound with
            `sliced`).
        smallest_nonzero: Smallest absolute eigenvalue not counted as zero (a lower
            bound with `sliced`).
        method: The method that found them.
        extremes: Lowest and highest eigenvalues found, with `dense` and `lanczos`.
        residuals: Residual norms of the extreme eigenpairs, with `lanczos`.
        spectrum: Every eigenvalue in increasing order, with `dense`; else empty.
    """

    parameters: int
    positive: int | None
    negative: int
    zero: int | None
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
            ValueError: They were not counted.
        """
        if self.positive is None or self.zero is None:
            raise ValueError("Lanczos finds extreme eigenvalues and counts nothing.")
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
