"""Completion of a matrix where its observed entries determine it."""

import dataclasses
from typing import Any, Literal, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Key

from suffice._core import Numbers, numpy_rng, Progress, silent, threads_for
from suffice.completion._entries._observed import Entries

from ._completion import Completion
from ._determined._at_values import motions, status_at
from ._determined._border import Offsets
from ._determined._closure import closure, Determination
from ._determined._status import EntryStatus
from ._entries._mask import read_mask
from ._entries._observed import as_observed, Observed
from ._filling import CompletionMethod, Fill, Filling, OTHERS, STARTS
from ._fit._choose_rank import WORDS
from ._fit._error_estimate import error_estimate, half_widths
from ._fit._least_squares import EXACT, least_squares, LeastSquaresFit
from ._fit._offset_model import LowRank
from ._options import check_bounds, check_options
from ._why_open import leave_wild_open, why_open

MAX_RANK = 20


def complete(
    entries: Entries,
    mask: Numbers | None = None,
    *,
    rank: int | Literal["auto"] = "auto",
    offsets: Offsets | Literal["auto"] = "auto",
    method: CompletionMethod = "least-squares",
    fill: Fill = "determined",
    ridge: float | Literal["auto"] = "auto",
    bounds: tuple[float, float] | None = None,
    shape: tuple[int, int] | None = None,
    max_rank: int = MAX_RANK,
    starts: int = STARTS,
    key: Key[Array, ""] | None = None,
    progress: Progress = silent,
) -> Completion:
    r"""Complete a matrix from some of its entries, where they determine it.

        M = a 1' + 1 b' + A B

    with offsets `a` of the rows and `b` of the columns where they help, and a product
    of low rank. An entry is filled when the observed entries determine it in almost
    every such matrix (see `closure`) and at the fitted values. The other entries stay
    NaN, unless `fill="all"`. This is about determination, not about accuracy: `error`
    and `half_width` say how far filled entries may be off.

    Prefer `complete_table` for a file, and `LowRankImputer` in a scikit-learn pipeline.

    Methods:
        least-squares: The best matrix of a fixed rank with offsets, by alternating
            least squares and Levenberg-Marquardt. It is the method for noisy values.
        flow: Gradient flow of `A B` from small initialisation, as in the paper, from
            `starts` seeds at two scales. With `rank="auto"` the rank is that of the
            trained matrix; a given rank is the width of the factors.
        greedy: Greedy low-rank learning, the limit of vanishing initialisation.
        nuclear: The completion of minimum nuclear norm, a convex problem, with a
            certified gap.

    Args:
        entries: A matrix with NaN for missing entries, a `scipy.sparse` matrix whose
            stored elements are the observations, or triplets `(rows, columns, values)`.
        mask: For a matrix: True where an entry counts as observed.
        rank: Rank of the matrix besides its offsets, or `auto`: the least rank that
            meets the entries to the rounding of the values, if enough entries confirm
            it; otherwise the rank that predicts held-out entries best.
        offsets: For `least-squares`: `none`, `columns`, `rows`, `both`, or `auto`: none
            where a rank meets the entries, and otherwise what predicts held-out entries
            best.
        method: `least-squares`, `flow`, `greedy` or `nuclear`, see above.
        fill: `determined` fills determined entries only; `all` fills every entry, and
            `status` still tells them apart.
        ridge: For `least-squares`: penalty on the squared factors, at least 0, or
            `auto`: none where a fit meets the entries, and otherwise the average over
            factors that are drawn from normal distributions, with a noise of every
            column; their variances are learned.
        bounds: Least and largest value of an entry, such as `(1, 5)` for ratings;
            filled values are moved into them.
        shape: For triplets: numbers of rows and columns; None takes the largest
            indices.
        max_rank: Largest rank that `auto` tries, at least 1.
        starts: Number of starts of `least-squares`, or of seeds of `flow`.
        key: Random key; None takes `jax.random.key(0)`.
        progress: Called with the work that is done.

    Returns:
        The completed matrix with the status of every entry and the evidence.

    Raises:
        ValueError: The entries cannot be read (text, infinite values, two values for
            one entry, nothing observed), the rank is impossible, or an option is
            unknown.

    Source:
        The dynamics are those of arXiv:2405.13721; the rules of determination are
        derived and verified here.

    Examples:
        >>> rank_one = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
        >>> mask = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], bool)
        >>> result = sf.complete(rank_one, mask, rank=1)
        >>> np.round(result.values[1], 6)
        array([ 2., -2.,  4.])
    """
    observed = as_observed(entries, mask, shape)
    if starts < 1:
        raise ValueError(f"starts is {starts}; expected at least 1.")
    check_options(rank, offsets, method, fill, ridge, max_rank, observed)
    check_bounds(bounds, observed)
    key = jax.random.key(0) if key is None else key

    def made(found: _Found) -> Completion:
        undecided = _undecided(observed, method, found)
        completion = dataclasses.replace(undecided, **found.evidence)
        if found.model is None:
            return completion
        return _completed(observed, completion, found, fill, bounds, rank != "auto")

    def fitted(exactly: bool = True) -> Completion:
        options = rank, offsets, ridge, max_rank, starts
        with threads_for(min(observed.shape)):
            fit = least_squares(observed, *options, numpy_rng(key), progress, exactly)
        return made(_by_least_squares(observed, fit, bounds))

    if method != "least-squares":
        width = None if rank == "auto" else int(rank)
        return made(_by_others(observed, OTHERS[method](observed, width, starts, key)))
    completion = fitted()
    coincidence = _coincidence(completion) if rank == "auto" else None
    if coincidence is None:
        return completion
    predicted = fitted(exactly=False)
    if predicted.rank is None:
        return completion
    notes = filter(None, (coincidence, predicted.note))
    return dataclasses.replace(predicted, note=" ".join(notes))


