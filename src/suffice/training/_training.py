"""What `train` returns: an ensemble at its limits, and how every member got there."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from suffice._core import Hidden, Result

from ._ensemble import member
from ._outcome import Outcome


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
class Training(Result):
    """The members of an ensemble at the end of training; failures are data.

    Attributes:
        models: The trained ensemble; `member(i)` returns one model.
        loss: `L = 1/2 Σ w |f - y|²` of each member, a sum and not a mean.
        gradient: Norm of the gradient of `L`.
        time: Flow time; for descent, the sum of the learning rates of all steps.
        steps: Attempted steps.
        rejected: How many of them were not taken.
        outcome: An `Outcome` code for each member.
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

    models: Hidden[Any]
    loss: Float[np.ndarray, " runs"]
    gradient: Float[np.ndarray, " runs"]
    time: Float[np.ndarray, " runs"]
    steps: Int[np.ndarray, " runs"]
    rejected: Int[np.ndarray, " runs"]
    outcome: Int[np.ndarray, " runs"]
    test_error: Float[np.ndarray, " runs"]
    curvature: Float[np.ndarray, " runs"]
    exponent: Float[np.ndarray, " runs"]
    tile: int
    trajectory: Trajectory | None

    def member(self, index: int) -> Any:
        """One trained model."""
        return member(self.models, index)

    def count(self, outcome: Outcome) -> int:
        """How many members ended so."""
        return int(np.sum(self.outcome == outcome))

    def headline(self) -> str:
        """How the runs ended, in one sentence."""
        counts = ", ".join(
            f"{count} {outcome.name.replace('_', ' ')}"
            for outcome in Outcome
            if (count := self.count(outcome))
        )
        return f"Of {len(self.loss)} runs {counts}."

    def shown(self) -> dict[str, Any]:
        """Medians of loss, steps and flow time, and the slots of a tile."""
        rows = {"median_loss": self.loss, "median_steps": self.steps}
        rows |= {"median_time": self.time, "median_test_error": self.test_error}
        finite = {k: v[np.isfinite(v)] for k, v in rows.items()}
        medians = {k: float(np.median(v)) for k, v in finite.items() if v.size}
        return medians | {"tile": self.tile}
