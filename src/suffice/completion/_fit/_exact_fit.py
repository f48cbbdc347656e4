"""Fits that meet the entries to the rounding of the file."""

import dataclasses

import numpy as np

from suffice.completion._determined._border import bordered, Offsets
from suffice.completion._determined._closure import closure
from suffice.completion._determined._peel import CORE, peel
from suffice.completion._entries._graph import components
from suffice.completion._entries._mask import make_mask, Mask
from suffice.completion._entries._observed import Observed

from ._alternating_least_squares import balanced
from ._folds import CELLS
from ._grown_start import grown_start
from ._levenberg_marquardt import LARGEST
from ._offset_model import LowRank
from ._polish import polished
from ._rounding import Rounding, rounding
from ._sweeps import Blocks, Sweeper
from ._units import centred, in_units, relative_misfit

TAUS = (0.1, 1e-3, 1e-5)  # ridges at which a rank is fitted
SWEEPS, FEW_SWEEPS = 12, 4  # sweeps per ridge, and in large tables
SETTLED = 1e-3  # relative change of the error at which the sweeps of a ridge end
FALL = 2.0  # by which the error must fall before it is polished
DROP = 3.0  # by which the error of an exact rank falls
DOUBLE = 1e-10  # relative error of an exact fit of values in double precision
SPREAD = 30.0  # roundings that the values must span: ratings do not
MOST = 2.3  # roundings of an exact fit with one entry to spare
LEAST, SHARE = 8, 0.05  # entries to spare that confirm a fit to the rounding
GROWN = 1e-6  # relative error up to which a grown fit is polished
MET = 1e-8  # relative error up to which a named rank meets the entries
FAR, STANDS_STILL = 30.0, 1e-3  # roundings, and the gain at which far fits end
FINE = 1e-10  # the gain at which other fits end
STEPS, STARTS = 60, 3


@dataclasses.dataclass(frozen=True, eq=False)
class ExactFit:
    """A matrix that meets the entries to rounding.

    Attributes:
        model: The matrix.
        roundings: Root mean square error per degree of freedom, in units of the
            standard deviation of the rounding: about 1, or less for exact integers.
        spare: Number of entries that the others predict.
        words: The unit in which the values are written.
    """

    model: LowRank
    roundings: float
    spare: int
    words: str


class _Walk:
    """One kind of model on its way to higher ranks."""

    def __init__(self, observed: Observed, offsets: Offsets, deviation: np.ndarray):
        self.given = observed
        observed, self.means = centred(observed, offsets)
        self.sweeper = Sweeper(Blocks(observed), offsets)
        self.observed, self.deviation = observed, deviation
        self.large = observed.shape[0] * observed.shape[1] > CELLS
        self.weights = np.clip(np.median(deviation) / deviation, 1e-3, 1e3)
        kind = "none" if offsets == "none" else "columns"
        start = Sweeper(self.sweeper.problem, kind).model
        self.before = self.error(start), self.chi(start)
        self.coarse = bool(np.std(observed.values) < SPREAD * np.median(deviation))

    def error(self, model: LowRank) -> float:
        """Return the root sum of squared errors."""
        return float(np.linalg.norm(model.misfit(self.observed)))

    def relative(self, model: LowRank) -> float:
        """Return the largest relative error of a row or a column."""
        return relative_misfit(self.given, model.misfit(self.observed))

    def chi(self, model: LowRank) -> float:
        """Return the root sum of squared errors in standard deviations of rounding."""
        return float(np.linalg.norm(model.misfit(self.observed) / self.deviation))

    def reach(self, rank: int) -> LowRank:
        """Fit one rank, from the fit of the rank below."""
        sweeper = self.sweeper
        while sweeper.model.rank < rank:
            sweeper.grow()
        for tau in TAUS if rank else ():
            self._settle(tau)
        if rank and self.error(sweeper.model) > self.before[0]:
            sweeper.sweep(0.0, SWEEPS)
        fell = self.error(sweeper.model) * FALL <= self.before[0]
        if self.large and fell:
            sweeper.sweep(0.0, SWEEPS)
        elif rank <= 1 or fell:
            sweeper.model = self._approached(sweeper.model)
        return sweeper.model

    def _settle(self, tau: float) -> None:
        """Do the sweeps of one ridge, until the error stands still."""
        before = self.error(self.sweeper.model)
        for _ in range(FEW_SWEEPS if self.large else SWEEPS):
            self.sweeper.sweep(tau, 1)
            now = self.error(self.sweeper.model)
            if abs(before - now) <= SETTLED * now:
                return
            before = now

    def _approached(self, model: LowRank) -> LowRank:
        """Return the polished model; far above rounding, until errors stand still."""
        model = self.polished(model, STANDS_STILL)
        return model if self.far(model) else self.polished(model)

    def far(self, model: LowRank) -> bool:
        """Return whether a fit at which errors stand still is surely no exact one.

        Every fit comes close to coarse values such as ratings: there it must meet them.
        """
        if self.coarse:
            return self.relative(model) > GROWN
        return self.chi(model) > FAR * len(self.deviation) ** 0.5

    def polished(self, model: LowRank, tolerance: float = FINE) -> LowRank:
        """Return the model after Levenberg-Marquardt, unless it is large."""
        if self.large:
            return model
        return polished(self.observed, model, self.weights, STEPS, tolerance)


