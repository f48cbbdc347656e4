"""The result of fitting a law to a table."""

import dataclasses
from typing import Any

import numpy as np
import scipy.stats
from jaxtyping import Float

from suffice._core import Hidden, plural, Result
from suffice._core.literature import bases
from suffice.auditing import Predictions
from suffice.laws._determined._structure import Determined
from suffice.laws._determined._words import joined, together
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import predictions, slopes

from ._estimate import ParameterEstimate
from ._measurements import Measurements

UNSEEN = 1e-10  # of the best seen direction: below it the table sees nothing
LOST = 1e-6  # share of the derivative of a prediction that may be unseen


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
        leverage: Share of each row in its own fitted value, between 0 and 1.
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

    def band(
        self, x: Float[np.ndarray, "m inputs"], *, level: float = 0.95
    ) -> Float[np.ndarray, "m outputs"]:
        """Half the width of the interval of the law itself, in the linearised law.

        Args:
            x: Inputs, one row per prediction.
            level: Probability of the interval, between 0 and 1.

        Returns:
            One number per row and output; infinite without degrees of freedom.
        """
        return self._quantile(level) * self._errors(x)

    def predict(
        self,
        x: Float[np.ndarray, "m inputs"],
        *,
        target: str | None = None,
        level: float = 0.95,
    ) -> Predictions:
        """Predict a new measurement at inputs, with intervals.

        With known standard deviations, which nobody knows for a new row, the intervals
        are those of the law itself.

        Args:
            x: Inputs in the units of the table, one row per prediction, in the order of
                the inputs of the law.
            target: Which output; None takes the first.
            level: Probability of the intervals, between 0 and 1.

        Raises:
            ValueError: `x` has another number of columns or is not finite, `level` is
                out of range, or there is no such target.

        Source:
            Seber and Wild, Nonlinear Regression, section 5.1.
        """
        x = np.asarray(x, float)
        names = self.data.inputs
        if x.ndim != 2 or x.shape[1] != len(names) or not np.isfinite(x).all():
            raise ValueError(
                f"x has shape {x.shape}; expected finite numbers, one row per "
                f"prediction and the columns {', '.join(names)}."
            )
        if not 0 < level < 1:
            raise ValueError(f"level is {level:g}; expected a number between 0 and 1.")
        target = target or self.data.targets[0]
        if target not in self.data.targets:
            raise ValueError(
                f"target is {target!r}; expected {' or '.join(self.data.targets)}."
            )
        place = self.data.targets.index(target)
        value, error = predictions(self.law, x)[:, place], self._errors(x)[:, place]
        noise = 0.0 if self.data.known else self.noise
        half = self._quantile(level) * np.hypot(error, noise)
        low, high = np.array(list(self.data.ranges.values())).T
        return Predictions(
            target=target,
            value=value,
            low=value - half,
            high=value + half,
            function_error=error,
            outside=((x < low) | (x > high)).any(1),
            level=level,
        )

    def _errors(self, x: np.ndarray) -> np.ndarray:
        """Standard errors of the law at inputs, one per row and output.

        They are infinite where a prediction depends on what the table does not see.
        """
        j = slopes(self.law, self.data.x, self.data.weight)
        size = np.linalg.norm(j, axis=0)
        size = np.where(size > 0, size, 1.0)
        near = slopes(self.law, x) / size
        share = near @ np.linalg.pinv(j / size, rcond=UNSEEN)
        lost = np.abs(near - share @ (j / size)).max(1) > LOST * np.abs(near).max(1)
        error = np.where(lost, np.inf, self.noise * np.sqrt((share**2).sum(1)))
        return error.reshape(len(x), -1)

    def _quantile(self, level: float) -> float:
        tail = (1 - level) / 2
        if self.data.known:
            return float(scipy.stats.norm.isf(tail))
        freedom = self.data.y.size - len(self.law.names)
        return float(scipy.stats.t.isf(tail, freedom)) if freedom > 0 else np.inf

    def headline(self) -> str:
        """The parameters in one sentence."""
        found = joined([e.said for e in self.estimates])
        return f"{self.law.name} fitted to {plural(self.rows, 'row')}: {found}."

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
