"""What an audit finds."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import Hidden, plural, Result
from suffice.samples import SampleSize

from ._candidates import predict_one
from ._learning import LearningCurve
from ._next import NextSamples
from ._standard import Standard
from ._sufficiency import Sufficiency
from ._thresholds import SampleSizeThreshold
from ._width import WidthCurve


@dataclasses.dataclass(frozen=True)
class Audit(Result):
    """How many samples a table needs, whether it has them, and what to measure next.

    Attributes:
        source: The file.
        target: Name of the target column.
        inputs: Names of the input columns.
        rows: Measurements used.
        unit: Standard deviation of the target: errors are relative to its square.
        notes: What was repaired in the table or left out.
        widths: Cross-validated error of ever wider networks.
        sample_size: Optimistic sample size of the chosen model.
        sufficiency: Whether the samples determine it, and how noise passes.
        learning: Error on unseen samples against samples used.
        thresholds: Where the theory expects that curve to change.
        next: What to measure next; None where nothing can be ordered.
        model: The chosen model, fitted to all samples in standard units.
        data: The table in standard units, with the way back to its own.
    """

    source: str
    target: str
    inputs: tuple[str, ...]
    rows: int
    unit: float
    notes: tuple[str, ...]
    widths: WidthCurve
    sample_size: SampleSize
    sufficiency: Sufficiency
    learning: LearningCurve
    thresholds: tuple[SampleSizeThreshold, ...]
    next: NextSamples | None
    model: Hidden[Any]
    data: Hidden[Standard]

    @property
    def intrinsic_width(self) -> int:
        """Hidden neurons of the chosen model; 0 for a constant or linear one."""
        return self.widths.width

    @property
    def name(self) -> str:
        """The chosen model in words."""
        return self.widths.name

    def predict(self, x: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, " n"]:
        """Predictions of the chosen model, everything in the units of the table."""
        standard = predict_one(self.model, self.data.standard(x))
        return self.data.offset + self.data.unit * standard

    def headline(self) -> str:
        """The answer in one sentence."""
        kind = "noise-free law" if self.widths.exact else "best explanation"
        enough = self.sufficiency.guarantee
        verdict = (
            "whether yours suffice is undecided"
            if enough is None or enough.holds is None
            else f"your {self.rows} {'suffice' if enough.holds else 'do not suffice'}"
        )
        return (
            f"{self.target} from {len(self.inputs)} inputs: the {kind} is "
            f"{described(self.name, self.widths.width)}; at least "
            f"{self.sample_size.value} samples are needed, {verdict}."
        )

    def shown(self) -> dict[str, Any]:
        """The numbers printed under the answer."""
        found = self.sufficiency
        return {
            "model": self.name,
            "unexplained": float(self.widths.error[self.widths.chosen]),
            "samples needed": self.sample_size.value,
            "samples": self.rows,
            "kappa": found.guarantee and found.guarantee.kappa,
            "off the fit": found.noise,
            "typical error": found.typical_error,
            "worst error": found.worst_error,
        }

    def derived(self) -> dict[str, Any]:
        """The numbers of the headline, by plain names."""
        return {
            "intrinsic_width": self.intrinsic_width,
            "model": self.name,
            "value": self.sample_size.value,
            "status": self.sample_size.status,
        }


def described(name: str, width: int) -> str:
    """A model of the ladder in words."""
    if name == "constant":
        return "a constant: no dependence on the inputs can be seen"
    if name == "linear":
        return "a linear model"
    return f"a tanh network of {plural(width, 'hidden neuron')}"
