"""The model, the rank and the ridge that predict held-out entries best."""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from suffice._core import Progress, silent
from suffice.completion._determined._border import Offsets
from suffice.completion._entries._observed import Observed

from ._folds import CELLS, Folds, hold_out
from ._offset_model import LowRank
from ._sweeps import Blocks, Sweeper

TAUS = (0.5, 0.25, 0.12, 0.06, 0.03, 0.01, 1e-3, 1e-4, 1e-5, 0.0)
SAVED = 3  # the ridge from which the next rank begins
SWEEPS, FEW_SWEEPS = 12, 8  # sweeps per ridge, and in large tables
PATIENCE = 2  # ranks without gain after which the search ends
WORSE = 1.05  # times the best error, twice, at which smaller ridges are left out
SLIGHT = 1.002  # the same for large tables, once
LAST_SWEEPS = 100
CLEAR = 2.0  # standard errors by which a rank must beat offsets alone
TAIL = 0.05  # share of the columns on either side that may have another unit
FEWEST = 10  # held-out entries without which nothing can be compared


class Point(NamedTuple):
    """One model at one rank and one ridge, with its errors on held-out entries."""

    offsets: Offsets
    rank: int
    tau: float
    errors: np.ndarray

    @property
    def rmse(self) -> float:
        """Root mean square error."""
        return float(np.sqrt(np.mean(self.errors**2)))


@dataclasses.dataclass(frozen=True, eq=False)
class PredictiveFit:
    """The fit that predicts held-out entries best, and how well.

    Attributes:
        model: The matrix.
        ridge: The penalty on its squared factors.
        row_ridge: The penalty on the squared offsets of its rows.
        held: Places of the held-out entries among the observed ones.
        errors: Errors of the best fit on the held-out entries, scaled like the columns.
        of_means: Errors of column means on the same entries.
        of_offsets: Errors of the offsets of rows and columns on the same entries.
        ranks: Least root mean square error of every rank, at its best ridge.
        scales: What every column was divided by.
    """

    model: LowRank
    ridge: float
    row_ridge: float
    held: np.ndarray
    errors: Float[np.ndarray, " held"]
    of_means: Float[np.ndarray, " held"]
    of_offsets: Float[np.ndarray, " held"]
    ranks: Float[np.ndarray, " ranks"]
    scales: Float[np.ndarray, " columns"]


