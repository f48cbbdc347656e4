"""The fields that the results of `fit`, `train` and `learn` have in common."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from suffice._core import Hidden, Result

from ._ensemble import member
from ._outcome import Outcome


@dataclasses.dataclass(frozen=True)
class TrainedEnsemble(Result):
    """Abstract: the members of an ensemble after training; failures are data.

    Attributes:
        models: The trained ensemble; `member(i)` and `best()` return one model.
        loss: The loss of each member at the end.
        steps: Number of steps of each member.
        outcome: An `Outcome` code for each member.
    """

    models: Hidden[Any]
    loss: Float[np.ndarray, " runs"]
    steps: Int[np.ndarray, " runs"]
    outcome: Int[np.ndarray, " runs"]

    def member(self, index: int) -> Any:
        """One trained model."""
        return member(self.models, index)

    def best(self) -> Any:
        """The trained model with the lowest loss; the first one among equals."""
        finite = np.where(np.isfinite(self.loss), self.loss, np.inf)
        return self.member(int(np.argmin(finite)))

    def count(self, outcome: Outcome) -> int:
        """The number of members with this outcome."""
        return int(np.sum(self.outcome == outcome))
