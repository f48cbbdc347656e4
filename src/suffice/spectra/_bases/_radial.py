"""The Fourier spectrum as an exact mean over all directions of the wave vector."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist
from scipy.special import gammaln, jv

from ._arrays import as_float64, as_inputs, as_pair
from ._basis import Basis, mean_floor

_TERMS = 50  # terms of the logarithm; 0.49^50 is below the rounding unit


def sphere_mean(z: Any, dim: int) -> Float[np.ndarray, "..."]:
    r"""Return the mean of `exp(i z u·e)` over unit vectors `u` of `dim` dimensions.

        Ω_d(z) = Γ(ν+1) (2/z)^ν J_ν(z) = Π_m (1 - z²/j²_(ν,m)),    ν = d/2 - 1

    It is the cosine in 1 dimension, `sin(z)/z` in 3, and nearly `exp(-z²/2d)` in many.
    Well below the first zero the logarithm of the product is summed, because there the
    two factors of the closed form underflow and overflow in many dimensions.

    Args:
        z: Real numbers; their sign does not matter.
        dim: Dimension of the space, at least 1.

    Source:
        Rayleigh's sums over the zeros of Bessel functions; derived and verified here.
    """
    z = np.abs(np.asarray(z, np.float64))
    if dim == 1:
        return np.cos(z)
    nu = dim / 2 - 1
    near = z <= 0.7 * max(nu, 1.0)
    out = np.empty_like(z)
    out[near] = np.exp(_log_product(z[near] ** 2, nu))
    out[~near] = _closed_form(z[~near], nu)
    return out


def _log_product(square: np.ndarray, nu: float) -> np.ndarray:
    """Return `-Σ_k σ_k z^(2k) / k` with `σ_k = Σ_m j_(ν,m)^(-2k)`."""
    scale = 4 * (nu + 1)
    sums = [1.0]  # σ_k times scale^k, by Rayleigh's recursion
    for k in range(2, _TERMS + 1):
        products = sum(a * b for a, b in zip(sums, sums[::-1], strict=True))
        sums.append(products / (nu + k))
    factors = [s / k for k, s in enumerate(sums, 1)]
    scaled = square / scale
    return -scaled * np.polynomial.polynomial.polyval(scaled, factors)


def _closed_form(z: np.ndarray, nu: float) -> np.ndarray:
    bessel = jv(nu, z)
    with np.errstate(divide="ignore"):  # the logarithm of 0 at a zero of the function
        size = np.log(np.abs(bessel)) + gammaln(nu + 1) + nu * np.log(2 / z)
    return np.sign(bessel) * np.exp(size)


def radial_energy(
    x: Any, y: Any, radii: Any, *, other: tuple[Any, Any] | None = None,
    unbiased: bool = False,
) -> Float[np.ndarray, "radius outputs"]:  # fmt: skip
    r"""Return the exact mean of `|F(r u)|²` over all directions `u`.

        E ‖F(r u)‖² = n⁻² Σᵢⱼ ⟨yᵢ, yⱼ⟩ Ω_d(r |xᵢ - xⱼ|)

    It needs memory for `n²` numbers and `n²` evaluations for each radius.

    Args:
        x: `n` inputs.
        y: Values at the inputs.
        radii: Lengths of the wave vector.
        other: A second sample, inputs and values. The result is then the mean of
            `F* F_other`, which is negative where the two have opposite phases.
        unbiased: Whether the terms `i = j`, which are the noise floor, are left out and
            the sum is divided by `n (n - 1)`. This estimate for the population is
            unbiased and can be negative.

    Raises:
        ValueError: The shapes do not agree, or `unbiased` is given with two samples,
            which have no terms `i = j`.

    Source:
        Derived and verified here.
    """
    x, y = as_pair(x, y)
    x2, y2 = (x, y) if other is None else as_pair(*other)
    if unbiased and other is not None:
        raise ValueError(
            "unbiased is True and other is given; two samples have no bias, so leave "
            "unbiased out."
        )
    if x.shape[1] != x2.shape[1] or y.shape[1] != y2.shape[1]:
        raise ValueError(
            f"the samples have {x.shape[1]} and {x2.shape[1]} coordinates, "
            f"{y.shape[1]} and {y2.shape[1]} outputs; expected the same."
        )
    radii = np.atleast_1d(as_float64(radii, "radii"))
    distance = cdist(x, x2)
    rows = [((sphere_mean(r * distance, x.shape[1]) @ y2) * y).sum(0) for r in radii]
    total = np.stack(rows)
    if unbiased:
        return (total - (y**2).sum(0)) / (len(x) * (len(x) - 1))
    return total / (len(x) * len(x2))


@dataclasses.dataclass(frozen=True, eq=False)
class Radial(Basis):
    """Fourier modes of all directions, by the length of the wave vector.

    Use `Fourier` for single directions.

    Attributes:
        radii: Lengths of the wave vector.

    Source:
        Derived and verified here.

    Examples:
        >>> x, y = np.array([[0.0], [np.pi]]), np.array([1.0, -1.0])
        >>> sf.spectra.Radial(np.array([0.0, 1.0])).amplitude(x, y).round(3).tolist()
        [[0.0], [1.0]]
    """

    radii: Float[np.ndarray, " frequency"]
    label = "length of the wave vector"

    def __post_init__(self):
        radii = np.atleast_1d(as_float64(self.radii, "radii"))
        object.__setattr__(self, "radii", radii)

    @property
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """Lengths of the wave vector."""
        return self.radii

    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the root of `radial_energy`, which is negative by rounding only."""
        return np.sqrt(np.maximum(radial_energy(x, y, self.radii), 0.0))

    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the standard error of the coefficients; see `mean_floor`."""
        energy = self.amplitudes(x, y) ** 2
        return mean_floor((y**2).mean(0), energy, len(x), population)


def typical_radii(x: Any, count: int = 20) -> Float[np.ndarray, " radius"]:
    """Return lengths of wave vectors that distinguish the inputs, evenly in logarithm.

    The phase turns by a quarter over the largest distance of two inputs at the smallest
    length, and by a half over the 5 % quantile of the distances at the largest length.
    With more than 2000 inputs, evenly chosen ones are used.

    Args:
        x: Inputs.
        count: Number of lengths.
    """
    distance = np.sqrt(squared_distances(as_inputs(x)))
    low, high = np.pi / (2 * distance.max()), np.pi / np.quantile(distance, 0.05)
    return np.geomspace(low, high, count)


def squared_distances(x: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, " pairs"]:
    """Return squared distances between distinct inputs, at most about 2000 of them."""
    x = np.unique(x[:: -(-len(x) // 2000)], axis=0)
    if len(x) < 2:
        raise ValueError(
            "all inputs are equal, so that there is no distance between them."
        )
    return cdist(x, x, "sqeuclidean")[np.triu_indices(len(x), 1)]
