"""The Kaplan-Meier estimate for times of which some have only a lower bound."""

import dataclasses
import warnings

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import CensoredData, ecdf

from suffice._core import Result


@dataclasses.dataclass(frozen=True, eq=False)
class Survival(Result):
    """The share of runs that have not reached their goal, as a function of time.

    Attributes:
        times: Times at which the share falls.
        share: Share of runs that have not arrived after each of these times.
        low: Lower end of the pointwise 95 % interval of the share.
        high: Upper end of this interval.
        median: Time at which half of the runs have arrived; infinite where fewer than
            half arrived.
        median_low: Lower end of the 95 % interval of the median.
        median_high: Upper end of this interval, often infinite.
        arrived: Number of runs that arrived.
        runs: Number of all runs.
    """

    times: Float[np.ndarray, " time"]
    share: Float[np.ndarray, " time"]
    low: Float[np.ndarray, " time"]
    high: Float[np.ndarray, " time"]
    median: float
    median_low: float
    median_high: float
    arrived: int
    runs: int

    def headline(self) -> str:
        """Return the median in one sentence."""
        return (
            f"{self.arrived} of {self.runs} runs arrived; median {self.median:.4g} (95 "
            f"% interval {self.median_low:.4g} to {self.median_high:.4g})."
        )


def kaplan_meier(
    times: Float[np.ndarray, " runs"], censored: Bool[np.ndarray, " runs"]
) -> Survival:
    """Return the distribution of times of which some have only a lower bound.

    Args:
        times: Time at which each run arrived, or its last time if it did not arrive.
        censored: Which runs did not arrive.

    Raises:
        ValueError: There are no runs, or a time is negative or not finite.

    Source:
        Kaplan and Meier 1958, with the exponential Greenwood interval; scipy.

    Examples:
        >>> times, open_end = np.array([1.0, 2.0, 3.0]), np.array([False, False, True])
        >>> sf.spectra.kaplan_meier(times, open_end).share.round(2)
        array([0.67, 0.33, 0.33])
    """
    if not len(times) or not np.isfinite(times).all() or (times < 0).any():
        raise ValueError(
            f"times are {times}; expected a finite time >= 0 for each run, its last "
            "time where it did not arrive."
        )
    arrived = times[~censored]
    if not arrived.size:
        nothing = np.zeros(0)
        ends = (np.inf, float(times.max()), np.inf)
        return Survival(nothing, nothing, nothing, nothing, *ends, 0, len(times))
    survival = ecdf(CensoredData(arrived, right=times[censored])).sf
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", RuntimeWarning
        )  # undefined where no run is left
        interval = survival.confidence_interval(method="log-log")
    low = np.nan_to_num(interval.low.probabilities, nan=0.0)
    high = np.nan_to_num(interval.high.probabilities, nan=1.0)
    share, times_at = survival.probabilities, survival.quantiles
    middle, least, most = (
        _first(times_at, curve <= 0.5) for curve in (share, low, high)
    )
    counts = int(arrived.size), len(times)
    return Survival(times_at, share, low, high, middle, least, most, *counts)


def _first(times: np.ndarray, reached: np.ndarray) -> float:
    return float(times[np.argmax(reached)]) if reached.any() else float("inf")
