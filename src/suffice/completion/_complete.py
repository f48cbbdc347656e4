"""Completion of a matrix where its observed entries determine it."""

from typing import Literal

import jax
import numpy as np
from jaxtyping import Array, Key

from suffice._core import Numbers, numpy_rng
from suffice.completion._entries._observed import Entries

from ._completion import Completion
from ._determined._at_values import motions, status_at
from ._determined._closure import closure, Determination
from ._determined._solution import EntryStatus
from ._entries._graph import components
from ._entries._mask import read_mask
from ._entries._observed import as_observed, Observed
from ._filling import CompletionMethod, Fill, Filling, METHODS, STARTS
from ._fit._alternating_least_squares import without_vanishing
from ._fit._choose_rank import choose_rank, EXACT
from ._fit._fit_rank import check_rank

MAX_RANK = 10


def complete(
    entries: Entries,
    mask: Numbers | None = None,
    *,
    rank: int | Literal["auto"] = "auto",
    method: CompletionMethod = "least-squares",
    fill: Fill = "determined",
    ridge: float | Literal["auto"] = "auto",
    shape: tuple[int, int] | None = None,
    max_rank: int = MAX_RANK,
    starts: int = STARTS,
    key: Key[Array, ""] | None = None,
) -> Completion:
    r"""Complete a matrix from some of its entries, where they determine it.

    An entry is filled when the observed entries determine it in almost every matrix of
    the rank (see `mask_report`). The other entries stay NaN, unless `fill="all"`. This
    is about determination, not about accuracy: with noise a determined entry can be far
    off (see `stability_map`).

    Prefer `complete_table` for a file, and `LowRankImputer` in a scikit-learn pipeline.

    Methods:
        least-squares: The best matrix of a fixed rank, by alternating least squares and
            Levenberg-Marquardt. It is the method for noisy values.
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
        rank: Rank of the matrix, or `auto`. For exact values `auto` takes the least
            rank that fits, if there are more entries than unknowns; for noisy values it
            takes the rank that predicts held-out entries best; otherwise it leaves the
            rank undecided.
        method: `least-squares`, `flow`, `greedy` or `nuclear`, see above.
        fill: `determined` fills determined entries only; `all` fills every entry, and
            `status` still tells them apart.
        ridge: For `least-squares`: penalty on the squared factors, at least 0, or
            `auto`, which takes 0 where the fit is exact, and else the ridge that
            predicts held-out entries best.
        shape: For triplets: numbers of rows and columns; None takes the largest
            indices.
        max_rank: Largest rank that `auto` tries, at least 1.
        starts: Number of starts of `least-squares`, or of seeds of `flow`.
        key: Random key; None takes `jax.random.key(0)`.

    Returns:
        The completed matrix with the status of every entry and the evidence.

    Raises:
        ValueError: The entries cannot be read (text, infinite values, two values for
            one entry, nothing observed), the rank is impossible, or an option is
            unknown.

    Source:
        The dynamics are those of arXiv:2405.13721; the rules of determination are
        derived and verified here.

    Example:
        >>> rank_one = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
        >>> mask = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], bool)
        >>> result = sf.complete(rank_one, mask, rank=1)
        >>> np.round(result.values[1], 6)
        array([ 2., -2.,  4.])
    """
    observed = as_observed(entries, mask, shape)
    if starts < 1:
        raise ValueError(f"starts is {starts}; expected at least 1.")
    _check(rank, method, fill, ridge, max_rank, observed)
    key = jax.random.key(0) if key is None else key
    choice = None
    if rank == "auto" and method == "least-squares":
        limit = min(max_rank, *observed.shape)
        choice = choose_rank(observed, limit, starts, numpy_rng(key))
        if choice.value is None:
            return _undecided(observed, method, choice.note, choice)
        rank = choice.value
        ridge = choice.ridge if ridge == "auto" else ridge
    width = None if rank == "auto" else int(rank)
    filling = METHODS[method](observed, width, ridge, starts, key)
    if filling.rank is None:
        return _undecided(observed, method, filling.note, choice)
    return _completed(observed, filling, method, fill, choice, rank != "auto")


