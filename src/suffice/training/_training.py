"""What `train` returns: an ensemble at its limits, and how every member got there."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from suffice._core import Hidden, Result

from ._outcome import remedies, tally
from ._trained_ensemble import TrainedEnsemble


@dataclasses.dataclass(frozen=True)
class Trajectory(Result):
    """Where the members were at the wanted times.

    A state is that of the first step at or after the time (gradient flow stops exactly
    there); a member that had finished before stays where it ended.

    Attributes:
        models: The models, with leading axes `runs`, `times` on every parameter.
        time: The time of each state.
        loss: The loss of each state.
    """

    models: Hidden[Any]
    time: Float[np.ndarray, "runs times"]
    loss: Float[np.ndarray, "runs times"]

    def headline(self) -> str:
        """How much was recorded, in one sentence."""
        runs, times = self.time.shape
        return f"{runs} trajectories of {times} states each."


@dataclasses.dataclass(frozen=True)
class Training(TrainedEnsemble):
    """The members of an ensemble at the end of training; failures are data.

    Attributes:
        models: The trained ensemble; `member(i)` and `best()` return single models.
        loss: `L = 1/2 Σ w |f - y|²` of each member, a sum and not a mean.
        steps: Attempted steps.
        outcome: An `Outcome` code for each member.
        rejected: How many of the steps were not taken.
        time: Flow time; for descent, the sum of the learning rates of all steps.
        gradient: Norm of the gradient of `L`.
        test_error: Root mean square test error relative to the root mean square of the
            test targets, infinite where those vanish; nan without test data.
        curvature: Largest eigenvalue of `Jᵀ W J`. Gradient descent is stable at a
            solution only if its learning rate times this is below 2.
        exponent: `d log L / d log t` over the last one to two decades of time: large
            where the loss falls exponentially, a constant (-2 on a branch where neurons
            merge) where it falls algebraically; nan before the first decade.
        tile: Slots that were computed together; results are bitwise reproducible for
            the same tile, machine and versions.
        trajectory: The states at the wanted times, or None.
    """

    rejected: Int[np.ndarray, " runs"]
    time: Float[np.ndarray, " runs"]
    gradient: Float[np.ndarray, " runs"]
    test_error: Float[np.ndarray, " runs"]
    curvature: Float[np.ndarray, " runs"]
    exponent: Float[np.ndarray, " runs"]
    tile: int
    trajectory: Trajectory | None

    def headline(self) -> str:
        """How the runs ended, in one sentence."""
        return f"Of {len(self.loss)} runs {tally(self.outcome)}."

    def shown(self) -> dict[str, Any]:
        """Medians, the slots of a tile, and what to do where a run did not end well."""
        rows = {"median_loss": self.loss, "median_steps": self.steps}
        rows |= {"median_time": self.time, "median_test_error": self.test_error}
        finite = {k: v[np.isfinite(v)] for k, v in rows.items()}
        medians = {k: float(np.median(v)) for k, v in finite.items() if v.size}
        return medians | {"tile": self.tile} | remedies(self.outcome)
