"""The common interface of spectra, which are seminorms of values on a sample."""

import abc

import numpy as np
from jaxtyping import Float

from suffice._core import Numbers

from ._arrays import as_pair


class Basis(abc.ABC):
    """Abstract: a family of frequencies at which functions on a sample are measured.

    A frequency stands for one or several linear forms of the values, and `amplitude` is
    their Euclidean norm. It is therefore a seminorm of the values, and the amplitude of
    a difference `h - y` is the distance of two spectra, phases included. A subclass is
    a frozen dataclass with the methods `amplitudes` and `floors`, which take inputs
    `(n, inputs)` and values `(n, columns)` in float64. Every spectrum, error and time
    of convergence is computed by them.

    Examples:
        >>> k, x = np.array([0.0, 1.0]), np.array([[1.0], [-1.0]])
        >>> bases = sf.spectra.Fourier(k), sf.spectra.Radial(k), sf.spectra.Walsh(1)
        >>> all(isinstance(basis, sf.spectra.Basis) for basis in bases)
        True
        >>> [basis.amplitude(x, x)[0].item() for basis in bases]
        [0.0, 0.0, 0.0]
    """

    label: str  # name of the axis of frequencies

    @property
    @abc.abstractmethod
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """The frequencies to which the rows of `amplitude` belong."""

    @abc.abstractmethod
    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the amplitude of every column of `y` at every frequency."""

    @abc.abstractmethod
    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the amplitudes that chance alone produces; see `floor`."""

    def amplitude(
        self, x: Numbers, y: Numbers
    ) -> Float[np.ndarray, "frequency outputs"]:
        """Return the spectrum of values on a sample.

        Args:
            x: `n` inputs, as a NumPy, JAX or torch array.
            y: Values at the inputs, `(n,)` or `(n, outputs)`.
        """
        return self.amplitudes(*as_pair(x, y))

    def floor(
        self, x: Numbers, y: Numbers, *, population: int | None = None
    ) -> Float[np.ndarray, "frequency outputs"]:
        """Return the standard error of the spectrum, due to the finite sample.

        It is the root mean square distance from the spectrum of all inputs. Amplitudes
        and differences below about two floors are not significant.

        Args:
            x: `n` inputs.
            y: Values at the inputs.
            population: Number of existing inputs, from which the `n` inputs were drawn
                without replacement; None for independent draws.

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
    power: float | Float[np.ndarray, "..."],
    energy: Float[np.ndarray, "..."],
    n: int,
    population: int | None = None,
) -> Float[np.ndarray, "..."]:
    """Return the standard error of coefficients that are means over `n` samples.

        floor² = (1 - n/N) (power - energy) / (n - 1)

    Its square is an unbiased estimate of the mean square error: of `(E|y|² - |F|²)/n`
    for independent draws, of that times `(N - n)/(N - 1)` for draws without
    replacement from `N`.

    Args:
        power: Mean square of the averaged quantity, for instance of `y exp(-ikx)`.
        energy: Square of the mean, for instance `|F(k)|²`.
        n: Number of samples.
        population: `N`, or None where it is infinite.

    Source:
        arXiv:2405.17479 shows spectra without a floor; the floor is derived and
        verified here.
    """
    share = 1.0 if population is None else 1.0 - n / population
    return np.sqrt(np.maximum(power - energy, 0.0) * share / max(n - 1, 1))
