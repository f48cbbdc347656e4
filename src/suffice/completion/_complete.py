"""Fill what the observed entries determine, and say what they do not."""

import dataclasses
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int8, Key

from suffice._core import numpy_rng, Result

from ._design._stability import stability_map, StabilityMap
from ._determined._closure import closure, Determination
from ._determined._solution import EntryStatus
from ._entries._graph import components
from ._entries._mask import read_mask
from ._entries._observed import as_observed, Observed
from ._filling import Filling, METHODS, STARTS
from ._fit._choose_rank import choose_rank, RankChoice
from ._fit._fit_rank import check_rank

MAX_RANK = 10


@dataclasses.dataclass(frozen=True)
class Completion(Result):
    """A matrix with what its observed entries determine filled in.

    Attributes:
        values: The matrix: observed entries as given, determined ones filled, NaN for
            the others unless they were asked for.
        status: An `EntryStatus` code for every entry.
        rank: The rank that was used or found; None when undecided.
        method: How the values were found.
        left: Factor `(rows, rank)` of the completed matrix; None when undecided.
        right: Factor `(rank, columns)`.
        residual: Root mean square error on the observed entries, over that of the
            values.
        converged: Whether the method ended where it should.
        choice: How `rank="auto"` decided, for `least-squares`.
        determination: What is determined at this rank, from the mask alone.
        spread: For `flow`: standard deviation of every entry over the seeds, NaN where
            observed. It is not an uncertainty: seeds agree on entries that nothing
            determines.
        exponent: For `flow`: the rank-gap exponent of every seed, see
            `FactorisationFlow.rank_gap_exponent`.
        gap: For `nuclear`: certified relative gap of the nuclear norm.
        ridge: For `least-squares`: the ridge that was used.
        note: What to know before using the values.
    """

    values: Float[np.ndarray, "rows columns"]
    status: Int8[np.ndarray, "rows columns"]
    rank: int | None
    method: str
    left: Float[np.ndarray, "rows rank"] | None
    right: Float[np.ndarray, "rank columns"] | None
    residual: float
    converged: bool
    choice: RankChoice | None = None
    determination: Determination | None = None
    spread: Float[np.ndarray, "rows columns"] | None = None
    exponent: Float[np.ndarray, " seeds"] | None = None
    gap: float | None = None
    ridge: float = 0.0
    note: str | None = None

    @property
    def observed(self) -> Bool[np.ndarray, "rows columns"]:
        """Which entries were given."""
        return self.status == EntryStatus.observed

    @property
    def determined(self) -> Bool[np.ndarray, "rows columns"]:
        """Which of the other entries the observed ones determine."""
        return (self.status == EntryStatus.unique) | (self.status == EntryStatus.finite)

    @property
    def singular_values(self) -> Float[np.ndarray, " k"] | None:
        """Singular values of the completed matrix, undetermined entries included."""
        if self.left is None or self.right is None:
            return None
        _, ra = np.linalg.qr(self.left)
        _, rb = np.linalg.qr(self.right.T)
        return np.linalg.svd(ra @ rb.T, compute_uv=False)

    def stability(self, *, key: Key[Array, ""] | None = None) -> StabilityMap:
        """How much noise on the observed entries is amplified in every entry.

        Raises:
            ValueError: The rank is undecided.
        """
        if self.left is None or self.right is None:
            raise ValueError(f"there is nothing to be stable: {self.note}")
        return stability_map(self.left, self.right, self.observed, key=key)

    def headline(self) -> str:
        """What was filled, in one sentence."""
        open_ = int((~self.observed).sum())
        if self.rank is None:
            return f"None of {open_} missing entries was filled: {self.note}"
        if not open_:
            return f"No entry is missing; rank {self.rank} ({self.method})."
        known = int(self.determined.sum())
        return (
            f"{known} of {open_} missing entries are determined at rank {self.rank} "
            f"({self.method})."
        )

    def shown(self) -> dict[str, Any]:
        """Counts of every status, the fit and the caveats."""
        rows: dict[str, Any] = {
            status.name: count
            for status in EntryStatus
            if (count := int((self.status == status).sum()))
        }
        rows["residual"] = self.residual
        rows["converged"] = self.converged
        if self.choice is not None and self.rank is not None:
            rows["rank_chosen"] = self.choice.headline()
        rows["gap"] = self.gap
        if self.exponent is not None:
            rows["rank_gap_exponent"] = float(np.median(self.exponent))
        return rows | {"note": self.note}


