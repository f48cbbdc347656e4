"""The result of an audit."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import Hidden, percent, plural, Result
from suffice.samples import SampleSize

from ._design._forecast import ErrorForecast
from ._design._more import MoreSamples
from ._design._next import NextSamples
from ._learning import LearningCurve
from ._predictor._predictor import Predictions, Predictor
from ._predictor._relevance import Relevance
from ._references import References
from ._standard import Standard
from ._sufficiency import Sufficiency
from ._thresholds import SampleSizeThreshold
from ._width import WidthCurve


@dataclasses.dataclass(frozen=True)
class Audit(Result):
    """How many samples a table needs, whether it has them, and what to measure next.

    Attributes:
        source: The file, or the name of the table.
        target: Name of the target column.
        inputs: Names of the input columns.
        rows: Number of measurements used.
        all_rows: Number of measurements of the table; more than `rows` where a random
            subset was drawn.
        unit: Standard deviation of the target; errors are relative to its square.
        notes: What was repaired in the table or left out, one sentence each.
        widths: Cross-validated error of networks of growing width.
        references: Errors of other descriptions on the same unseen samples.
        sample_size: Optimistic sample size of the chosen model.
        sufficiency: Whether the samples determine the model, and how they amplify
            noise.
        learning: Error on unseen samples as a function of the sample size.
        thresholds: Sample sizes at which the theory expects this curve to change.
        forecast: Error on a new measurement with more rows; None for a law without
            noise, and where there are too few rows.
        next: Candidates to measure next; None where they cannot be ordered.
        more: How many more measurements the wanted error takes, for a new measurement
            and for the fitted function; empty if none is wanted.
        relevance: Which inputs the chosen model uses; None for a constant.
        at: Predictions at the inputs that were asked for; None without any.
        model: The chosen model, fitted to all samples in standard units.
        predictor: The chosen model with all it needs to predict, for `save_predictor`.
        data: The table in standard units, with its means and standard deviations.
    """

    source: str
    target: str
    inputs: tuple[str, ...]
    rows: int
    all_rows: int
    unit: float
    notes: tuple[str, ...]
    widths: WidthCurve
    references: References
    sample_size: SampleSize
    sufficiency: Sufficiency
    learning: LearningCurve
    thresholds: tuple[SampleSizeThreshold, ...]
    forecast: ErrorForecast | None
    next: NextSamples | None
    more: tuple[MoreSamples, ...]
    relevance: Relevance | None
    at: Predictions | None
    model: Hidden[Any]
    predictor: Hidden[Predictor]
    data: Hidden[Standard]

    @property
    def intrinsic_width(self) -> int:
        """Hidden neurons of the chosen model; 0 for a constant or linear model."""
        return self.widths.width

    @property
    def name(self) -> str:
        """Name of the chosen model: `constant`, `linear`, `width 1`, ..."""
        return self.widths.name

    def predict(self, x: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, " n"]:
        """Return the predictions of the law, as `law.predict` without their intervals.

        Args:
            x: Inputs in the units of the table, one row per prediction.
        """
        return self.predictor.predict(x).value

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the input columns of the file; one of words is several inputs."""
        return self.data.table.columns

    def headline(self) -> str:
        """Return the answer in one sentence."""
        kind = "noise-free law" if self.widths.exact else "best explanation"
        enough = self.sufficiency.guarantee
        holds = {True: "suffice", False: "do not suffice"}
        verdict = (
            "whether yours suffice is undecided"
            if enough is None or enough.holds is None
            else f"your {counted(self)} {holds[enough.holds]}"
        )
        inputs = plural(len(self.columns), "input")
        return (
            f"{beaten(self)}{self.predictor.predicted} from {inputs}: the {kind} is "
            f"{described(self)}; "
            f"at least {self.sample_size.value} samples are needed for it, {verdict}."
        )

    def shown(self) -> dict[str, Any]:
        """Return the numbers printed under the answer."""
        verdict = self.sufficiency
        return {
            "model": self.name,
            "unexplained": float(self.widths.error[self.widths.chosen]),
            "samples needed": self.sample_size.value,
            "samples": self.rows,
            "kappa": verdict.guarantee and verdict.guarantee.kappa,
            "noise": verdict.noise.value,
            "typical error": verdict.typical_error,
            "region error": verdict.region_error,
            "worst error": verdict.worst_error,
        }

    def derived(self) -> dict[str, Any]:
        """Return the numbers of the headline by their names in JSON."""
        return {
            "intrinsic_width": self.intrinsic_width,
            "model": self.name,
            "value": self.sample_size.value,
            "status": self.sample_size.status,
        }


def beaten(audit: Audit) -> str:
    """Say first where another description predicts as well or better; else nothing."""
    others, widths = audit.references, audit.widths
    if others.level is not None:
        return (
            f"{others.title(others.level)} predicts about as well: it leaves "
            f"{percent(others.error[others.level])} of the variance of unseen samples, "
            f"{audit.name} {percent(widths.error[widths.chosen])}. "
        )
    if others.better is None:
        return ""
    best, somewhat = others.better, "" if others.clear else "somewhat "
    wrong = "A narrow network is not the right description of this table. "
    return (
        f"{wrong if others.clear else ''}{others.title(best)} predicts {somewhat}"
        f"better. It leaves {percent(others.error[best])} of the variance of unseen "
        f"samples, {audit.name} {percent(widths.error[widths.chosen])} (the difference "
        f"is {percent(others.ahead[best])} ± {percent(others.ahead_error[best])}). "
    )


def described(audit: Audit) -> str:
    """Describe the chosen model of an audit in words."""
    kind = {"number": "", "class": "logistic ", "count": "Poisson "}[audit.data.kind]
    if audit.name == "constant":
        return "a constant"
    if audit.name == "linear":
        return f"a {kind}linear model"
    network = f"tanh network of {plural(audit.widths.width, 'hidden neuron')}"
    return f"a {kind}{network}"


def counted(audit: Audit) -> str:
    """Say how many rows are used, and of how many where a subset was drawn."""
    if audit.all_rows == audit.rows:
        return f"{audit.rows}"
    return f"{audit.rows} of {audit.all_rows:,}"
