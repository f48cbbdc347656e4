"""The model and the rank that predict held-out entries best."""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from suffice._core import Progress, silent
from suffice.completion._determined._border import Offsets
from suffice.completion._entries._observed import Observed

from ._folds import CELLS, Folds, hold_out
from ._offset_model import has, LowRank
from ._ridged import Ridged
from ._row_law import RowLaw
from ._sweeps import Blocks
from ._units import APART, centred, CONSTANT, means_of
from ._variational import Variational

SWEEPS, FEW_SWEEPS = 30, 8  # sweeps of every rank, and in large tables
PATIENCE = 2  # ranks without gain after which the search ends
SLIGHT = 1.002  # by which a further rank must lower the error
LAST_SWEEPS = 100
CLEAR = 2.0  # standard errors by which a rank must beat smaller ones
TAIL = 0.05  # share of the columns on either side that may have another unit
FEWEST = 10  # held-out entries without which nothing can be compared


class Point(NamedTuple):
    """One model at one rank, with its errors on held-out entries.

    Attributes:
        offsets: The offsets of the model.
        rank: Its rank besides them.
        errors: Predicted minus held-out values.
        deviations: Standard deviations that the model gives to these errors.
    """

    offsets: Offsets
    rank: int
    errors: np.ndarray
    deviations: np.ndarray

    @property
    def rmse(self) -> float:
        """Root mean square error."""
        return float(np.sqrt(np.mean(self.errors**2)))


@dataclasses.dataclass(frozen=True, eq=False)
class PredictiveFit:
    """The fit that predicts held-out entries best, and how well.

    Attributes:
        model: The matrix.
        law: How the factors of a further row follow from its entries.
        deviations: Standard deviations of the entries, up to a common factor.
        held: Places of the held-out entries among the observed ones.
        errors: Errors of the best fit on the held-out entries, scaled like the columns.
        of_means: Errors of column means on the same entries.
        of_offsets: Errors of the offsets of rows and columns on the same entries.
        ratios: Errors of the best fit in the standard deviations that it gives them.
        ranks: Least root mean square error of every rank.
        scales: What every column was divided by.
    """

    model: LowRank
    law: RowLaw
    deviations: Float[np.ndarray, "rows columns"]
    held: np.ndarray
    errors: Float[np.ndarray, " held"]
    of_means: Float[np.ndarray, " held"]
    of_offsets: Float[np.ndarray, " held"]
    ratios: Float[np.ndarray, " held"]
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
        ridge: A penalty on the squared factors; None averages over the factors.
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
    means = centred(scaled, "columns")[1]
    if len(folds.test.values) < FEWEST or folds.most < ranks[0]:
        return None
    search = _Search(folds, means, large, ridge, progress)
    for number, kind in enumerate(kinds):
        most = min(ranks[1], folds.most + (kind != "both"))
        search.walk(kind, ranks[0], most, number, len(kinds))
    best = _best(search.points)
    entries, means = centred(scaled, best.offsets)
    fitter = refitted(entries, best.offsets, best.rank, ridge, large)
    curve = [
        min((p.rmse for p in search.points if p.rank == rank), default=np.nan)
        for rank in range(max(p.rank for p in search.points) + 1)
    ]
    return PredictiveFit(
        model=fitter.model.raised(means).scaled(scales),
        law=fitter.law().scaled(scales),
        deviations=np.sqrt(fitter.variances()) * scales,
        held=folds.place,
        errors=best.errors,
        of_means=search.offsets_alone("columns"),
        of_offsets=search.offsets_alone("both"),
        ratios=best.errors / best.deviations,
        ranks=np.array(curve),
        scales=scales,
    )


def _best(points: list[Point]) -> Point:
    """Return the point of least rank that is not clearly worse than the best one.

    Among many points one is the best by chance as well, so that a larger rank must
    be better by some standard errors of the paired differences of squared errors.
    """
    best = min(points, key=lambda point: point.rmse)

    def close(point: Point) -> bool:
        loss = point.errors**2 - best.errors**2
        chance = CLEAR * loss.std() / np.sqrt(len(loss))
        return point.rmse <= SLIGHT * best.rmse or bool(loss.mean() <= chance)

    return min(filter(close, points), key=lambda point: (point.rank, point.rmse))


