"""Fourier spectra along one direction or several."""

import dataclasses

import numpy as np
from jaxtyping import Complex, Float

from suffice._core import Numbers

from ._arrays import as_float64, as_pair
from ._basis import Basis, mean_floor
from ._directions import Directions
from ._nudft import Engine, transform
from ._voronoi import voronoi_weights


@dataclasses.dataclass(frozen=True, eq=False)
class Fourier(Basis):
    """Fourier modes `exp(-i k x·d)` along unit directions `d`.

    With several directions the amplitude is the root mean square over them, and
    `spread` is the standard deviation. Use `Radial` for all directions at once.

    Attributes:
        wavenumbers: The values of `k`.
        directions: The directions `d`; None for inputs that are points of the line.
        period: Length of the circle on which the points lie; the samples are then
            weighted by `voronoi_weights`. None gives every sample the weight `1/n`.
        engine: `direct` or `finufft`, see `nudft`.

    Source:
        arXiv:2405.17479, equation 2.

    Examples:
        >>> x = np.linspace(-np.pi, np.pi, 8, endpoint=False)
        >>> waves = sf.spectra.Fourier(np.arange(4.0))
        >>> waves.amplitude(x, np.sin(2 * x)).round(3).ravel().tolist()
        [0.0, 0.0, 0.5, 0.0]
    """

    wavenumbers: Float[np.ndarray, " frequency"]
    directions: Directions | None = None
    period: float | None = None
    engine: Engine = "direct"
    label = "frequency k"

    def __post_init__(self):
        k = np.atleast_1d(as_float64(self.wavenumbers, "wavenumbers"))
        if k.ndim != 1:
            raise ValueError(f"wavenumbers have shape {k.shape}; expected one axis.")
        object.__setattr__(self, "wavenumbers", k)

    @property
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """The values of `k`."""
        return self.wavenumbers

    def coefficients(
        self, x: Numbers, y: Numbers
    ) -> Complex[np.ndarray, "directions frequency outputs"]:
        """Return the complex coefficients along every direction."""
        x, y = as_pair(x, y)
        return np.stack(
            [
                transform(p, w[:, None] * y, self.wavenumbers, self.engine)
                for p, w in self._lines(x)
            ]
        )

    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the root mean square of `|F(k)|` over the directions."""
        return np.sqrt((np.abs(self.coefficients(x, y)) ** 2).mean(0))

    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the standard error of the coefficients; see `mean_floor`."""
        power = np.mean([len(w) * w**2 @ y**2 for _, w in self._lines(x)], axis=0)
        return mean_floor(power, self.amplitudes(x, y) ** 2, len(x), population)

    def spread(self, x: Numbers, y: Numbers) -> Float[np.ndarray, "frequency outputs"]:
        """Return the standard deviation of `|F(k)|` over the directions."""
        return np.abs(self.coefficients(x, y)).std(0)

    def _lines(self, x: np.ndarray):
        """Return the points along each direction, with the weights of the samples."""
        if self.directions is not None:
            points = self.directions.project(x).T
        elif x.shape[1] == 1:
            points = x.T
        else:
            raise ValueError(
                f"x has {x.shape[1]} coordinates per input; pass directions, for "
                "instance directions=principal_directions(x)."
            )
        if self.period is None:
            return [(p, np.full(len(p), 1 / len(p))) for p in points]
        return [(p, voronoi_weights(p, period=self.period)) for p in points]
