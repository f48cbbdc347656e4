"""The smallest sample size that reaches a success probability, from few runs."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import betaln

from suffice._core import Result
from suffice._core.literature import bases

BELOW, ABOVE, UNDECIDED = -1, 1, 0


@dataclasses.dataclass(frozen=True)
class SuccessThreshold(Result):
    """The smallest n with success probability at least q, or an interval for it.

    Attributes:
        low: Lower end of the interval that contains the threshold.
        high: Upper end of the interval; the last size plus one means that possibly no
            size reaches q.
        sizes: First and last size considered.
        q: The success probability that is to be reached.
        error: Probability that the interval is wrong, at most, if the success
            probability does not fall with n.
        successes: Number of successes by size, for sizes with trials.
        trials: Number of trials by size, for sizes with trials.
        undecided: Sizes whose success probability is too close to q to be decided with
            the trials allowed.
    """

    grounds = bases.PHASES

    low: int
    high: int
    sizes: tuple[int, int]
    q: float
    error: float
    successes: dict[int, int]
    trials: dict[int, int]
    undecided: tuple[int, ...]

    @property
    def value(self) -> int | None:
        """The threshold; None if it is undecided or beyond the last size."""
        return self.low if self.low == self.high <= self.sizes[1] else None

    @property
    def runs(self) -> int:
        """The number of all trials."""
        return sum(self.trials.values())

    def headline(self) -> str:
        """The answer in one sentence."""
        evidence = f"wrong with probability at most {self.error:g}; {self.runs} runs"
        what = f"success probability {self.q:g}"
        if self.low > self.sizes[1]:
            return f"No n up to {self.sizes[1]} reaches {what} ({evidence})."
        if self.low == self.high:
            return f"n = {self.low} is the first to reach {what} ({evidence})."
        end = self.high if self.high <= self.sizes[1] else "beyond the last"
        return (
            f"Undecided: the first n to reach {what} is {self.low} to {end} "
            f"({evidence}); allow more trials per n."
        )

    def shown(self) -> dict[str, Any]:
        """The rows printed under the headline."""
        return {f"n = {n}": f"{self.successes[n]} of {t}" for n, t in self.rows()}

    def rows(self) -> list[tuple[int, int]]:
        """Sizes and their numbers of trials, in increasing order of size."""
        return sorted(self.trials.items())


def find_threshold(
    trial: Callable[[int, np.ndarray], np.ndarray],
    sizes: tuple[int, int],
    *,
    q: float = 0.5,
    error: float = 0.05,
    batch: int = 1,
    limit: int = 512,
) -> SuccessThreshold:
    """Find the smallest n at which trials succeed with probability at least q.

    Bisection over n. At each n the hypothesis p = q is tested after every trial by the
    beta-mixture martingale (`a = b = 1/2`, k successes in t trials)

        M = B(a + k, b + t - k) / (B(a, b) q^k (1 - q)^(t - k)),

    which exceeds `T / error` with probability at most `error / T`, however many trials
    are made; T bounds the number of tests, so the whole answer is wrong with
    probability at most `error`. The method assumes that p does not fall with n: this
    holds for the sample size, but not for the scale of the initialisation.

    If p is close to q, very many trials are needed; after `limit` trials that n is left
    undecided, and the remaining tests narrow the interval from both sides.

    Args:
        trial: Called with n and an array of seeds; returns for each seed whether the
            trial succeeded.
        sizes: First and last n.
        q: The success probability that is to be reached.
        error: Largest probability of a wrong answer.
        batch: Seeds per call; more than one suits ensembles, but makes a few more runs
            than needed.
        limit: Largest number of trials at each n.

    Returns:
        The threshold or an interval, with the trials behind it.

    Raises:
        ValueError: The range has no sizes, or q or error lies outside of (0, 1).

    Source:
        Ville's inequality for the mixture martingale (Robbins 1970).

    Examples:
        >>> def trial(n, seeds):  # a law that needs seven samples
        ...     return np.full(len(seeds), n >= 7)
        ...
        >>> sf.sweeps.find_threshold(trial, sizes=(1, 20)).value
        7
    """
    first, last = sizes
    for name, number in (("q", q), ("error", error)):
        if not 0 < number < 1:
            raise ValueError(f"{name} must lie between 0 and 1, got {number}.")
    if first > last or batch < 1 or limit < 1:
        raise ValueError(
            f"sizes {sizes}, batch {batch}, limit {limit}: expected first <= last and "
            "at least one trial."
        )
    tests = math.ceil(math.log2(last - first + 2)) + 1
    bar = math.log(tests / error)
    verdicts: dict[int, int] = {}
    counts: dict[int, tuple[int, int]] = {}
    while len(verdicts) < tests and (n := _next(verdicts, first, last)) is not None:
        verdicts[n], counts[n] = _test(trial, n, q, bar, batch, limit)
    low, high = _bracket(verdicts, first, last)
    return SuccessThreshold(
        low=low + 1,
        high=high,
        sizes=(first, last),
        q=q,
        error=error,
        successes={n: k for n, (k, _) in counts.items()},
        trials={n: t for n, (_, t) in counts.items()},
        undecided=tuple(sorted(n for n, v in verdicts.items() if v == UNDECIDED)),
    )


def _bracket(verdicts: Mapping[int, int], first: int, last: int) -> tuple[int, int]:
    """The largest n known to be below and the smallest known to be above q."""
    below = [n for n, verdict in verdicts.items() if verdict == BELOW]
    above = [n for n, verdict in verdicts.items() if verdict == ABOVE]
    return max(below, default=first - 1), min(above, default=last + 1)


def _next(verdicts: Mapping[int, int], first: int, last: int) -> int | None:
    """The untested n nearest to the middle of the bracket."""
    low, high = _bracket(verdicts, first, last)
    inside = [n for n in range(low + 1, high) if n not in verdicts]
    return min(inside, key=lambda n: abs(2 * n - low - high), default=None)


def _test(trial, n, q, bar, batch, limit) -> tuple[int, tuple[int, int]]:
    """Whether p(n) is above q, below, or undecided; successes and trials."""
    k = t = 0
    while t < limit:
        seeds = np.arange(t, min(t + batch, limit))
        succeeded = np.asarray(trial(n, seeds))
        if succeeded.shape != seeds.shape:
            raise ValueError(
                f"trial({n}, seeds) returned shape {succeeded.shape} for {len(seeds)} "
                "seeds; expected one truth value per seed."
            )
        successes = k + np.cumsum(succeeded.astype(bool))
        trials = seeds + 1
        decisive = np.flatnonzero(log_evidence(successes, trials, q) >= bar)
        k, t = int(successes[-1]), int(trials[-1])
        if decisive.size:
            first = decisive[0]
            return (ABOVE if successes[first] > q * trials[first] else BELOW), (k, t)
    return UNDECIDED, (k, t)


def log_evidence(k: np.ndarray, t: np.ndarray, q: float) -> np.ndarray:
    """The logarithm of the beta-mixture martingale against p = q."""
    mixture = betaln(0.5 + k, 0.5 + t - k) - betaln(0.5, 0.5)
    return mixture - k * np.log(q) - (t - k) * np.log1p(-q)
