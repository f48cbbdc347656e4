"""A non-decreasing success probability fitted to fractions at many sizes."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import Result

from ._wilson import Counts


@dataclasses.dataclass(frozen=True)
class MonotoneFit(Result):
    """The best non-decreasing fit to fractions, and its bootstrap band.

    Attributes:
        sizes: Sample sizes, increasing.
        fraction: Measured fraction of successes at each size.
        fitted: The non-decreasing fit at each size.
        low: Lower end of the band.
        high: Upper end of the band.
        confidence: Confidence level of the band, at each size.
        misfit: Largest distance of a fraction from the fit, in standard errors of the
            fraction; above about 3 the probability is probably not monotone.
    """

    sizes: np.ndarray
    fraction: Float[np.ndarray, " sizes"]
    fitted: Float[np.ndarray, " sizes"]
    low: Float[np.ndarray, " sizes"]
    high: Float[np.ndarray, " sizes"]
    confidence: float
    misfit: float

    def headline(self) -> str:
        """The answer in one sentence."""
        return (
            f"The success probability rises from {self.fitted[0]:.3g} at n = "
            f"{self.sizes[0]} to {self.fitted[-1]:.3g} at n = {self.sizes[-1]}; "
            f"largest misfit {self.misfit:.2g} standard errors."
        )

    def shown(self) -> dict[str, Any]:
        """The rows printed under the headline."""
        rows = zip(self.sizes, self.fitted, self.low, self.high, strict=True)
        return {f"n = {n}": f"{p:.3f} [{a:.3f}, {b:.3f}]" for n, p, a, b in rows}

    def threshold(self, q: float) -> tuple[Any, Any, Any]:
        """First size whose fit reaches q, and its interval; None if no size does."""
        return tuple(
            self._first(ends, q) for ends in (self.fitted, self.high, self.low)
        )  # type: ignore[return-value]

    def _first(self, ends: np.ndarray, q: float) -> Any:
        reached = np.flatnonzero(ends >= q)
        return self.sizes[reached[0]].item() if reached.size else None


def monotone_fit(
    sizes: Counts,
    successes: Counts,
    trials: Counts,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> MonotoneFit:
    """Fit a non-decreasing success probability by pooling adjacent violators.

    Use it for a full grid, to see whether the probability is monotone; `find_threshold`
    assumes that it does not fall with n. The band is a parametric bootstrap. Its
    fractions are shrunk towards 1/2 by half a success and half a failure, so that the
    band has a positive width where all trials ended alike.

    Args:
        sizes: Sample sizes, increasing.
        successes: Number of successes at each size.
        trials: Number of trials at each size, at least one.
        confidence: Confidence level of the band, at each size.
        resamples: Number of resamples of the bootstrap.
        seed: Random seed of the bootstrap.

    Raises:
        ValueError: The sizes do not increase, or the counts contradict each other.

    Source:
        Barlow, Bartholomew, Bremner and Brunk 1972; scipy's isotonic regression.

    Examples:
        >>> fit = sf.sweeps.monotone_fit([2, 3, 4], [1, 0, 9], [10, 10, 10])
        >>> fit.fitted
        array([0.05, 0.05, 0.9 ])
    """
    from scipy.optimize import isotonic_regression  # workers do not need it

    sizes, k, n = (np.atleast_1d(np.asarray(a)) for a in (sizes, successes, trials))
    if not sizes.shape == k.shape == n.shape or (np.diff(sizes) <= 0).any():
        raise ValueError(
            f"sizes, successes and trials have shapes {sizes.shape}, {k.shape}, "
            f"{n.shape}; expected one length and increasing sizes."
        )
    if (n < 1).any() or (k < 0).any() or (k > n).any():
        raise ValueError("expected 0 <= successes <= trials and trials >= 1.")
    drawn_in = (k + 0.5) / (n + 1)
    draws = np.random.default_rng(seed).binomial(n, drawn_in, (resamples, len(n)))
    fits = [isotonic_regression(draw / n, weights=n).x for draw in draws]
    edges = np.array([0.5 - confidence / 2, 0.5 + confidence / 2])
    low, high = np.quantile(fits, edges, axis=0)
    fitted = isotonic_regression(k / n, weights=n).x
    misfit = np.abs(k / n - fitted) / np.sqrt(drawn_in * (1 - drawn_in) / n)
    return MonotoneFit(
        sizes=sizes,
        fraction=k / n,
        fitted=fitted,
        low=np.minimum(low, fitted),
        high=np.maximum(high, fitted),
        confidence=confidence,
        misfit=float(misfit.max()),
    )
