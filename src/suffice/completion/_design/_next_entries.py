"""Which entries to observe next."""

import dataclasses

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Numbers, numpy_rng, Result
from suffice._core.literature import bases
from suffice.completion._determined._flex import draw_flex
from suffice.completion._determined._solution import solve
from suffice.completion._determined._status import EntryStatus
from suffice.completion._entries._mask import check_rank, Mask, MaskLike, read_mask

from ._noise import noisiest
from ._offer import Offer, read_offer, read_targets
from ._pick import independent, leverage_order
from ._targets import reach

ROUND = 500
CANDIDATES = 8000
SPARE = 4  # candidates considered per pick of a round
BLOCK_ENTRIES = 1 << 21
SHOWN = 12


@dataclasses.dataclass(frozen=True)
class NextEntries(Result):
    """Entries to observe next, in the order in which they were chosen.

    Attributes:
        rank: Rank of the matrix.
        rows: Row of every chosen entry.
        columns: Column of every chosen entry.
        needed: How many of the entries, from the first, are needed to determine the
            matrix or the targets. The entries after them lower the noise.
        deficit: Smallest number of entries that could determine all entries, or all
            targets if there are targets; attained unless entries are unavailable.
        left: How much of the deficit remains after the chosen entries, 0 where
            everything is determined; None for targets that stay undetermined.
        cost: Sum of the costs of the chosen entries.
        targets: Whether only some target entries had to be determined.
        note: What cannot be determined, and why; None otherwise.
    """

    grounds = bases.OBSERVE

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
        """Say in one sentence what to observe."""
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
    mask: MaskLike,
    rank: int,
    *,
    cost: Float[Array | np.ndarray, "rows columns"] | None = None,
    available: MaskLike | None = None,
    targets: MaskLike | None = None,
    count: int | None = None,
    factors: tuple[Numbers, Numbers] | None = None,
    key: Key[Array, ""] | None = None,
) -> NextEntries:
    """Choose the fewest further entries that determine a matrix of one rank.

    Observing an undetermined entry adds exactly one to the rank of the completion
    matrix, so the deficit is attained. The observed entries form a matroid, and so
    taking the cheapest undetermined entry first is optimal for any costs. Among equal
    costs the entry with the largest leverage on the remaining flexes is taken, which
    keeps the completion well conditioned. Entries beyond the deficit are chosen where
    noise is amplified most.

    Use it to plan measurements; `mask_report` only counts how many are missing.

    Args:
        mask: See `mask_report`.
        rank: Rank of the matrix, from 1 to its smaller side.
        cost: Cost of every entry, at least 0; infinite where it cannot be observed.
            None gives every entry the cost 1.
        available: The entries that can be observed, in any form of a mask; None takes
            all entries of finite cost.
        targets: The entries to determine, in any form of a mask; None takes all
            entries. With targets the deficit is a lower bound, attained when the
            targets themselves can be observed.
        count: How many entries to choose, at least 1; None takes as many as are
            needed.
        factors: Fitted factors `(left, right)` of shapes `(rows, rank)` and `(rank,
            columns)`, for which the choice is well conditioned; None draws generic
            factors.
        key: Random key; None takes `jax.random.key(0)`.

    Returns:
        The chosen entries in order, and how many of them are needed.

    Raises:
        ValueError: An argument cannot be read, the mask is unresolved at this rank, or
            entries beyond the deficit are requested with more than 3000 unknowns.

    Source:
        Greedy bases of matroids; derived and verified here for completion matrices.

    Examples:
        >>> mask = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 0]], bool)
        >>> chosen = sf.next_entries(mask, rank=1)
        >>> len(chosen.rows), chosen.deficit
        (1, 1)
    """
    observed = read_mask(mask)
    rank = check_rank(rank, observed.shape)
    if count is not None and count < 1:
        raise ValueError(f"count is {count}; expected at least 1.")
    offer = read_offer(cost, available, observed)
    rng = numpy_rng(jax.random.key(0) if key is None else key)
    if targets is not None:
        return _for_targets(observed, rank, offer, targets, count, rng)
    rows, columns, deficit, left = _for_all(observed, rank, offer, count, factors, rng)
    needed = len(rows)
    if count is not None and left == 0 and needed < count:
        now = observed.with_entries(rows, columns)
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
    """Pick independent entries in rounds, until none is undetermined and available."""
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
    """Return independent candidates, cheapest first, then of largest leverage."""
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
    """Return the flexes and the deficit; raise an error where they are unresolved."""
    seed = jax.random.key(int(rng.integers(2**31)))
    solution, freedom = solve(mask, rank, seed)
    if freedom is None:
        raise ValueError(
            f"the rank of this mask is unresolved at rank {rank}: its core is too "
            "large for exact elimination; ask for a smaller rank."
        )
    return solution, freedom


def candidates(solution, offer: Offer, rng):
    """Return undetermined entries that are available; only the cheapest of many."""
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
            "Some targets stay undetermined whatever is observed among the available "
            f"entries; if every entry were available, {bound} entries could determine "
            f"them at rank {rank}."
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
        "observed; some entries stay undetermined whatever else is measured."
    )
