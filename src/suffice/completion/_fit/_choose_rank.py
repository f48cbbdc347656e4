"""The rank of a matrix from its entries: the least exact one, or the best predictor."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from suffice._core import Result
from suffice._core.literature import bases
from suffice.completion._determined._closure import closure
from suffice.completion._entries._observed import Observed

from ._alternating_least_squares import alternate, spectral_start
from ._fit_rank import fit_observed, LowRankFit
from ._levenberg_marquardt import misfit

EXACT = 1e-8  # relative residual below which values are free of noise
LONG = 20_000  # with more entries, one fold is held out instead of five
RIDGES = (0.0, 0.01, 0.1, 1.0, 10.0)  # times the root mean square of the values


@dataclasses.dataclass(frozen=True)
class RankChoice(Result):
    """The rank that the entries support, and the evidence for it.

    Attributes:
        value: The rank, or None when undecided.
        kind: `exact` (this rank fits, no lower rank does, and there are more entries
            than unknowns), `predictive` (held-out entries are predicted best) or
            `undecided`.
        ridge: The ridge that predicts best; 0 for exact values.
        redundant: For `exact`: the number of entries that the others predict.
        errors: For `predictive`: root mean square error on held-out entries of ranks
            0 (every entry is predicted as 0), 1, 2, ..., each at its best ridge.
        note: Reason and remedy when undecided; None otherwise.
    """

    grounds = bases.RANK

    value: int | None
    kind: Literal["exact", "predictive", "undecided"]
    ridge: float = 0.0
    redundant: int = 0
    errors: Float[np.ndarray, " ranks"] | None = None
    note: str | None = None

    def headline(self) -> str:
        """The rank and its evidence, in one sentence."""
        if self.value is None:
            return f"The rank is undecided: {self.note}"
        if self.kind == "exact":
            return (
                f"Rank {self.value} is the least that fits, and {self.redundant} "
                "entries confirm it."
            )
        return f"Rank {self.value} predicts held-out entries best."


def choose_rank(
    observed: Observed, max_rank: int, starts: int, rng: np.random.Generator
) -> RankChoice:
    """Return the least rank that fits exactly, or else the rank that predicts best.

    Ranks at which almost any values could be fitted are never chosen, since the fit is
    no evidence for them.
    """
    testable = 0
    for rank in range(1, max_rank + 1):
        redundant = redundancy(observed, rank)
        if redundant is not None and redundant <= 0:
            break
        testable = rank
        fit = fit_observed(observed, rank, 0.0, starts, 200, 1e-10, rng)
        if fit.residual <= EXACT:
            return RankChoice(rank, "exact", redundant=redundant or 0)
    if not testable:
        return _undecided(
            "the observed entries are independent already at rank 1, so that every "
            "rank fits; observe more entries or name the rank."
        )
    return _predictive(observed, testable, rng)


def redundancy(observed: Observed, rank: int) -> int | None:
    """Return how many entries the others determine; None when unresolved."""
    mask = (observed.rows, observed.columns, observed.shape)
    independent = closure(mask, rank).completion_rank
    return None if independent is None else len(observed.values) - independent


def _undecided(note, errors=None) -> RankChoice:
    return RankChoice(None, "undecided", errors=errors, note=note)


def _predictive(observed, most, rng) -> RankChoice:
    squared = held_out(observed, range(1, most + 1), RIDGES, rng)
    if squared is None:
        return _undecided(
            "no rank fits exactly and there are too few entries to hold some out; "
            "observe more entries or name the rank."
        )
    squared, zero = squared
    means = np.mean(squared, axis=2)
    ridge = np.argmin(means, axis=1)
    chosen = squared[np.arange(most), ridge]
    errors = np.sqrt(np.concatenate([[np.mean(zero)], means.min(axis=1)]))
    best = int(np.argmin(means.min(axis=1)))
    if _as_good(zero, chosen[best]):
        return _undecided(
            "no rank predicts held-out entries better than zeros do; observe more "
            "entries or name the rank.",
            errors,
        )
    rank = next(k for k in range(best + 1) if _as_good(chosen[k], chosen[best]))
    if rank + 1 == most < min(observed.shape):
        return _undecided(
            f"held-out entries are predicted best at rank {most}, the largest "
            "that was tested; observe more entries, raise max_rank or name the rank.",
            errors,
        )
    scale = np.sqrt(np.mean(observed.values**2))
    best_ridge = float(RIDGES[ridge[rank]] * scale)
    return RankChoice(rank + 1, "predictive", ridge=best_ridge, errors=errors)


def _as_good(errors, best) -> bool:
    """Return whether a rank is within one standard error of the best (paired)."""
    difference = errors - best
    spread = np.std(difference) / np.sqrt(len(difference))
    return bool(np.mean(difference) <= spread)


def choose_ridge(observed: Observed, rank: int, rng: np.random.Generator) -> float:
    """Return the ridge at which a given rank predicts held-out entries best."""
    squared = held_out(observed, [rank], RIDGES, rng)
    if squared is None:
        return 0.0
    scale = np.sqrt(np.mean(observed.values**2))
    return float(RIDGES[int(np.argmin(np.mean(squared[0][0], axis=1)))] * scale)


def held_out(
    observed: Observed, ranks: Any, ridges: Any, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return squared errors on held-out entries, and those of predicting zeros.

    An entry is held out only if its row and its column keep another entry.

    Returns:
        Errors of shape `(ranks, ridges, held)` and `(held,)`; None where fewer than 5
        entries can be held out.
    """
    n = len(observed.values)
    fold = rng.permutation(n) % (5 if n <= LONG else 10)
    folds = range(5) if n <= LONG else range(1)
    pieces = []
    for number in folds:
        out = _spare(observed, fold == number)
        if out.sum():
            pieces.append((observed.keep(~out), observed.keep(out)))
    if sum(len(test.values) for _, test in pieces) < 5:
        return None
    table = [
        [
            np.concatenate(
                [_errors(train, test, rank, ridge) for train, test in pieces]
            )
            for ridge in ridges
        ]
        for rank in ranks
    ]
    return np.array(table), np.concatenate([test.values**2 for _, test in pieces])


def _spare(observed: Observed, out):
    """Keep only those entries of `out` whose row and column keep another entry."""
    for side, size in zip(
        (observed.rows, observed.columns), observed.shape, strict=True
    ):
        kept = np.bincount(side[~out], minlength=size)
        out = out & (kept[side] > 0)
    return out


def _errors(train: Observed, test: Observed, rank, ridge):
    start = spectral_start(train, rank, np.random.default_rng(0))
    size = np.sqrt(np.mean(train.values**2))
    left, right = alternate(train, *start, ridge * size)
    return misfit(test, left, right.T) ** 2


def fit_with(observed, rank, ridge, starts, rng) -> LowRankFit:
    """Return the fit that `complete` reports: exact, or else with the best ridge."""
    if ridge == "auto":
        exact = fit_observed(observed, rank, 0.0, starts, 200, 1e-10, rng)
        if exact.residual <= EXACT:
            return exact
        ridge = choose_ridge(observed, rank, rng)
    return fit_observed(observed, rank, float(ridge), starts, 200, 1e-6, rng)