def exact_fit(
    observed: Observed,
    kinds: tuple[Offsets, ...],
    most: int,
    unit: Rounding,
    rng: np.random.Generator,
) -> ExactFit | None:
    """Return the matrix of least rank that meets the entries to rounding, or None.

    A matrix of rank `r + 1` has as many unknowns as one of rank `r` with offsets of
    both sides; they are tried in this order. A fit to rounding is accepted where its
    error falls sharply at this rank, and where enough entries are left to confirm it.

    Args:
        observed: The entries.
        kinds: Which offsets are tried.
        most: Largest rank without offsets.
        unit: How finely the values are written.
        rng: Source of random starts.
    """
    scaled, scales = in_units(observed)
    deviation = unit.deviation / scales[observed.columns]
    walks: dict[Offsets, _Walk] = {
        kind: _Walk(scaled, kind, deviation) for kind in kinds
    }
    mask = make_mask(observed.rows, observed.columns, observed.shape)
    double = unit.words == "double precision"
    for level in range(1, most + 1):
        for kind in tuple(walks):
            rank, walk = level - (kind != "none"), walks[kind]
            if _surely_spare(bordered(mask, kind), level) < 1:
                del walks[kind]
                continue
            model = walk.reach(rank)
            if kind == "none" and double and not walk.large:
                model = _grown(walk, rank, rng) or model
            found = _accepted(walk, model, mask, unit)
            walk.before = walk.error(model), walk.chi(model)
            if found is not None and kind == "none" and "both" in kinds:
                found = _with_offsets(found, scaled, deviation, mask, unit) or found
            if found is not None:
                return dataclasses.replace(found, model=found.model.scaled(scales))
    return None


def _with_offsets(
    found: ExactFit, scaled: Observed, deviation, mask: Mask, unit
) -> ExactFit | None:
    """Return an exact fit with offsets and a smaller rank, which has fewer unknowns.

    A matrix with offsets of rows and columns is one of two ranks more, with those of
    columns one of one rank more. Without its means it has the smaller rank.
    """
    model = found.model
    kinds: tuple[tuple[Offsets, int], ...] = (("both", 2), ("columns", 1))
    for kind, less in kinds:
        rank = model.rank - less
        if rank < 0:
            continue
        middle = model.left.mean(0), model.right.mean(0) * (kind == "both")
        left, right = model.left - middle[0], model.right - middle[1]
        row, column = model.left @ middle[1], right @ middle[0]
        left, right = balanced(left, right.T)
        start = LowRank(kind, left[:, :rank], right[:rank].T, row, column)
        walk = _Walk(scaled, kind, deviation)
        start = start.raised(-walk.means)
        better = _accepted(walk, walk.polished(start), mask, unit)
        if better is not None:
            return better
    return None