def _check(rank, method, fill, ridge, max_rank, observed: Observed):
    if rank != "auto":
        check_rank(rank, observed.shape)
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(METHODS)}.")
    if fill not in ("determined", "all"):
        raise ValueError(f"fill is {fill!r}; expected 'determined' or 'all'.")
    number = isinstance(ridge, (int, float)) and not isinstance(ridge, bool)
    if ridge != "auto" and not (number and 0 <= ridge < np.inf):
        raise ValueError(
            f"ridge is {ridge!r}; expected a finite number >= 0 or 'auto'."
        )
    if max_rank < 1:
        raise ValueError(f"max_rank is {max_rank}; expected at least 1.")


def _undecided(observed: Observed, method, note, choice) -> Completion:
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
        choice=choice,
        note=note,
    )


def _completed(
    observed: Observed, filling: Filling, method, fill, choice, asserted
) -> Completion:
    mask = read_mask((observed.rows, observed.columns, observed.shape))
    assert filling.rank is not None
    determination = closure(mask, filling.rank)
    left, right = without_vanishing(filling.left, filling.right)
    found, status, coincidence = _judged(
        mask, determination, (left, right.T), filling.residual <= EXACT
    )
    values = left @ right
    not_determined = (status == EntryStatus.undetermined) | (
        status == EntryStatus.unresolved
    )
    if fill == "determined":
        values[not_determined] = np.nan
    values[observed.rows, observed.columns] = observed.values
    spread = filling.spread
    if spread is not None:
        spread = np.where(observed.mask, np.nan, spread)
    notes = [
        filling.note,
        _why(mask, determination, len(observed.values), asserted),
        coincidence,
    ]
    return Completion(
        values=values,
        status=status,
        rank=filling.rank,
        method=method,
        left=left,
        right=right,
        residual=filling.residual,
        converged=filling.converged,
        choice=choice,
        determination=determination,
        motions=found,
        spread=spread,
        exponent=filling.exponent,
        gap=filling.gap,
        ridge=filling.ridge,
        note=" ".join(note for note in notes if note) or None,
    )


def _judged(mask, determination: Determination, factors, exact: bool):
    """Return motions of the factors, and what is determined at the fitted values.

    If a lower rank meets the entries already, they determine nothing at this rank: any
    missing entry can be changed, and the rank grows by one at most.
    """
    found, met = None, factors[0].shape[1]
    if met:
        found = motions(mask, *factors, np.random.default_rng(0))
    if met == determination.rank or not exact:
        status, note = status_at(determination, mask, factors, found)
        return found, status, note
    open_ = ~mask.block(slice(None))
    status = np.where(open_, EntryStatus.undetermined, EntryStatus.observed)
    return (
        None,
        status.astype(np.int8),
        (
            f"The observed entries are met at rank {met} already, so that at rank "
            f"{determination.rank} every missing entry is free."
        ),
    )


def _why(mask, determination: Determination, count, asserted) -> str | None:
    """Return why entries stay undetermined, and whether the rank was tested at all."""
    sentences = []
    graph = components(mask)
    if graph.count > 1 and determination.deficit:
        sentences.append(
            f"The observed entries fall apart into {graph.count} components that share "
            "no row and no column: entries between them are determined at no rank."
        )
    empty = [int((side < 0).sum()) for side in (graph.row, graph.col)]
    if any(empty):
        sentences.append(
            f"{empty[0]} rows and {empty[1]} columns hold no observation and stay "
            "undetermined."
        )
    if determination.deficit:
        noun = "entry" if determination.deficit == 1 else "entries"
        sentences.append(
            f"{determination.deficit} more {noun} in the right places would determine "
            "everything."
        )
    if determination.completion_rank == count and not asserted:
        sentences.append(
            f"Almost any values could be completed at rank {determination.rank}, so "
            "the entries are no test of this rank."
        )
    return " ".join(sentences) or None
