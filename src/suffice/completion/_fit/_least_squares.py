"""The fit by least squares: exact where possible, else the best predictor."""

from typing import Literal, NamedTuple

import numpy as np

from suffice._core import Progress
from suffice.completion._determined._border import Offsets
from suffice.completion._determined._closure import closure
from suffice.completion._entries._observed import Observed

from ._choose_rank import RankChoice
from ._exact_fit import exact_fit, ExactFit, named_fit
from ._fit_rank import fit_observed
from ._folds import CELLS
from ._offset_model import LowRank
from ._predictive_fit import predictive_fit, PredictiveFit, refitted
from ._rounding import rounding
from ._row_law import RowLaw
from ._sweeps import Blocks, Sweeper
from ._units import centred, in_units, relative_misfit

AUTO: tuple[Offsets, ...] = ("none", "columns", "both")
NEARLY = 1.03  # times the least error: a smaller rank that does nearly as well
SMALL = 1e-5  # ridge of a fit that nothing tests, relative to the largest useful one
CLOSE = 30.0  # roundings within which a large table may have an exact fit
EXACT = 1e-8  # relative error below which a named rank meets the entries


class LeastSquaresFit(NamedTuple):
    """A fitted matrix with its evidence; no matrix where nothing is decided."""

    model: LowRank | None
    choice: RankChoice | None
    law: RowLaw | None = None
    ridge: float = 0.0
    exact: ExactFit | None = None
    predicted: PredictiveFit | None = None
    converged: bool = True


def least_squares(
    observed: Observed,
    rank: int | Literal["auto"],
    offsets: Offsets | Literal["auto"],
    ridge: float | Literal["auto"],
    max_rank: int,
    starts: int,
    rng: np.random.Generator,
    progress: Progress,
    exactly: bool = True,
) -> LeastSquaresFit:
    """Fit a matrix of a given rank, or of the rank that the entries support.

    With `exactly`, a rank that meets the entries is looked for first.
    """
    kinds = AUTO if offsets == "auto" else (offsets,)
    if rank != "auto":
        return _named(observed, rank, kinds, ridge, starts, rng, progress)
    limit = min(max_rank, *observed.shape)
    if not observed.values.any():
        return _undecided("every observed entry is 0, which rank 0 meets.")
    penalty = None if ridge == "auto" else ridge
    large, found = observed.shape[0] * observed.shape[1] > CELLS, None
    exactly = exactly and penalty is None
    if exactly and not large:
        found = _exact(observed, kinds, limit, rng)
    if found is not None:
        return _as_exact(found)
    compared = kinds[-1:] if large else kinds
    predicted = predictive_fit(observed, compared, (0, limit), penalty, rng, progress)
    if large and exactly and predicted is not None and _close(observed, predicted):
        most = min(limit, predicted.model.rank + 2)
        found = _exact(observed, kinds, most, rng)
        if found is not None:
            return _as_exact(found)
    if predicted is None:
        return _undecided(f"{_why(observed)}; observe more entries or name the rank.")
    return _chosen(predicted, penalty)


def _close(observed: Observed, predicted: PredictiveFit) -> bool:
    """Return whether a fit is so close that an exact one is worth looking for."""
    error = predicted.model.misfit(observed) / rounding(observed.values).deviation
    return bool(np.sqrt(np.mean(error**2)) < CLOSE)


def _why(observed: Observed) -> str:
    """Return why no rank can be chosen."""
    if _spare(observed, 1, "none") == 0:
        return (
            "the observed entries are independent already at rank 1, so that every "
            "rank fits"
        )
    return "no rank fits exactly and there are too few entries to hold some out"


def _spare(observed: Observed, rank: int, kind: Offsets) -> int | None:
    mask = (observed.rows, observed.columns, observed.shape)
    independent = closure(mask, rank, offsets=kind).completion_rank
    return None if independent is None else len(observed.values) - independent


def _exact(
    observed: Observed, kinds: tuple[Offsets, ...], most, rng
) -> ExactFit | None:
    unit = rounding(observed.values)
    some: tuple[Offsets, ...] = tuple(
        kind for kind in kinds if kind != "columns" or len(kinds) == 1
    )
    return exact_fit(observed, some, most, unit, rng)


