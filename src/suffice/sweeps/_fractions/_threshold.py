"""The smallest sample size at which a fraction is reached, from few runs."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import betaln

from suffice._core import Result

BELOW, ABOVE, UNDECIDED = -1, 1, 0


@dataclasses.dataclass(frozen=True)
class SuccessThreshold(Result):
    """The smallest n with success probability at least q, or an interval for it.

    Attributes:
        low: The threshold is at least this.
        high: And at most this; one more than the last size tried means none of them.
        sizes: First and last size considered.
        q: The success probability asked for.
        error: Probability that the interval is wrong, at most, if the success
            probability does not fall with n.
        successes: By size, where trials were made.
        trials: By size.
        undecided: Sizes whose success probability is too close to q to tell in the
            trials allowed.
    """

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
        """Trials made."""
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
        """Sizes and their trials, in order."""
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

    which exceeds `T / error` with probability at most `error / T` however long one
    looks; T bounds the number of tests, so the whole answer is wrong with probability
    at most `error`. It assumes that p does not fall with n: sample size is such an
    axis, the scale of the initialisation is not.

    Where p is within sampling noise of q, no number of trials decides; after `limit`
    trials that n is left undecided and the tests that remain narrow the interval
    from both sides.

    Args:
        trial: Called with n and an array of seeds; returns for each whether it
            succeeded.
        sizes: First and last n.
        q: Success probability asked for.
        error: Probability of a wrong answer, at most.
        batch: Seeds per call; more than one suits ensembles and costs a few runs.
        limit: Trials per n, at most.

    Returns:
        The threshold or an interval, with the trials behind it.

    Raises:
        ValueError: A range without sizes, or q or error outside of (0, 1).

    Source:
        Ville's inequality for the mixture martingale (Robbins 1970).
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
        won = np.asarray(trial(n, seeds))
        if won.shape != seeds.shape:
            raise ValueError(
                f"trial({n}, seeds) returned shape {won.shape} for {len(seeds)} seeds; "
                "expected one truth value per seed."
            )
        wins = k + np.cumsum(won.astype(bool))
        tried = seeds + 1
        hits = np.flatnonzero(log_evidence(wins, tried, q) >= bar)
        k, t = int(wins[-1]), int(tried[-1])
        if hits.size:
            at = hits[0]
            return (ABOVE if wins[at] > q * tried[at] else BELOW), (k, t)
    return UNDECIDED, (k, t)


def log_evidence(k: np.ndarray, t: np.ndarray, q: float) -> np.ndarray:
    """The logarithm of the beta-mixture martingale against p = q."""
    mixture = betaln(0.5 + k, 0.5 + t - k) - betaln(0.5, 0.5)
    return mixture - k * np.log(q) - (t - k) * np.log1p(-q)
