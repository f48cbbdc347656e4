"""What a mask determines at each of several ranks."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Array, Int, Int16, Key

from suffice._core import Hidden, Result
from suffice._core.literature import bases
from suffice.completion._entries._graph import Components, components, Connectivity
from suffice.completion._entries._mask import Mask, MaskLike, read_mask

from ._closure import closure, Determination
from ._generic_rank import generic_rank_bounds
from ._status import EntryStatus

DEFAULT_RANKS = 5


@dataclasses.dataclass(frozen=True)
class MaskReport(Result):
    """What the observed entries determine, whatever their values are.

    Attributes:
        shape: Rows and columns of the matrix.
        observed: Number of observed entries.
        connectivity: Class of the observation graph.
        components: Number of its components, without empty rows and columns.
        empty_rows: Indices of the rows without an observed entry.
        empty_columns: Indices of the columns without an observed entry.
        determinations: What is determined at each of the requested ranks.
        generic_rank: Lower and upper bound of the generic completion rank, equal where
            it is known. This is the least rank at which the observed entries are
            independent, so that almost every choice of their values can be completed.
        graph: The component of every row and column.
    """

    grounds = bases.DETERMINED

    shape: tuple[int, int]
    observed: int
    connectivity: Connectivity
    components: int
    empty_rows: Int[np.ndarray, " empty_rows"]
    empty_columns: Int[np.ndarray, " empty_columns"]
    determinations: tuple[Determination, ...]
    generic_rank: tuple[int, int]
    graph: Hidden[Components] = dataclasses.field(repr=False)

    def headline(self) -> str:
        """The mask and the highest rank at which it determines everything."""
        m, n = self.shape
        text = f"{self.observed} of {m} x {n} entries observed, {self.connectivity}"
        if self.observed == m * n:
            return f"{text}: nothing is left to determine."
        whole = [d.rank for d in self.determinations if d.deficit == 0]
        if whole:
            return f"{text}; all others are determined up to rank {max(whole)}."
        least = self.determinations[0]
        return f"{text}; {least.headline()[0].lower()}{least.headline()[1:]}"

    def shown(self) -> dict[str, Any]:
        """Return properties of the graph, then one row per rank."""
        low, high = self.generic_rank
        rows: dict[str, Any] = {
            "components": self.components,
            "empty rows": len(self.empty_rows),
            "empty columns": len(self.empty_columns),
            "generic completion rank": low if low == high else f"{low} to {high}",
        }
        return rows | {f"rank {d.rank}": _row(d) for d in self.determinations}

    def at(self, rank: int) -> Determination:
        """Return what is determined at one of the ranks.

        Raises:
            ValueError: The report does not cover this rank.
        """
        for determination in self.determinations:
            if determination.rank == rank:
                return determination
        ranks = [d.rank for d in self.determinations]
        raise ValueError(
            f"rank is {rank}; the report covers {ranks}: pass it in ranks=."
        )

    def identifiability(
        self, rows: slice = slice(None)
    ) -> Int16[np.ndarray, "rows columns"]:
        """Return the largest of the ranks at which each entry is determined.

        An entry that is determined at one rank is determined at every smaller one.

        Args:
            rows: A slice of the rows; the default takes all rows.

        Returns:
            One rank per entry: 0 where none of the ranks determines the entry, -1
            where the entry is observed.
        """
        largest = None
        for determination in self.determinations:
            codes = determination.entries(rows)
            if largest is None:
                largest = np.zeros(codes.shape, np.int16)
            known = (codes == EntryStatus.finite) | (codes == EntryStatus.unique)
            largest[known] = determination.rank
            largest[codes == EntryStatus.observed] = -1
        assert largest is not None
        return largest


def mask_report(
    mask: MaskLike,
    ranks: int | Iterable[int] | None = None,
    *,
    key: Key[Array, ""] | None = None,
) -> MaskReport:
    """Return what the observed entries of a matrix determine, whatever their values.

    Every statement holds for almost every matrix of the given rank. It is about
    determination, not about accuracy: with noisy values a determined entry can still
    be predicted badly (see `stability_map`). Use it to judge a design before
    measuring; `closure` gives one rank alone, and `complete` also finds the values.

    Args:
        mask: A boolean matrix, True where an entry is observed; a scipy.sparse matrix
            whose stored entries are observed (only the stored True, if boolean); or
            `(rows, columns, shape)` with one pair of indices per observed entry.
        ranks: One rank or several, each from 1 to the smaller side of the matrix;
            None takes 1 to 5.
        key: Random key of the generic factors; None takes `jax.random.key(0)`.

    Returns:
        The components of the mask, and what is determined at each rank.

    Raises:
        ValueError: The mask cannot be read, has no observed entry or holds one twice,
            or a rank is not between 1 and the smaller side of the matrix.

    Source:
        arXiv:2405.13721 (classes of connectivity); determination derived and verified
        here.

    Examples:
        >>> mask = np.ones((4, 4), bool)
        >>> mask[3, 1:] = False
        >>> print(sf.mask_report(mask, ranks=[1, 2]).headline())
        13 of 4 x 4 entries observed, connected; all others are determined up to rank 1.
    """
    observed = read_mask(mask)
    graph = components(observed)
    by_row, by_column = observed.degrees
    return MaskReport(
        shape=observed.shape,
        observed=observed.size,
        connectivity=graph.connectivity,
        components=graph.count,
        empty_rows=np.flatnonzero(by_row == 0),
        empty_columns=np.flatnonzero(by_column == 0),
        determinations=tuple(
            closure(observed, rank, key=key) for rank in _ranks(ranks, observed)
        ),
        generic_rank=generic_rank_bounds(observed, key),
        graph=graph,
    )


def _ranks(ranks: int | Iterable[int] | None, mask: Mask) -> list[int]:
    if ranks is None:
        return list(range(1, min(DEFAULT_RANKS, *mask.shape) + 1))
    if isinstance(ranks, (int, np.integer)):
        return [int(ranks)]
    chosen = sorted(set(ranks))
    if not chosen:
        raise ValueError("ranks is empty; expected at least one rank, such as (1, 2).")
    return chosen


def _row(d: Determination) -> str:
    text = f"{d.status}, {100 * d.determined:.4g} % determined"
    if d.unresolved:
        text += f", {100 * d.unresolved:.4g} % unresolved"
    if d.deficit:
        text += f", {d.deficit} more needed"
    return f"{text} ({d.method})"
