"""What all spectra have in common: they are seminorms of values on a sample."""

import abc
from typing import Any

import numpy as np
from jaxtyping import Float

from ._arrays import as_pair


class Basis(abc.ABC):
    """Abstract: a family of frequencies at which functions on a sample are measured.

    A frequency stands for one or several linear forms of the values; `amplitude` is
    their Euclidean norm. So it is a seminorm of the values, and that of a difference
    `h - y` is the distance of two spectra, phases included. A subclass is a frozen
    dataclass with two methods, which take inputs `(n, inputs)` and values `(n,
    columns)` in float64; every spectrum, error and time of convergence goes through
    them.
    """

    label: str  # of the axis of frequencies

    @property
    @abc.abstractmethod
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """The frequencies to which the rows of `amplitude` belong."""

    @abc.abstractmethod
    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """The amplitude of every column of `y` at every frequency."""

    @abc.abstractmethod
    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """The amplitudes that chance alone produces; see `floor`."""

    def amplitude(self, x: Any, y: Any) -> Float[np.ndarray, "frequency outputs"]:
        """The spectrum of values on a sample.

        Args:
            x: `n` inputs, NumPy, JAX or torch.
            y: Values there, `(n,)` or `(n, outputs)`.
        """
        return self.amplitudes(*as_pair(x, y))

    def floor(
        self, x: Any, y: Any, *, population: int | None = None
    ) -> Float[np.ndarray, "frequency outputs"]:
        """How far this spectrum is from that of all inputs, in root mean square.

        Amplitudes and differences below about two floors mean nothing.

        Args:
            x: `n` inputs.
            y: Values there.
            population: Number of inputs that exist, of which the `n` were drawn without
                replacement; None for independent draws.

        Raises:
            ValueError: The population is smaller than the sample.
        """
        x, y = as_pair(x, y)
        if population is not None and population < len(x):
            raise ValueError(
                f"population is {population} and there are {len(x)} samples; give the "
                "number of inputs that exist, or None for independent draws."
            )
        return self.floors(x, y, population)


def mean_floor(
    power: Any, energy: Float[np.ndarray, "..."], n: int, population: int | None = None
) -> Float[np.ndarray, "..."]:
    """The standard error of coefficients that are means over `n` samples.

        floor² = (1 - n/N) (power - energy) / (n - 1)

    Its square is an unbiased estimate of the mean square error: of `(E|y|² - |F|²)/n`
    for independent draws, of that times `(N - n)/(N - 1)` for draws without
    replacement from `N`.

    Args:
        power: Mean square of what the mean is taken of, e.g. of `y exp(-ikx)`.
        energy: Square of the mean, e.g. `|F(k)|²`.
        n: Number of samples.
        population: `N`, or None where it is infinite.

    Source:
        arXiv:2405.17479 shows spectra without a floor; derived and verified here.
    """
    share = 1.0 if population is None else 1.0 - n / population
    return np.sqrt(np.maximum(power - energy, 0.0) * share / max(n - 1, 1))