def _as_exact(found: ExactFit) -> LeastSquaresFit:
    choice = RankChoice(
        found.model.rank,
        "exact",
        found.model.offsets,
        redundant=found.spare,
        roundings=found.roundings,
        unit=found.words,
    )
    return LeastSquaresFit(found.model, choice, exact=found)


def _chosen(predicted: PredictiveFit, ridge: float | None) -> LeastSquaresFit:
    model, errors = predicted.model, predicted.ranks
    if not model.rank and model.offsets == "none":
        return _undecided(
            "no rank predicts held-out entries better than zeros do; observe more "
            "entries or name the rank.",
            errors,
        )
    near = np.flatnonzero(errors <= NEARLY * np.nanmin(errors))
    nearly = int(near[0]) if len(near) and near[0] < model.rank else None
    choice = RankChoice(
        model.rank, "predictive", model.offsets, errors=errors, nearly=nearly
    )
    return _as_predicted(predicted, choice, ridge)


def _as_predicted(
    found: PredictiveFit, choice: RankChoice | None, ridge: float | None
) -> LeastSquaresFit:
    law, used = found.law, ridge or 0.0
    return LeastSquaresFit(found.model, choice, law, used, predicted=found)


def _undecided(note: str, errors=None) -> LeastSquaresFit:
    choice = RankChoice(None, "undecided", errors=errors, note=note)
    return LeastSquaresFit(None, choice)


def _named(observed, rank, kinds, ridge, starts, rng, progress) -> LeastSquaresFit:
    """Fit a rank that was named, exactly if possible."""
    penalty = None if ridge == "auto" else float(ridge)
    large = observed.shape[0] * observed.shape[1] > CELLS
    plain = None
    if "none" in kinds and rank and not (large and penalty is None and len(kinds) > 1):
        plain = _plain(observed, rank, penalty or 0.0, starts, rng)
        if penalty is None and plain.exact is not None:
            return plain
    if penalty is None:
        found = _named_exactly(observed, rank, kinds, large, rng)
        if found is not None:
            return _as_exact(found)._replace(choice=None)
    kinds = tuple(kind for kind in kinds if rank or kind != "none")
    predicted = predictive_fit(observed, kinds, (rank, rank), penalty, rng, progress)
    if predicted is not None:
        return _as_predicted(predicted, None, penalty)
    if plain is not None:
        return plain
    if penalty is None:
        penalty = SMALL * float(Sweeper(Blocks(observed), kinds[-1]).largest[0])
    entries, means = centred(observed, kinds[-1])
    fitter = refitted(entries, kinds[-1], rank, penalty, large)
    return LeastSquaresFit(fitter.model.raised(means), None, fitter.law(), penalty)


def _named_exactly(observed, rank, kinds, large, rng) -> ExactFit | None:
    """Return a fit of the named rank that meets the entries, or None.

    Offsets that were not asked for must be confirmed by an entry.
    """
    for kind in () if large else kinds:
        if kind != "none":
            found = named_fit(observed, kind, rank, int(len(kinds) > 1), rng)
            if found is not None:
                return found
    most = rank + ("none" not in kinds or len(kinds) > 1)
    found = _exact(observed, kinds, most, rng)
    return found if found is not None and found.model.rank == rank else None


def _plain(observed: Observed, rank, ridge, starts, rng) -> LeastSquaresFit:
    """Fit without offsets, from several starts."""
    m, n = observed.shape
    scaled, scales = (observed, np.ones(n)) if ridge else in_units(observed)
    fit = fit_observed(scaled, rank, ridge, starts, 200, 1e-10, rng)
    model = LowRank("none", fit.left, fit.right.T, np.zeros(m), np.zeros(n))
    model = model.scaled(scales)
    exact = None
    if relative_misfit(observed, model.misfit(observed)) <= EXACT and not ridge:
        unit = rounding(observed.values)
        spare = _spare(observed, rank, "none") or 0
        error = np.linalg.norm(model.misfit(observed) / unit.deviation)
        exact = ExactFit(model, float(error / max(spare, 1) ** 0.5), spare, unit.words)
    return LeastSquaresFit(
        model, None, None, ridge, exact, converged=fit.fitted or fit.converged
    )
