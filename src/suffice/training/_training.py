"""The result of `train`: the ensemble after training, with measures of each member."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from suffice._core import Hidden, Result

from ._outcome import Outcome, remedies, tally
from ._trained_ensemble import TrainedEnsemble

_UNTESTED = (
    "not tested, since there are more than 1500 parameters or kinks that are not seen; "
    "runs at a positive residual may have nothing left to gain"
)


@dataclasses.dataclass(frozen=True)
class Trajectory(Result):
    """The states of the members at requested times.

    A state is that after the first step at or after the requested time; gradient flow
    ends a step exactly there. For a member that finished earlier it is the final state.

    Attributes:
        models: The models, with leading axes `runs`, `times` on every parameter.
        time: The time of each state.
        loss: The loss of each state.
    """

    models: Hidden[Any]
    time: Float[np.ndarray, "runs times"]
    loss: Float[np.ndarray, "runs times"]

    def headline(self) -> str:
        """The number of trajectories and states, in one sentence."""
        runs, times = self.time.shape
        return f"{runs} trajectories of {times} states each."


@dataclasses.dataclass(frozen=True)
class Training(TrainedEnsemble):
    """The members of an ensemble at the end of training; failures are data.

    Attributes:
        models: The trained ensemble; `member(i)` and `best()` return single models.
        loss: `L = 1/2 Σ w |f - y|²` of each member, a sum and not a mean.
        steps: Number of attempted steps.
        outcome: An `Outcome` code for each member.
        rejected: Number of attempted steps that were rejected.
        time: Flow time; for descent, the sum of the learning rates of all steps.
        gradient: Norm of the gradient of `L`.
        test_error: Root mean square test error relative to the root mean square of the
            test targets; infinite if these are all zero, nan without test data.
        curvature: Largest eigenvalue of `Jᵀ W J`. Gradient descent is stable at a
            solution only if its learning rate times this number is below 2.
        exponent: `d log L / d log t` over the last one to two decades of time. It is
            large where the loss falls exponentially, and constant (-2 on a branch where
            neurons merge) where it falls algebraically; nan before the first decade.
        tile: Number of members that were computed together; results are bitwise
            reproducible for equal tiles, machines and versions.
        arrival_tested: Whether members were tested for arrival at a positive residual.
            The test forms the Hessian: above 1500 parameters it is not made, nor for
            models whose kinks are not seen, and a member that has arrived ends out of
            steps or stalled.
        trajectory: The states at the requested times, or None.
    """

    rejected: Int[np.ndarray, " runs"]
    time: Float[np.ndarray, " runs"]
    gradient: Float[np.ndarray, " runs"]
    test_error: Float[np.ndarray, " runs"]
    curvature: Float[np.ndarray, " runs"]
    exponent: Float[np.ndarray, " runs"]
    tile: int
    arrival_tested: bool
    trajectory: Trajectory | None

    def headline(self) -> str:
        """The outcomes of the runs, in one sentence."""
        return f"Of {len(self.loss)} runs {tally(self.outcome)}."

    def shown(self) -> dict[str, Any]:
        """Medians, the size of a tile, and remedies for runs that did not end well."""
        rows = {"median_loss": self.loss, "median_steps": self.steps}
        rows |= {"median_time": self.time, "median_test_error": self.test_error}
        finite = {k: v[np.isfinite(v)] for k, v in rows.items()}
        medians = {k: float(np.median(v)) for k, v in finite.items() if v.size}
        rows = medians | {"tile": self.tile} | remedies(self.outcome)
        open_ = np.isin(self.outcome, [Outcome.out_of_steps, Outcome.stalled])
        if open_.any() and not self.arrival_tested:
            rows["arrival"] = _UNTESTED
        return rows