def _spare(mask: Mask, model: LowRank) -> int:
    """Return how many entries the others predict; 0 where that is unresolved."""
    determination = closure(mask, model.rank, offsets=model.offsets)
    independent = determination.completion_rank
    return 0 if independent is None else mask.size - independent


def _surely_spare(mask: Mask, rank: int) -> int:
    """Return a lower bound of the number of entries that the others predict."""
    levels = peel(mask, rank)
    rows, columns = (np.flatnonzero(level == CORE) for level in levels)
    if not len(rows):
        return 0
    parts = components(mask.part(rows, columns))
    unknowns = rank * (parts.shapes.sum(1) - rank)
    return int(np.maximum(parts.observed - unknowns, 0).sum())


def _grown(walk: _Walk, rank: int, rng) -> LowRank | None:
    """Return the fit that linear equations from a full block give, if it is better."""
    if rank * min(walk.observed.shape) > LARGEST:
        return None
    start = grown_start(walk.observed, rank, rng)
    if start is None:
        return None
    m, n = walk.observed.shape
    model = LowRank("none", start[0], start[1].T, np.zeros(m), np.zeros(n))
    if np.linalg.norm(model.misfit(walk.observed)) > 1e-6 * np.sqrt(
        len(walk.deviation)
    ):
        return None
    model = walk.polished(model)
    return model if walk.chi(model) < walk.chi(walk.sweeper.model) else None


def _accepted(walk: _Walk, model: LowRank, mask: Mask, unit) -> ExactFit | None:
    count = mask.size
    if walk.coarse and walk.far(model):
        return None
    if walk.chi(model) > MOST * np.sqrt(count) and walk.relative(model) > DOUBLE:
        return None
    if walk.chi(model) < 0.3 * np.sqrt(count):
        model = walk.polished(model)
    if walk.large:  # the exact number would take longer than the fit
        rank = model.rank + (model.offsets != "none")
        spare = _surely_spare(bordered(mask, model.offsets), rank)
    else:
        spare = _spare(mask, model)
    if spare < 1:
        return None
    chi = walk.chi(model)
    roundings = float(chi / np.sqrt(spare))
    found = ExactFit(model.raised(walk.means), roundings, spare, unit.words)
    if walk.relative(model) <= DOUBLE:
        return found
    limit = 1.5 + 4 * np.sqrt(0.8 / spare)
    enough = spare >= max(LEAST, SHARE * count)
    sharp = walk.before[1] >= DROP * chi and not walk.coarse
    return found if roundings**2 <= limit and sharp and enough else None


def named_fit(
    observed: Observed, kind: Offsets, rank: int, least: int, rng: np.random.Generator
) -> ExactFit | None:
    """Return a fit of a named model that meets the entries, or None.

    The named rank is taken at its word: the fit need not be confirmed by more than
    `least` entries that the others predict.
    """
    scaled, scales = in_units(observed)
    unit = rounding(observed.values)
    mask = (observed.rows, observed.columns, observed.shape)
    independent = closure(mask, rank, offsets=kind).completion_rank
    if independent is None or len(observed.values) - independent < least:
        return None
    walk = _Walk(scaled, kind, unit.deviation / scales[observed.columns])
    model = walk.reach(0)
    for level in range(1, rank + 1):
        model = walk.reach(level)
    m, n = observed.shape
    for _ in range(STARTS):
        model = walk.polished(model)
        if walk.relative(model) <= MET:
            spare = len(observed.values) - independent
            roundings = walk.chi(model) / np.sqrt(max(spare, 1))
            model = model.raised(walk.means).scaled(scales)
            return ExactFit(model, float(roundings), spare, unit.words)
        left, right = rng.standard_normal((m, rank)), rng.standard_normal((n, rank))
        model = LowRank(kind, left, right, model.row, model.column)
    return None
