"""Low and high frequencies by smoothing over neighbours, without a transform."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from ._arrays import as_float64, as_inputs, as_pair
from ._basis import Basis
from ._radial import squared_distances


def typical_widths(x: Any, count: int = 10) -> Float[np.ndarray, " width"]:
    """Return squared widths for `GaussianFilter`.

    They are quantiles of squared distances between inputs, from 5 to 95 %. With more
    than 2000 inputs, evenly chosen ones are used.

    Args:
        x: Inputs.
        count: Number of widths.
    """
    levels = np.linspace(0.05, 0.95, count)
    return np.quantile(squared_distances(as_inputs(x)), levels)


def smooth(x: Any, y: Any, delta: float) -> Float[np.ndarray, "n outputs"]:
    r"""Return the mean of the values around each input, weighted by a Gaussian.

        y_low,i = Σⱼ Gᵢⱼ yⱼ / Σⱼ Gᵢⱼ,    Gᵢⱼ = exp(-|xᵢ - xⱼ|² / (2 δ))

    The remainder `y - y_low` is the part of high frequency. Where inputs are dense and
    evenly distributed, a mode of frequency `k` is multiplied by `exp(-δ |k|² / 2)`. The
    function needs memory for `n²` numbers.

    Args:
        x: `n` inputs.
        y: Values at the inputs, `(n,)` or `(n, outputs)`.
        delta: Square of the width, positive.

    Source:
        The filtering method of the frequency principle, arXiv:2405.17479.
    """
    x, y = as_pair(x, y)
    return _weights(cdist(x, x, "sqeuclidean"), delta) @ y


def _weights(squares: np.ndarray, delta: float) -> np.ndarray:
    weights = np.exp(-squares / (2 * delta))
    return weights / weights.sum(1, keepdims=True)


@dataclasses.dataclass(frozen=True, eq=False)
class GaussianFilter(Basis):
    """Values smoothed over neighbours, for one width or several.

    The amplitude is the root mean square over the samples of the low or of the high
    part. On test inputs the high part has an error that no training removes.

    Attributes:
        widths: Squares `δ` of the widths of the Gaussian, positive.
        part: Which part is measured, `low` or `high`.

    Source:
        The filtering method of the frequency principle, arXiv:2405.17479.

    Examples:
        >>> x, zigzag = np.arange(6.0), np.array([1.0, -1.0] * 3)
        >>> for part in ("low", "high"):
        ...     narrow_and_wide = sf.spectra.GaussianFilter(np.array([1e-3, 1e3]), part)
        ...     part, narrow_and_wide.amplitude(x, zigzag).round(2).ravel().tolist()
        ...
        ('low', [1.0, 0.0])
        ('high', [0.0, 1.0])
    """

    widths: Float[np.ndarray, " frequency"]
    part: Literal["low", "high"] = "low"
    label = "cut-off 1/√δ"

    def __post_init__(self):
        widths = np.atleast_1d(as_float64(self.widths, "widths"))
        if widths.ndim != 1 or not (widths > 0).all():
            raise ValueError(f"widths are {widths}; expected positive numbers.")
        if self.part not in ("low", "high"):
            raise ValueError(f"part is {self.part!r}; expected 'low' or 'high'.")
        object.__setattr__(self, "widths", widths)

    @property
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """The frequencies at which the filters cut off, `1/√δ`."""
        return self.widths**-0.5

    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the root mean square of the part over the samples."""
        parts = [matrix @ y for matrix in self._matrices(x)]
        return np.stack([np.sqrt((part**2).mean(0)) for part in parts])

    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the amplitude of values of these sizes with random signs.

        A smoothed value is not a mean over a random sample, so `population` is ignored.
        """
        del population
        parts = [(matrix**2) @ y**2 for matrix in self._matrices(x)]
        return np.stack([np.sqrt(part.mean(0)) for part in parts])

    def _matrices(self, x: np.ndarray):
        squares = cdist(x, x, "sqeuclidean")
        for delta in self.widths:
            low = _weights(squares, delta)
            yield low if self.part == "low" else np.eye(len(x)) - low
