"""Which entries to observe next."""

import dataclasses
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import numpy_rng, Result
from suffice.completion._determined._flex import draw_flex
from suffice.completion._determined._solution import EntryStatus, solve
from suffice.completion._entries._mask import check_rank, Mask, read_mask

from ._noise import noisiest
from ._offer import Offer, read_offer, read_targets
from ._pick import independent, leverage_order
from ._targets import reach

ROUND = 500
CANDIDATES = 8000
SPARE = 4  # candidates looked at per pick of a round
BLOCK_ENTRIES = 1 << 21
SHOWN = 12


@dataclasses.dataclass(frozen=True)
class NextEntries(Result):
    """Entries to observe next, in this order.

    Attributes:
        rank: Rank of the matrix.
        rows: Row of every pick.
        columns: Column of every pick.
        needed: How many of them, from the first, are there to determine; each adds
            one to the rank of the completion matrix. Those after it lower the noise.
        deficit: Fewest entries that could determine all, or all targets, whichever
            was asked for; attained unless entries cannot be observed.
        left: What remains of the deficit after these picks; None for targets that
            stay open, and 0 where all is determined.
        cost: Sum of the costs of the picks.
        targets: Whether only targets were asked for.
        note: What cannot be had, and why.
    """

    rank: int
    rows: Int[np.ndarray, " picks"]
    columns: Int[np.ndarray, " picks"]
    needed: int
    deficit: int
    left: int | None
    cost: float
    targets: bool
    note: str | None = None

    def headline(self) -> str:
        """What to observe, in one sentence."""
        goal = "the targets" if self.targets else "every entry"
        if self.note is not None:
            return self.note
        if not len(self.rows):
            return f"Nothing is needed: {goal} is determined at rank {self.rank}."
        pairs = list(zip(self.rows, self.columns, strict=True))
        listed = ", ".join(f"({i}, {j})" for i, j in pairs[:SHOWN])
        more = ", ..." if len(pairs) > SHOWN else ""
        return f"{self._purpose(goal)} at rank {self.rank}: {listed}{more}"

    def _purpose(self, goal: str) -> str:
        extra = len(self.rows) - self.needed
        if not self.needed:
            return f"Nothing is needed; {extra} entries that lower the noise most"
        noun = "entry" if self.needed == 1 else "entries"
        if self.left:
            total = self.needed + self.left
            return f"The first {self.needed} of {total} that determine {goal}"
        text = f"{self.needed} {noun} to determine {goal}"
        return f"{text}, {extra} more to lower the noise" if extra else text


def next_entries(
    mask: Any,
    rank: int,
    *,
    cost: Float[Array | np.ndarray, "rows columns"] | None = None,
    available: Any = None,
    targets: Any = None,
    count: int | None = None,
    factors: tuple[Any, Any] | None = None,
    key: Key[Array, ""] | None = None,
) -> NextEntries:
    """Choose the fewest further entries that determine a matrix of one rank.

    Every undetermined entry adds exactly one to the rank of the completion matrix, so
    that the deficit is attained, and taking the cheapest undetermined entry first is
    optimal for any costs (the entries are a matroid). Among equal costs the entry with
    the largest leverage on what still moves is taken, which keeps the completion well
    conditioned. Picks beyond the deficit go where noise is amplified most.

    Args:
        mask: See `mask_report`.
        rank: Rank of the matrix.
        cost: Cost of every entry, not negative; infinite where it cannot be observed.
        available: The entries that can be observed, in any form of a mask. Defaults
            to all of finite cost.
        targets: The entries that matter, in any form of a mask. Defaults to all. The
            deficit is then a lower bound, attained when the targets themselves can be
            observed.
        count: How many entries to choose. Defaults to as many as are needed.
        factors: `(a, b)` fitted to the data, to choose well conditioned entries for;
            generic ones otherwise.
        key: Random key.

    Raises:
        ValueError: An argument cannot be read, the mask is unresolved at this rank, or
            the picks beyond the deficit need more than 3000 unknowns.

    Source:
        Greedy bases of matroids; derived and verified here for completion matrices.

    Example:
        >>> mask = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 0]], bool)
        >>> chosen = sf.next_entries(mask, rank=1)
        >>> len(chosen.rows), chosen.deficit
        (1, 1)
    """
    found = read_mask(mask)
    rank = check_rank(rank, found)
    if count is not None and count < 1:
        raise ValueError(f"count is {count}; expected at least 1.")
    offer = read_offer(cost, available, found)
    rng = numpy_rng(jax.random.key(0) if key is None else key)
    if targets is not None:
        return _for_targets(found, rank, offer, targets, count, rng)
    rows, columns, deficit, left = _for_all(found, rank, offer, count, factors, rng)
    needed = len(rows)
    if count is not None and left == 0 and needed < count:
        now = found.with_entries(rows, columns)
        more = noisiest(now, rank, offer, count - needed, factors, rng)
        rows = np.concatenate([rows, more[0]])
        columns = np.concatenate([columns, more[1]])
    short = left and (count is None or needed < count)
    return NextEntries(
        rank=rank,
        rows=rows,
        columns=columns,
        needed=needed,
        deficit=deficit,
        left=left,
        cost=float(offer.cost(rows, columns).sum()),
        targets=False,
        note=_short(needed, deficit, rank) if short else None,
    )


