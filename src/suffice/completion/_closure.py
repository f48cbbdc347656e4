"""What the observed entries determine, at one rank."""

import dataclasses
import enum
from typing import Any, Literal

import jax
import numpy as np
from jaxtyping import Array, Int8, Key

from suffice._core import numpy_rng, Result

from ._flex import draw_flex, draw_numerical_flex, Flex, Levels
from ._growth import grow, largest_block
from ._mask import check_rank, Mask, read_mask
from ._numerical import MOVING, STILL
from ._parts import Block, core_parts, Part
from ._peel import CORE, peel

BLOCK_ENTRIES = 1 << 21
DRAWS = 2

Status = Literal["unique", "finite", "undetermined", "unresolved"]
Method = Literal["growth", "finite field", "float64"]


class EntryStatus(enum.IntEnum):
    """What is known of one entry. The codes are stored: append, never renumber."""

    undetermined = 0
    finite = 1
    unique = 2
    unresolved = 3
    observed = 4


@dataclasses.dataclass(frozen=True)
class Determination(Result):
    """What the observed entries of almost every matrix of one rank determine.

    An unobserved entry is *finite* when it can take finitely many values only,
    *unique* when one value is certified, *undetermined* when it can be changed
    continuously, *unresolved* when the computation could not tell.

    Attributes:
        rank: The rank `r` of the matrix.
        status: The worst status of an unobserved entry.
        completion_rank: Rank of the completion matrix, the number of independent
            observed entries; None where it is unresolved.
        target: What that rank is when everything is determined, `r (m + n - r)`.
        deficit: Fewest further entries that can determine everything.
        determined: Share of the unobserved entries that are finite or unique.
        unique: Share of the unobserved entries that are certified unique.
        unresolved: Share of the unobserved entries that are unresolved.
        core: Rows and columns of the `(r + 1)`-core, outside of which everything is
            decided by counting.
        method: What settled the core: `growth` (counting), `finite field`
            (elimination modulo a prime; wrong with a chance below 1e-6) or `float64`
            (a projection, cut at a gap).
        blocks: Rows and columns of the uniquely determined blocks, the largest first.
        note: Reason and remedy when unresolved.
    """

    rank: int
    status: Status
    completion_rank: int | None
    target: int
    deficit: int | None
    determined: float
    unique: float
    unresolved: float
    core: tuple[int, int]
    method: Method
    blocks: tuple[tuple[np.ndarray, np.ndarray], ...]
    note: str | None
    solution: "Solution" = dataclasses.field(repr=False)

    def headline(self) -> str:
        """What is determined, in one sentence."""
        if self.status == "unresolved":
            return f"Unresolved at rank {self.rank}: {self.note}"
        if not self.solution.mask.unobserved:
            return f"Every entry is observed; rank {self.rank} leaves nothing open."
        if self.deficit == 0:
            how = {
                "unique": "uniquely",
                "finite": "up to finitely many choices, not certified unique",
            }[self.status]
            return f"At rank {self.rank} every unobserved entry is determined {how}."
        return (
            f"At rank {self.rank} the observed entries determine "
            f"{_percent(self.determined)} of the others; {self.deficit} more entries "
            "are needed for all."
        )

    def to_dict(self) -> dict[str, Any]:
        """Every field but the flexes, as JSON can hold it."""
        own = {f.name for f in dataclasses.fields(self)} - {"solution"}
        return {k: v for k, v in super().to_dict().items() if k in own}

    def entries(self, rows: slice = slice(None)) -> Int8[np.ndarray, "rows cols"]:
        """The status codes of consecutive rows, see `EntryStatus`.

        They are computed when asked for: a large matrix is read in pieces.
        """
        return self.solution.codes(rows)