def column_scales(observed: Observed) -> Float[np.ndarray, " columns"]:
    """Return the standard deviation of every column, or 1 where they are similar."""
    n = observed.shape[1]
    mean = means_of(observed.columns, observed.values, n)
    error = (observed.values - mean[observed.columns]) ** 2
    deviation = np.sqrt(means_of(observed.columns, error, n))
    largest = np.zeros(n)
    np.maximum.at(largest, observed.columns, np.abs(observed.values))
    varied = deviation > CONSTANT * largest
    if not varied.any():
        return np.ones(n)
    usual = float(np.median(deviation[varied]))
    low = np.quantile(deviation[varied], TAIL, method="lower")
    high = np.quantile(deviation[varied], 1 - TAIL, method="higher")
    apart = np.ptp(np.log(deviation[varied])) > np.log(APART)
    if high <= 3 * low and not apart:
        return np.ones(n)
    return np.where(varied, deviation, usual)


def _fitter(
    problem: Blocks, kind: Offsets, ridge: float | None
) -> Variational | Ridged:
    if ridge is None:
        return Variational(problem, kind)
    return Ridged(problem, kind, ridge)


class _Search:
    """The points that were compared."""

    def __init__(self, folds: Folds, means, large: bool, ridge, progress: Progress):
        self.folds, self.large, self.ridge = folds, large, ridge
        self.means = np.tile(means, folds.count)
        self.points: list[Point] = []
        self.progress = progress

    def point(self, fitter: Variational | Ridged, kind: Offsets) -> Point:
        test = self._entries(self.folds.test, kind)
        deviations = np.sqrt(fitter.variance(test))
        return Point(kind, fitter.rank, fitter.model.misfit(test), deviations)

    def _entries(self, some: Observed, kind: Offsets) -> Observed:
        """Return entries as the model of this kind takes them, see `centred`."""
        if not has(kind)[1]:
            return some
        values = some.values - self.means[some.columns]
        return dataclasses.replace(some, values=values)

    def started(self, kind: Offsets) -> Variational | Ridged:
        entries = self._entries(self.folds.train, kind)
        fitter = _fitter(Blocks(entries, self.folds.count), kind, self.ridge)
        fitter.sweep(FEW_SWEEPS if self.large else SWEEPS)
        return fitter

    def offsets_alone(self, kind: Offsets) -> np.ndarray:
        for point in self.points:
            if (point.offsets, point.rank) == (kind, 0):
                return point.errors
        return self.point(self.started(kind), kind).errors

    def walk(self, kind: Offsets, least: int, most: int, number: int, kinds: int):
        """Compare all ranks of one kind of model."""
        fitter = self.started(kind)
        if not least:
            self.points.append(self.point(fitter, kind))
            if kind == "both" and fitter.rows_are_level and number:
                return  # the points of offsets of columns alone
        best, waited = np.inf, 0
        for rank in range(1, most + 1):
            if self.large:
                self.progress(number * most + rank - 1, kinds * most, "ranks")
            fitter.grow()
            fitter.sweep(FEW_SWEEPS if self.large else SWEEPS)
            if rank < least:
                continue
            point = self.point(fitter, kind)
            self.points.append(point)
            waited = 0 if point.rmse < best / SLIGHT else waited + 1
            best = min(best, point.rmse)
            if waited >= PATIENCE and (rank > 2 or self.large):
                break


def refitted(
    observed: Observed, offsets: Offsets, rank: int, ridge: float | None, large: bool
) -> Variational | Ridged:
    """Fit all entries with the model that predicts best."""
    fitter = _fitter(Blocks(observed), offsets, ridge)
    few = FEW_SWEEPS if large else SWEEPS // 2
    fitter.sweep(few)
    while fitter.rank < rank:
        fitter.grow()
        fitter.sweep(few)
    before = fitter.model.at(observed.rows, observed.columns)
    for _ in range(LAST_SWEEPS // 4):
        fitter.sweep(4)
        now = fitter.model.at(observed.rows, observed.columns)
        change, before = np.linalg.norm(now - before), now
        if change <= (1e-3 if large else 1e-6) * np.linalg.norm(now):
            break
    return fitter