def complete(
    entries: Any,
    mask: Any = None,
    *,
    rank: Any = "auto",
    method: str = "least-squares",
    fill: str = "determined",
    ridge: float | str = "auto",
    shape: tuple[int, int] | None = None,
    max_rank: int = MAX_RANK,
    starts: int = STARTS,
    key: Key[Array, ""] | None = None,
) -> Completion:
    r"""Complete a matrix from some of its entries, where they determine it.

    An entry is filled when almost every matrix of the rank in question is determined
    there by the observed entries (see `mask_report`); nothing else is, unless asked
    for. That is about determination, not accuracy: with noise a determined entry can be
    far off (see `stability_map`).

    Methods:
        least-squares: The best matrix of a fixed rank, alternating and
            Levenberg-Marquardt; for noisy data too.
        flow: Gradient flow of `A B` from small initialisation, the paper's dynamics,
            from `starts` seeds at two scales. The rank is what training makes of it, or
            the width if given.
        greedy: Greedy low-rank learning, the limit of vanishing initialisation.
        nuclear: The least nuclear norm, with a certified gap; convex.

    Args:
        entries: A matrix with NaN for what is missing, a `scipy.sparse` matrix whose
            stored elements are the observations, or triplets `(rows, columns, values)`.
        mask: For a matrix: true where an entry counts as observed.
        rank: Rank of the matrix. `auto` takes the least that fits exactly and is
            confirmed by more entries than it has unknowns; for noisy values the one
            that predicts held-out entries best; or leaves it undecided.
        method: How to find the values.
        fill: `determined`, or `all`, which also fills entries that nothing determines;
            `status` still says so.
        ridge: For `least-squares`: penalty on the squared factors. `auto` takes 0 where
            the fit is exact, else the best on held-out entries.
        shape: Rows and columns, for triplets; None takes the largest indices.
        max_rank: Largest rank that `auto` tries.
        starts: Starts of `least-squares`, seeds of `flow`.
        key: Random key; None takes `jax.random.key(0)`.

    Returns:
        The completed matrix with the status of every entry and the evidence.

    Raises:
        ValueError: The entries cannot be read (text, infinite values, two values for
            one entry, nothing observed), the rank is impossible or an option unknown.

    Source:
        Dynamics: arXiv:2405.13721. Determination derived and verified here.

    Example:
        >>> rank_one = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
        >>> mask = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], bool)
        >>> result = sf.complete(rank_one, mask, rank=1)
        >>> np.round(result.values[1], 6)
        array([ 2., -2.,  4.])
    """
    observed = as_observed(entries, mask, shape)
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
    place = read_mask((observed.rows, observed.columns, observed.shape))
    assert filling.rank is not None
    determination = closure(place, filling.rank)
    status = determination.entries()
    values = filling.left @ filling.right
    open_ = (status == EntryStatus.undetermined) | (status == EntryStatus.unresolved)
    if fill == "determined":
        values[open_] = np.nan
    values[observed.rows, observed.columns] = observed.values
    spread = filling.spread
    if spread is not None:
        spread = np.where(observed.mask, np.nan, spread)
    notes = [filling.note, _why(place, determination, len(observed.values), asserted)]
    return Completion(
        values=values,
        status=status,
        rank=filling.rank,
        method=method,
        left=filling.left,
        right=filling.right,
        residual=filling.residual,
        converged=filling.converged,
        choice=choice,
        determination=determination,
        spread=spread,
        exponent=filling.exponent,
        gap=filling.gap,
        ridge=filling.ridge,
        note=" ".join(note for note in notes if note) or None,
    )


def _why(place, determination: Determination, count, asserted) -> str | None:
    """Why entries stay open, and whether the rank was tested at all."""
    said = []
    graph = components(place)
    if graph.count > 1 and determination.deficit:
        said.append(
            f"The observed entries fall apart into {graph.count} components that share "
            "no row and no column: nothing between them is determined, at any rank."
        )
    empty = [int((side < 0).sum()) for side in (graph.row, graph.col)]
    if any(empty):
        said.append(
            f"{empty[0]} rows and {empty[1]} columns hold no observation and stay open."
        )
    if determination.deficit:
        said.append(
            f"{determination.deficit} more entries in the right places would determine "
            "everything."
        )
    if determination.completion_rank == count and not asserted:
        said.append(
            f"Almost any values could be completed at rank {determination.rank}: the "
            "entries do not test it."
        )
    return " ".join(said) or None
