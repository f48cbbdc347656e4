"""The trajectories of a factorisation under gradient flow."""

import dataclasses
import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from suffice._core import Hidden, Result
from suffice._core.literature import bases

from ._path import Path
from ._product_spectrum import count_rank, THRESHOLD


@dataclasses.dataclass(frozen=True)
class FactorisationFlow(Result):
    """Final states of gradient flow of `A B`.

    The first axes of every array are `(scales, seeds)`; with several problems, the
    axis of the problems precedes them.

    Attributes:
        left: `A`, shape `(*runs, rows, width)`, in the coordinates of the initial
            factors.
        right: `B`, shape `(*runs, width, columns)`.
        values: `A B`.
        singular_values: Singular values of `A B`, descending; small ones are accurate
            in relative terms too.
        loss: Half the sum of squared errors on the observed entries.
        gradient: Norm of the gradient.
        time: Flow time.
        steps: Steps taken.
        converged: Whether the loss reached its tolerance.
        stationary: Whether the run ended before converging because its gradient became
            small, relative to its factors and residual: at a critical point, or in a
            valley that is as flat.
        scales: Standard deviations of the initial factors.
        path: The recorded trajectories; None if they were not recorded.
    """

    grounds = bases.LEVELS

    left: Float[np.ndarray, "*runs rows width"]
    right: Float[np.ndarray, "*runs width columns"]
    values: Float[np.ndarray, "*runs rows columns"]
    singular_values: Float[np.ndarray, "*runs k"]
    loss: Float[np.ndarray, "*runs"]
    gradient: Float[np.ndarray, "*runs"]
    time: Float[np.ndarray, "*runs"]
    steps: Int[np.ndarray, "*runs"]
    converged: Bool[np.ndarray, "*runs"]
    stationary: Bool[np.ndarray, "*runs"]
    scales: tuple[float, ...]
    path: Hidden[Path | None] = None

    @property
    def rank(self) -> Int[np.ndarray, "*runs"]:
        """Number of singular values above a thousandth of the largest, for each run."""
        return count_rank(self.singular_values, THRESHOLD)

    @property
    def nuclear_norm(self) -> Float[np.ndarray, "*runs"]:
        """Sum of the singular values, for each run."""
        return self.singular_values.sum(-1)

    def rank_gap_exponent(self) -> Float[np.ndarray, "*problems seeds"]:
        r"""Return how fast the first dropped singular value falls with the scale.

            d log σ_{k+1} / d log scale

        between the two smallest scales, where `k` is the rank at the smallest. An ideal
        plateau gives 2. Near 0 this singular value does not depend on the scale, and a
        smaller initialisation will not lower it. NaN at full rank.

        Raises:
            ValueError: The flow has one scale only.
        """
        if len(self.scales) < 2:
            raise ValueError("the exponent compares two scales; this flow has one.")
        large, small = np.argsort(self.scales)[[1, 0]]
        s = np.moveaxis(self.singular_values, -3, 0)
        k = np.moveaxis(self.rank, -2, 0)[small]
        dropped = np.minimum(k, s.shape[-1] - 1)[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = (
                np.log(np.take_along_axis(s[i], dropped, -1)[..., 0])
                for i in (large, small)
            )
            ratio = math.log(self.scales[large] / self.scales[small])
            return np.where(k < s.shape[-1], (first - second) / ratio, np.nan)

    def headline(self) -> str:
        """Say in one sentence how the runs ended."""
        done, ranks = self.converged, self.rank[self.converged]
        text = f"{done.sum()} of {done.size} runs fitted the observed entries"
        if not ranks.size:
            return f"{text}."
        counts = ", ".join(
            f"{int((ranks == k).sum())} at rank {k}" for k in np.unique(ranks)
        )
        return f"{text}: {counts}."

    def shown(self) -> dict[str, Any]:
        """Return the scales, the largest loss and the largest number of steps."""
        return {
            "scales": ", ".join(f"{scale:g}" for scale in self.scales),
            "largest loss": float(self.loss.max()),
            "most steps": int(self.steps.max()),
        }