def predictive_fit(
    observed: Observed,
    kinds: tuple[Offsets, ...],
    ranks: tuple[int, int],
    ridge: float | None,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> PredictiveFit | None:
    """Return the fit that predicts held-out entries best.

    Args:
        observed: The entries.
        kinds: The offsets that are compared.
        ranks: Smallest and largest rank that are compared.
        ridge: A penalty on the squared factors; None compares several.
        rng: Source of the folds.
        progress: Called with the work that is done.

    Returns:
        The fit; None where too few entries can be held out.
    """
    scales = column_scales(observed)
    scaled = dataclasses.replace(
        observed, values=observed.values / scales[observed.columns]
    )
    large = observed.shape[0] * observed.shape[1] > CELLS
    folds = hold_out(scaled, max(ranks[1], 0), rng)
    if len(folds.test.values) < FEWEST or folds.most < ranks[0]:
        return None
    search = _Search(folds, large, ridge, progress)
    for number, kind in enumerate(kinds):
        most = min(ranks[1], folds.most + (kind != "both"))
        search.walk(kind, ranks[0], most, number, len(kinds))
    best = _best(search.points)
    model, penalty, row_ridge = refitted(scaled, best, ridge, large)
    curve = [
        min((p.rmse for p in search.points if p.rank == rank), default=np.nan)
        for rank in range(max(p.rank for p in search.points) + 1)
    ]
    return PredictiveFit(
        model=model.scaled(scales),
        ridge=penalty,
        row_ridge=row_ridge,
        held=folds.place,
        errors=best.errors,
        of_means=search.offsets_alone("columns"),
        of_offsets=search.offsets_alone("both"),
        ranks=np.array(curve),
        scales=scales,
    )


def _best(points: list[Point]) -> Point:
    """Return the point of least error, or offsets alone that do nearly as well.

    Among many points the best is better than offsets alone by chance as well: it must
    be better by two standard errors of the paired differences.
    """
    best = min(points, key=lambda point: point.rmse)
    alone = [point for point in points if not point.rank]
    if not alone or not best.rank:
        return best
    simple = min(alone, key=lambda point: point.rmse)
    gain = simple.errors**2 - best.errors**2
    clear = gain.mean() > CLEAR * gain.std() / np.sqrt(len(gain))
    return best if clear else simple


def column_scales(observed: Observed) -> Float[np.ndarray, " columns"]:
    """Return the standard deviation of every column, or 1 where they are similar."""
    n = observed.shape[1]
    count = np.maximum(np.bincount(observed.columns, minlength=n), 1)
    mean = np.bincount(observed.columns, observed.values, n) / count
    error = (observed.values - mean[observed.columns]) ** 2
    deviation = np.sqrt(np.bincount(observed.columns, error, n) / count)
    varied = deviation > 1e-12 * np.abs(observed.values).max()
    if not varied.any():
        return np.ones(n)
    usual = float(np.median(deviation[varied]))
    low = np.quantile(deviation[varied], TAIL, method="lower")
    high = np.quantile(deviation[varied], 1 - TAIL, method="higher")
    if high <= 3 * low:
        return np.ones(n)
    return np.where(varied, deviation, usual)


class _Search:
    """The points that were compared."""

    def __init__(self, folds: Folds, large: bool, ridge, progress: Progress):
        self.folds, self.large, self.ridge = folds, large, ridge
        self.problem = Blocks(folds.train, folds.count)
        self.points: list[Point] = []
        self.progress = progress

    def errors(self, sweeper: Sweeper) -> np.ndarray:
        return sweeper.model.misfit(self.folds.test)

    def offsets_alone(self, kind: Offsets) -> np.ndarray:
        for point in self.points:
            if (point.offsets, point.rank) == (kind, 0):
                return point.errors
        return self.errors(Sweeper(self.problem, kind))

    def walk(self, kind: Offsets, least: int, most: int, number: int, kinds: int):
        """Compare all ranks and ridges of one kind of model."""
        sweeper = Sweeper(self.problem, kind)
        if not least:
            self.points.append(Point(kind, 0, 0.0, self.errors(sweeper)))
        best, waited, first = np.inf, 0, 0
        for rank in range(1, most + 1):
            if self.large:
                self.progress(number * most + rank - 1, kinds * most, "ranks")
            sweeper.grow()
            point, saved, first = self._ridges(sweeper, kind, rank, first)
            if rank >= least:
                self.points.append(point)
                gain = point.rmse < best / (SLIGHT if self.large else 1.0)
                waited = 0 if gain else waited + 1
                best = min(best, point.rmse)
                if waited >= PATIENCE and (rank > 2 or self.large):
                    break
            sweeper.model = saved

    def _ridges(self, sweeper: Sweeper, kind, rank, first):
        """Return the best ridge of a rank, and the model that the next begins from."""
        best, saved, worse, at = None, sweeper.model, 0, 0
        for place, tau in self._taus(sweeper, first):
            if tau == 0.0 and best is not None and best.tau != TAUS[-2]:
                break
            sweeper.sweep(tau, FEW_SWEEPS if self.large else SWEEPS)
            point = Point(kind, rank, tau, self.errors(sweeper))
            if best is None or place <= SAVED:
                saved = sweeper.model
            if best is None or point.rmse < best.rmse:
                best, worse, at = point, 0, place
                continue
            limit = SLIGHT if self.large else WORSE
            worse += point.rmse > limit * best.rmse
            if worse >= (1 if self.large else 2):
                break
        assert best is not None
        return best, saved, max(0, at - 1) if self.large else 0

    def _taus(self, sweeper: Sweeper, first: int):
        if self.ridge is not None:
            return [(0, float(self.ridge / sweeper.largest.mean()))]
        return list(enumerate(TAUS))[first:]


def refitted(
    observed: Observed, best: Point, ridge: float | None, large: bool
) -> tuple[LowRank, float, float]:
    """Fit all entries at the point that predicts best; return both ridges as well."""
    sweeper = Sweeper(Blocks(observed), best.offsets)
    while sweeper.model.rank < best.rank:
        sweeper.grow()
        for tau in TAUS:
            if tau < max(best.tau, TAUS[SAVED]):
                break
            sweeper.sweep(tau, SWEEPS // 2)
    if not best.rank:
        return sweeper.model, 0.0, float(sweeper.penalty[0])
    tau = best.tau if ridge is None else float(ridge / sweeper.largest[0])
    for step in TAUS:
        if tau <= step < TAUS[SAVED]:
            sweeper.sweep(step, SWEEPS)
    before = sweeper.model.at(observed.rows, observed.columns)
    for _ in range(LAST_SWEEPS // 4):
        sweeper.sweep(tau, 4)
        now = sweeper.model.at(observed.rows, observed.columns)
        change, before = np.linalg.norm(now - before), now
        if change <= (1e-3 if large else 1e-6) * np.linalg.norm(now):
            break
    return sweeper.model, tau * float(sweeper.largest[0]), float(sweeper.penalty[0])