@dataclasses.dataclass(frozen=True, eq=False)
class Solution:
    """The flexes behind a determination, from which every entry is decided.

    Attributes:
        mask: The observed entries.
        rank: Rank of the matrix.
        levels: When every row and column was peeled.
        parts: Pieces of the core.
        flexes: Flexes at independent factors.
        trusted: Whether the flexes decide; if not, only counting does.
        blocks: Which rows and columns belong to each uniquely determined block.
    """

    mask: Mask
    rank: int
    levels: Levels
    parts: list[Part]
    flexes: tuple[Flex, ...]
    trusted: bool
    blocks: tuple[Block, ...]

    def codes(self, rows: slice) -> Int8[np.ndarray, "rows cols"]:
        """The status codes of consecutive rows."""
        index = np.arange(self.mask.shape[0])[rows]
        codes = self._moved(index, np.arange(self.mask.shape[1]))
        for some, cols in self.blocks:
            codes[np.ix_(some[index], cols)] = EntryStatus.unique
        codes[self.mask.block(rows)] = EntryStatus.observed
        return codes

    def _moved(self, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
        """Which entries of a block move in some flex."""
        if not self.trusted:
            return self._by_degree(rows, cols)
        codes = np.full((len(rows), len(cols)), EntryStatus.finite, np.int8)
        for flex in self.flexes:
            change = np.abs(flex.change(rows, cols))
            low, high = (0.0, 0.5) if flex.exact else (STILL, MOVING)
            between = (change > low) & (change <= high)
            codes[between & (codes == EntryStatus.finite)] = EntryStatus.unresolved
            codes[change > high] = EntryStatus.undetermined
        return codes

    def _by_degree(self, rows, cols):
        """With fewer than `rank` entries in a row or column its others are open."""
        codes = np.full((len(rows), len(cols)), EntryStatus.unresolved, np.int8)
        by_row, by_col = self.mask.degrees
        codes[by_row[rows] < self.rank] = EntryStatus.undetermined
        codes[:, by_col[cols] < self.rank] = EntryStatus.undetermined
        return codes

    def counts(self) -> dict[EntryStatus, int]:
        """How many unobserved entries have each status."""
        n = self.mask.shape[1]
        kinds = np.zeros(len(EntryStatus), np.int64)
        rest = self._resting()
        moving = [np.flatnonzero(~side) for side in rest]
        still = [np.flatnonzero(side) for side in rest]
        kinds[EntryStatus.finite] += len(still[0]) * len(still[1])
        for rows, cols in ((moving[0], np.arange(n)), (still[0], moving[1])):
            step = max(1, BLOCK_ENTRIES // max(len(cols), 1))
            for start in range(0, len(rows) if len(cols) else 0, step):
                codes = self._moved(rows[start : start + step], cols)
                kinds += np.bincount(codes.ravel(), minlength=len(kinds))
        inside, seen = self._union()
        kinds[EntryStatus.unique] = inside - seen
        if self.trusted:
            kinds[EntryStatus.finite] -= inside + self.mask.size - seen
        else:
            kinds = self._untrusted(kinds, inside, seen)
        return {kind: int(kinds[kind]) for kind in EntryStatus}

    def _untrusted(self, kinds, inside, seen):
        low = [d < self.rank for d in self.mask.degrees]
        hidden = int((low[0][self.mask.rows] | low[1][self.mask.cols]).sum())
        kinds[EntryStatus.undetermined] -= hidden
        kinds[EntryStatus.unresolved] -= inside + self.mask.size - seen - hidden
        return kinds

    def _resting(self) -> Block:
        """Rows and columns that no flex moves: their entries are determined."""
        m, n = self.mask.shape
        rest = np.ones(m, bool), np.ones(n, bool)
        if not self.trusted:
            return np.zeros(m, bool), np.zeros(n, bool)
        for flex in self.flexes:
            for known, new in zip(rest, flex.resting(), strict=True):
                known &= new
        return rest

    def _union(self) -> tuple[int, int]:
        """Entries in some unique block, and how many of them are observed."""
        if not self.blocks:
            return 0, 0
        rows = np.stack([block[0] for block in self.blocks], axis=1)
        cols = np.stack([block[1] for block in self.blocks], axis=1)
        kinds, times = np.unique(rows, axis=0, return_counts=True)
        covered = (kinds.astype(np.int32) @ cols.T.astype(np.int32) > 0).sum(1)
        seen = (rows[self.mask.rows] & cols[self.mask.cols]).any(1).sum()
        return int(covered @ times), int(seen)


def closure(
    mask: Any, rank: int, *, key: Key[Array, ""] | None = None
) -> Determination:
    r"""Decide for every unobserved entry whether almost every matrix determines it.

    An entry is determined when no flex moves it, `δW = δA B + A δB = 0` for every
    motion that keeps the observed entries; one random flex decides all entries at
    once. Peeling and growth are done by counting; what is left of the core is
    eliminated modulo a prime, or, where that is too large, projected in float64 and
    cut at a gap.

    Args:
        mask: See `mask_report`.
        rank: Rank of the matrix.
        key: Random key of the factors; the answer does not depend on it but with the
            chances stated at `Determination.method`.

    Raises:
        ValueError: The mask cannot be read or the rank is impossible.

    Source:
        Derived and verified here; arXiv:2406.18035, Theorem 1, for entry samples.
    """
    found = read_mask(mask)
    rank = check_rank(rank, found)
    solution, freedom = solve(found, rank, key)
    counts = solution.counts()
    m, n = found.shape
    target, total = rank * (m + n - rank), max(found.unobserved, 1)
    value = None if freedom is None else target - freedom
    determined = counts[EntryStatus.finite] + counts[EntryStatus.unique]
    return Determination(
        rank=rank,
        status=_status(counts),
        completion_rank=value,
        target=target,
        deficit=freedom,
        determined=determined / total if found.unobserved else 1.0,
        unique=counts[EntryStatus.unique] / total if found.unobserved else 1.0,
        unresolved=counts[EntryStatus.unresolved] / total,
        core=tuple(int((level == CORE).sum()) for level in solution.levels),
        method=_method(solution.parts),
        blocks=tuple(tuple(map(np.flatnonzero, b)) for b in solution.blocks),
        note=_note(counts),
        solution=solution,
    )


def solve(
    mask: Mask, rank: int, key: Key[Array, ""] | None
) -> tuple[Solution, int | None]:
    """The flexes of a mask, and the dimension of those that are no change of gauge."""
    rng = numpy_rng(jax.random.key(0) if key is None else key)
    levels = peel(mask, rank)
    parts = core_parts(mask, levels, rank, rng)
    freedom = _freedom(mask, levels, parts, rank)
    if all(part.freedom is not None for part in parts):
        flexes = [draw_flex(mask, rank, levels, parts, rng) for _ in range(DRAWS)]
        trusted = True
    else:
        drawn = [draw_numerical_flex(mask, rank, levels, parts, rng) for _ in range(2)]
        flexes, trusted = [flex for flex, _ in drawn], all(ok for _, ok in drawn)
    blocks = _unique_blocks(mask, rank, parts, freedom)
    return Solution(mask, rank, levels, parts, tuple(flexes), trusted, blocks), freedom


def _freedom(mask, levels, parts, rank) -> int | None:
    """Unknowns that the entries leave open, less the `rank^2` of the gauge."""
    if any(part.freedom is None for part in parts):
        return None
    rows, cols = levels
    ends = np.minimum(rows[mask.rows], cols[mask.cols])
    peeled = int((ends < CORE).sum())
    gone = int((rows < CORE).sum() + (cols < CORE).sum())
    moves = rank * gone - peeled
    moves += sum(rank**2 + (part.freedom or 0) for part in parts)
    return moves - rank**2


def _unique_blocks(mask, rank, parts, freedom) -> tuple[Block, ...]:
    """Grown over the whole mask from the unique block of every part."""
    if freedom == 0 and all(part.unique[0].all() for part in parts):
        m, n = mask.shape  # whatever was peeled has `rank` entries to the rest
        return ((np.ones(m, bool), np.ones(n, bool)),)
    blocks = []
    for part in parts:
        if part.unique[0].any():
            rows, cols = part.rows[part.unique[0]], part.cols[part.unique[1]]
            blocks.append(grow(mask, rank, rows, cols))
    if not blocks:
        block = largest_block(mask, rank)
        blocks = [block] if block[0].any() else []
    blocks.sort(key=lambda block: -int(block[0].sum()) * int(block[1].sum()))
    return tuple(blocks)


def _status(counts) -> Status:
    for kind in ("unresolved", "undetermined", "finite"):
        if counts[EntryStatus[kind]]:
            return kind
    return "unique"


def _method(parts) -> Method:
    found = {part.method for part in parts}
    for method in ("float64", "finite field"):
        if method in found:
            return method
    return "growth"


def _note(counts) -> str | None:
    if not counts[EntryStatus.unresolved]:
        return None
    return (
        "the core is too large for exact elimination and the projection in float64 "
        "showed no clean gap; try another key, or a smaller rank."
    )


def _percent(share: float) -> str:
    if 0.9999 <= share < 1.0:
        return "more than 99.99 %"
    return f"{100 * share:.4g} %"
