"""The result of an ablation: what changes without each part of a transformer."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from suffice._core import Result
from suffice._core.literature import bases

By = Literal["zero", "mean", "resample"]
_ROUNDING = 1e-5  # changes of a loss that float32 does not tell from none
_SHOWN = 8  # parts that are printed


@dataclasses.dataclass(frozen=True)
class Effects(Result):
    """A measure of the whole transformer, and its changes without each part.

    Attributes:
        whole: Mean over the sequences, with every part.
        changes: Mean change without each part, in the order of `Ablation.parts`.
        errors: Standard errors of these changes over the sequences.
    """

    grounds = bases.MECHANISM

    whole: float
    changes: Float[np.ndarray, " parts"]
    errors: Float[np.ndarray, " parts"]

    def headline(self) -> str:
        """Return the value of the whole and the range of the changes."""
        low, high = (float(end(self.changes)) for end in (np.min, np.max))
        return f"{self.whole:.3g} as a whole; changes from {low:+.3g} to {high:+.3g}."

    def told(self, part: int) -> str:
        """Return the change without one part with its standard error."""
        return f"{self.changes[part]:+.3g} ± {self.errors[part]:.1g}"


@dataclasses.dataclass(frozen=True)
class Ablation(Result):
    """Loss, accuracy and logit difference without each part of a transformer.

    Attributes:
        by: What the output of a part was replaced by: `zero`, `mean` or `resample`.
        parts: Names of the parts, such as `layer 0, head 1`, `layer 0, attention` and
            `layer 0, perceptron`.
        loss: Effects on the cross-entropy of the label, in nats.
        accuracy: Effects on the share of answers that equal the label.
        difference: Effects on the logit of the label less that of the other answer.
    """

    grounds = bases.MECHANISM

    by: By
    parts: tuple[str, ...]
    loss: Effects
    accuracy: Effects
    difference: Effects

    @property
    def costliest(self) -> int:
        """Index of the part without which the loss is largest."""
        return int(np.argmax(self.loss.changes))

    def headline(self) -> str:
        """Return the part without which the loss rises most, in one sentence."""
        part = self.costliest
        if self.loss.changes[part] <= 2 * self.loss.errors[part] + _ROUNDING:
            return "No part raises the loss by more than two standard errors."
        return (
            f"Without {self.parts[part]} ({self.by}) the loss changes most, by "
            f"{self.loss.told(part)}, and accuracy by {self.accuracy.told(part)}."
        )

    def shown(self) -> dict[str, Any]:
        """Return the changes of loss and accuracy without the costliest parts."""
        order = np.argsort(-self.loss.changes, kind="stable")[:_SHOWN]
        return {
            f"without {self.parts[part]}": f"loss {self.loss.told(part)}, accuracy "
            f"{self.accuracy.told(part)}"
            for part in order
        }


def head_name(place: tuple[int, int]) -> str:
    """The layer and head of a path in words."""
    return f"layer {place[0]}, head {place[1]}"
