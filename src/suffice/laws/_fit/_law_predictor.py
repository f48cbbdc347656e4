"""A fitted law with what it needs to predict."""

import dataclasses

import numpy as np
import scipy.stats
from jaxtyping import Float

from suffice._core import Hidden, plural, Result
from suffice._core.literature import bases
from suffice.auditing import Predictions
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import predictions, slopes

UNSEEN = 1e-10  # of the best seen direction: below it the table sees nothing
LOST = 1e-6  # share of the derivative of a prediction that may be unseen


@dataclasses.dataclass(frozen=True)
class LawPredictor(Result):
    """A fitted law with what it needs to predict.

    `LawFit.predictor` is one; `save_law` writes it to a file, and `load_law` reads it.

    Attributes:
        law: The law at the fitted values.
        inputs: Names of the inputs, in the order of the columns of `x`.
        targets: Names of the outputs.
        rows: Number of rows to which it was fitted.
        noise: Standard deviation of a measurement; infinite where it is not known, and
            1 with known standard deviations.
        known: Whether the standard deviations of the rows are known.
        freedom: Degrees of freedom of the noise.
        factor: Triangular factor of the information of the rows about the parameters,
            in units of the noise.
        low: Least measured value of each input.
        high: Largest measured value of each input.
    """

    grounds = bases.LAW_FIT

    law: Hidden[Law]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    rows: int
    noise: float
    known: bool
    freedom: int
    factor: Hidden[Float[np.ndarray, "p p"]]
    low: Float[np.ndarray, " inputs"]
    high: Float[np.ndarray, " inputs"]

    def headline(self) -> str:
        """What the law predicts from what."""
        return (
            f"{self.law.name}: {', '.join(self.targets)} from "
            f"{', '.join(self.inputs)}, fitted to {plural(self.rows, 'row')}."
        )

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
        if x.ndim != 2 or x.shape[1] != len(self.inputs) or not np.isfinite(x).all():
            raise ValueError(
                f"x has shape {x.shape}; expected finite numbers, one row per "
                f"prediction and the columns {', '.join(self.inputs)}."
            )
        if not 0 < level < 1:
            raise ValueError(f"level is {level:g}; expected a number between 0 and 1.")
        target = target or self.targets[0]
        if target not in self.targets:
            raise ValueError(
                f"target is {target!r}; expected {' or '.join(self.targets)}."
            )
        place = self.targets.index(target)
        value, error = predictions(self.law, x)[:, place], self._errors(x)[:, place]
        noise = 0.0 if self.known else self.noise
        half = self._quantile(level) * np.hypot(error, noise)
        return Predictions(
            target=target,
            value=value,
            low=value - half,
            high=value + half,
            function_error=error,
            outside=np.any((x < self.low) | (x > self.high), axis=1),
            level=level,
        )

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

    def _errors(self, x: np.ndarray) -> np.ndarray:
        """Standard errors of the law at inputs, one per row and output.

        They are infinite where a prediction depends on what the table does not see.
        """
        size = np.linalg.norm(self.factor, axis=0)
        size = np.where(size > 0, size, 1.0)
        seen, near = self.factor / size, slopes(self.law, x) / size
        share = near @ np.linalg.pinv(seen, rcond=UNSEEN)
        lost = np.abs(near - share @ seen).max(1) > LOST * np.abs(near).max(1)
        lost |= ~np.isfinite(self.noise)
        with np.errstate(invalid="ignore"):  # an unknown noise times no share at all
            error = self.noise * np.sqrt((share**2).sum(1))
        return np.where(lost, np.inf, error).reshape(len(x), -1)

    def _quantile(self, level: float) -> float:
        tail = (1 - level) / 2
        if self.known or self.freedom < 1:
            return float(scipy.stats.norm.isf(tail))
        return float(scipy.stats.t.isf(tail, self.freedom))
