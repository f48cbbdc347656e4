"""The candidates to measure next, in order."""

import dataclasses

import numpy as np
from jaxtyping import Float, Int

from suffice._core import Hidden, Result
from suffice.auditing._category import Category
from suffice.auditing._noise import NoiseEstimate
from suffice.auditing._standard import Standard

from ._order import SeenDirections

EARLY = 0.65  # exponent of the foretold fall while few rows or an unstable fit
ROWS_PER_PARAMETER = 4
STABLE = 1.5  # ratio of errors up to which a fit is stable


@dataclasses.dataclass(frozen=True)
class NextSamples(Result):
    """The candidates to measure next, in order and in the units of the table.

    Attributes:
        inputs: Names of the columns of `x`.
        categories: Inputs whose values are words, among these columns.
        x: One candidate per row, the most informative first. Rows that are equal are
            repeated measurements.
        repeats: How often each was measured before: in the table, or as an earlier
            candidate.
        kappa: Amplification of errors after each candidate and all before it have been
            measured too.
        left: Share of the typical error over the candidates that is left after each
            candidate and all before it have been measured; infinite where the rows
            alone determine nothing.
        error: The same in the unit of the target; None where fit and noise cannot be
            told apart.
        cost: Cost of each candidate; None where all cost the same.
        candidates: Number of candidates from which they were chosen.
        source: Origin of the candidates, in words.
        outside: Number of proposed candidates outside of the range of the data.
    """

    inputs: tuple[str, ...]
    categories: Hidden[tuple[Category, ...]]
    x: Float[np.ndarray, "size dim"]
    repeats: Int[np.ndarray, " size"]
    kappa: Float[np.ndarray, " size"]
    left: Float[np.ndarray, " size"]
    error: Float[np.ndarray, " size"] | None
    cost: Float[np.ndarray, " size"] | None
    candidates: int
    source: str
    outside: int

    def headline(self) -> str:
        """Say in one sentence what is proposed."""
        return (
            f"{len(self.x)} candidates of {self.candidates} ({self.source}), in order."
        )


def next_samples(
    directions: SeenDirections,
    order: Int[np.ndarray, " size"],
    data: Standard,
    pool: Float[np.ndarray, "pool dim"],
    *,
    now: float | None,
    power: float,
    source: str,
    cost: Float[np.ndarray, " pool"] | None = None,
) -> NextSamples:
    """Say what candidates in this order tell in addition to the samples.

    Args:
        directions: The directions in which the fitted function can change.
        order: Indices of the proposed candidates.
        data: The table in standard units.
        pool: Candidates, in the units of the table.
        now: Typical error of the function over the candidates, in the unit of the
            target; None where it is not known.
        power: Exponent of the foretold fall of the error.
        source: Origin of the candidates, in words.
        cost: Cost of each candidate.
    """
    variance, kappa = directions.path(order)
    left = np.full(len(order), np.inf)
    if np.isfinite(directions.now):
        left = (variance / directions.now) ** (power / 2)
    return NextSamples(
        inputs=data.table.inputs,
        categories=data.table.categories,
        x=pool[order],
        repeats=_repeats(pool[order], data.table.x),
        kappa=kappa,
        left=left,
        error=None if now is None else now * left,
        cost=None if cost is None else cost[order],
        candidates=len(pool),
        source=source,
        outside=outside(pool[order], data.table.x),
    )


def foretold_power(rows: int, parameters: int, noise: NoiseEstimate) -> float:
    """Return the exponent by which a foretold fall of the error is taken.

    The linear theory overstates the fall while there are few rows per parameter.
    """
    early = rows < ROWS_PER_PARAMETER * parameters or noise.ratio >= STABLE
    return EARLY if early else 1.0


def outside(pool: np.ndarray, x: np.ndarray) -> int:
    """Return how many candidates lie outside the range of the data in some column."""
    beyond = (pool < x.min(0)) | (pool > x.max(0))
    return int(beyond.any(axis=1).sum())


def _repeats(chosen: np.ndarray, x: np.ndarray) -> np.ndarray:
    before = np.concatenate([x, chosen])
    return np.array(
        [
            (before[: len(x) + place] == candidate).all(axis=1).sum()
            for place, candidate in enumerate(chosen)
        ],
        int,
    )