def _for_all(mask, rank, offer, count, factors, rng):
    """Rounds of independent picks, until nothing is undetermined or available."""
    rows, columns = np.empty(0, np.int64), np.empty(0, np.int64)
    deficit = left = None
    while True:
        now = mask.with_entries(rows, columns) if len(rows) else mask
        solution, left = resolved(now, rank, rng)
        deficit = left if deficit is None else deficit
        size = min(left, ROUND, left if count is None else count - len(rows))
        if not size:
            return rows, columns, deficit, left
        some = candidates(solution, offer, rng)
        if not len(some[0]):
            return rows, columns, deficit, left
        new = _round(solution, some, offer, size, left, factors, rng)
        rows = np.concatenate([rows, new[0]])
        columns = np.concatenate([columns, new[1]])
        if len(new[0]) == left:
            return rows, columns, deficit, 0


def _round(solution, some, offer, size, left, factors, rng):
    """The first independent candidates: cheapest, then of largest leverage."""
    order = leverage_order(solution, some, left, factors, rng)
    costs = offer.cost(some[0][order], some[1][order])
    order = order[np.argsort(costs, kind="stable")]
    order = order[: SPARE * size + 64]
    rows, columns = some[0][order], some[1][order]
    parts = solution.mask, solution.rank, solution.levels, solution.parts
    flex = draw_flex(*parts, rng, count=size)
    chosen = independent(flex.changes(rows, columns))
    return rows[chosen], columns[chosen]


def resolved(mask: Mask, rank: int, rng):
    seed = jax.random.key(int(rng.integers(2**31)))
    solution, freedom = solve(mask, rank, seed)
    if freedom is None:
        raise ValueError(
            f"the rank of this mask is unresolved at rank {rank}: its core is too "
            "large for exact elimination; ask for a smaller rank."
        )
    return solution, freedom


def candidates(solution, offer: Offer, rng):
    """Undetermined entries on offer, the cheapest if they are too many."""
    m, n = solution.mask.shape
    step = max(1, BLOCK_ENTRIES // n)
    rows, columns = np.empty(0, np.int64), np.empty(0, np.int64)
    for start in range(0, m, step):
        block = slice(start, min(start + step, m))
        open_ = solution.codes(block) == EntryStatus.undetermined
        i, j = np.nonzero(open_ & offer.block(block))
        rows, columns = np.concatenate([rows, i + start]), np.concatenate([columns, j])
        if len(rows) > CANDIDATES:
            mixed = rng.permutation(len(rows))
            costs = offer.cost(rows[mixed], columns[mixed])
            kept = mixed[np.argsort(costs, kind="stable")[:CANDIDATES]]
            rows, columns = rows[kept], columns[kept]
    return rows, columns


def _for_targets(mask, rank, offer, targets, count, rng):
    solution, freedom = resolved(mask, rank, rng)
    wanted = read_targets(targets, mask)
    some = candidates(solution, offer, rng)
    basis = _for_all(mask, rank, offer, None, None, rng)[:2]
    picks, bound = reach(solution, freedom, wanted, some, basis, offer, rng)
    if picks is None:
        rows = columns = np.empty(0, np.int64)
        note = (
            "Some targets stay undetermined whatever is observed of what is available; "
            f"with every entry available {bound} could determine them at rank {rank}."
        )
    else:
        (rows, columns), note = picks, None
    size = len(rows) if count is None else min(count, len(rows))
    return NextEntries(
        rank=rank,
        rows=rows[:size],
        columns=columns[:size],
        needed=size,
        deficit=bound,
        left=None if picks is None else len(rows) - size,
        cost=float(offer.cost(rows[:size], columns[:size]).sum()),
        targets=True,
        note=note,
    )


def _short(needed, deficit, rank) -> str:
    return (
        f"Only {needed} of the {deficit} entries that rank {rank} needs can be "
        "observed; whatever is measured of the rest, some entries stay undetermined."
    )