def _coincidence(completion: Completion) -> str | None:
    """Say that a rank meets the entries, and fixes few of those that it should.

    A column of zeros, or one that is a multiple of another, meets any rank below the
    number of columns, and says nothing of the others.
    """
    determination, open_ = completion.determination, ~completion.observed
    if completion.exact is None or determination is None or not open_.any():
        return None
    expected = determination.determined * int(open_.sum())
    known = int(completion.determined.sum())
    if known >= expected / 2:
        return None
    return (
        f"Rank {determination.rank}{WORDS[completion.offsets]} meets every observed "
        f"entry, but because of coincidences (zeros, or columns that are multiples of "
        f"others) it would fix {known} missing entries instead of {expected:.0f}: the "
        "values are predicted instead. Name the rank to insist on it."
    )


class _Found(NamedTuple):
    """A fitted matrix, and the fields of `Completion` that its method gives."""

    model: LowRank | None
    exact: bool
    evidence: dict[str, Any]
    note: str | None = None


def _by_least_squares(observed: Observed, fit: LeastSquaresFit, bounds) -> _Found:
    evidence: dict[str, Any] = {
        "choice": fit.choice,
        "ridge": fit.ridge,
        "law": fit.law,
        "converged": fit.converged,
        "exact": fit.exact,
    }
    if fit.predicted is not None:
        evidence["error"] = error_estimate(observed, fit.predicted, bounds)
        evidence["half_width"] = half_widths(observed, fit.predicted)
    note = None if fit.model is not None or fit.choice is None else fit.choice.note
    if fit.model is not None and not fit.converged and fit.exact is None:
        note = "The fit had not converged."
    return _Found(fit.model, fit.exact is not None, evidence, note)


def _by_others(observed: Observed, filling: Filling) -> _Found:
    model = None
    if filling.rank is not None:
        m, n = observed.shape
        model = LowRank("none", filling.left, filling.right.T, np.zeros(m), np.zeros(n))
    evidence = {
        "converged": filling.converged,
        "spread": filling.spread,
        "exponent": filling.exponent,
        "gap": filling.gap,
    }
    return _Found(model, filling.residual <= EXACT, evidence, filling.note)


def _undecided(observed: Observed, method, found: _Found) -> Completion:
    status = np.where(observed.mask, EntryStatus.observed, EntryStatus.unresolved)
    return Completion(
        values=observed.dense(),
        status=status.astype(np.int8),
        rank=None,
        method=method,
        left=None,
        right=None,
        residual=float("nan"),
        converged=False,
        note=found.note,
    )


def _completed(
    observed: Observed, completion: Completion, found: _Found, fill, bounds, asserted
) -> Completion:
    assert found.model is not None
    mask = read_mask((observed.rows, observed.columns, observed.shape))
    rank, offsets = found.model.rank, found.model.offsets
    determination = closure(mask, rank, offsets=offsets)
    model = found.model.balanced()
    moves, status, coincidence = _judged(mask, determination, model, found.exact)
    wild = leave_wild_open(status, mask, model, observed, completion.converged)
    values, law, before = model.product(), completion.law, found.model.standard().right
    if bounds is not None:
        values = np.clip(values, *bounds)
    half_width = completion.half_width
    if half_width is not None:
        half_width = np.where(observed.mask, 0.0, half_width)
    open_ = (status == EntryStatus.undetermined) | (status == EntryStatus.unresolved)
    if fill == "determined":
        values[open_] = np.nan
        half_width = None if half_width is None else np.where(open_, np.nan, half_width)
    values[observed.rows, observed.columns] = observed.values
    spread = completion.spread
    if spread is not None:
        spread = np.where(observed.mask, np.nan, spread)
    size = np.linalg.norm(observed.values) or 1.0
    notes = [
        found.note,
        why_open(mask, determination, len(observed.values), asserted),
        coincidence,
        wild,
    ]
    return dataclasses.replace(
        completion,
        values=values,
        status=status,
        rank=rank,
        offsets=offsets,
        left=model.left,
        right=model.right.T,
        row_offsets=model.row,
        column_offsets=model.column,
        model=model,
        law=None if law is None else law.turned(before, model.standard().right),
        residual=float(np.linalg.norm(model.misfit(observed)) / size),
        determination=determination,
        motions=moves,
        spread=spread,
        half_width=half_width,
        note=" ".join(note for note in notes if note) or None,
    )


def _judged(mask, determination: Determination, model: LowRank, exact: bool):
    """Return motions of the factors, and what is determined at the fitted values.

    If a lower rank meets the entries already, they determine nothing at this rank: any
    missing entry can be changed, and the rank grows by one at most.
    """
    found, factors = None, model.standard().tangent()
    if factors[0].shape[1]:
        found = motions(mask, *factors, np.random.default_rng(0))
    if model.rank == determination.rank or not exact:
        return found, *status_at(determination, mask, factors, found)
    open_ = ~mask.block(slice(None))
    status = np.where(open_, EntryStatus.undetermined, EntryStatus.observed)
    return (
        None,
        status.astype(np.int8),
        (
            f"The observed entries are met at rank {model.rank} already, so that at "
            f"rank {determination.rank} every missing entry is free."
        ),
    )
