"""The result of fitting a law to a table."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import Hidden, plural, Result
from suffice._core.literature import bases
from suffice.auditing import Predictions
from suffice.laws._determined._structure import Determined
from suffice.laws._determined._words import joined, together
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import slopes

from ._checks import UNSETTLED
from ._estimate import ParameterEstimate
from ._law_predictor import LawPredictor
from ._measurements import Measurements


@dataclasses.dataclass(frozen=True)
class LawFit(Result):
    """A law fitted to a table.

    Attributes:
        law: The law at the fitted values.
        data: The measurements.
        table: The file, or "a data frame".
        rows: Number of measurements.
        distinct: Number of distinct inputs.
        estimates: The parameters with their intervals.
        squares: Weighted sum of squared residuals.
        residual: Standard deviation of the residuals, with the number of parameters
            subtracted from the degrees of freedom; None without any.
        pure_error: Standard deviation of repeats around their means; None without
            repeats.
        freedom: Degrees of freedom of `pure_error`.
        misfit: Probability of a misfit this large by chance: by the F-test against
            repeats, or by the chi-square test where standard deviations are known.
        correlations: Correlations of the estimates.
        spread: Ratio of the largest to the smallest eigenvalue of `J'J` in logarithms
            of the parameters: the larger, the worse the worst direction is seen.
        weakest: Relative changes of the parameters along this direction: one standard
            error, or in proportion where the noise is not known or no data see it.
        leverage: Share of each row in its own fitted value, between 0 and 1; of several
            outputs the largest.
        others: Other values of the parameters that fit equally well.
        checks: What is wrong with the residuals, one sentence each.
        determined: What these inputs determine; None where that was not asked.
    """

    grounds = bases.LAW_FIT

    law: Hidden[Law]
    data: Hidden[Measurements]
    table: str
    rows: int
    distinct: int
    estimates: tuple[ParameterEstimate, ...]
    squares: float
    residual: float | None
    pure_error: float | None
    freedom: int
    misfit: float | None
    correlations: Float[np.ndarray, "p p"]
    spread: float
    weakest: dict[str, float]
    leverage: Float[np.ndarray, " n"]
    others: tuple[dict[str, float], ...]
    checks: tuple[str, ...]
    determined: Determined | None = None

    def __getitem__(self, name: str) -> ParameterEstimate:
        """The estimate of one parameter."""
        for estimate in self.estimates:
            if estimate.name == name:
                return estimate
        raise KeyError(f"{name!r} is no free parameter of {self.law.name}.")

    @property
    def noise(self) -> float:
        """The standard deviation of a row on which the errors rest; NaN if unknown."""
        if self.data.known:
            return 1.0
        return np.nan if self.residual is None else self.residual

    @property
    def left(self) -> int:
        """Degrees of freedom of the residuals."""
        lost = self.determined.rank.lower if self.determined else len(self.law.names)
        return self.data.y.size - lost

    @property
    def predictor(self) -> LawPredictor:
        """The law with what it needs to predict."""
        j = slopes(self.law, self.data.x, self.data.weight)
        p = len(self.law.names)
        low, high = np.array(list(self.data.ranges.values())).T
        return LawPredictor(
            law=self.law,
            inputs=self.data.inputs,
            targets=self.data.targets,
            rows=self.rows,
            noise=np.inf if np.isnan(self.noise) else self.noise,
            known=self.data.known,
            freedom=self.left,
            factor=np.asarray(np.linalg.qr(np.concatenate([j, np.zeros((p, p))]), "r")),
            low=low,
            high=high,
        )

    def predict(
        self,
        x: Float[np.ndarray, "m inputs"],
        *,
        target: str | None = None,
        level: float = 0.95,
    ) -> Predictions:
        """Predict a new measurement at inputs: see `LawPredictor.predict`."""
        return self.predictor.predict(x, target=target, level=level)

    def headline(self) -> str:
        """The parameters in one sentence."""
        found = joined([e.said for e in self.estimates])
        said = f"{self.law.name} fitted to {plural(self.rows, 'row')}: {found}."
        rest = UNSETTLED[:1].upper() + UNSETTLED[1:]
        return f"{said} {rest}" if UNSETTLED in self.checks else said

    def shown(self) -> dict[str, Any]:
        """Intervals and the quality of the fit."""
        return {
            **{e.name: e.verdict for e in self.estimates},
            "residual sd": self.residual,
            "sd of repeats": self.pure_error,
            "misfit by chance": self.misfit,
            "weakest direction": together(self.weakest),
            "note": " ".join(self.checks) or None,
        }
