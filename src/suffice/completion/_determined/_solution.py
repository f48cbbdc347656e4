"""The flexes of a mask, and how they decide the status of every entry."""

import dataclasses

import jax
import numpy as np
from jaxtyping import Array, Int8, Key

from suffice._core import numpy_rng
from suffice.completion._entries._mask import Mask

from ._flex import draw_flex, draw_numerical_flex, Flex, Levels
from ._growth import grow, largest_block
from ._numerical_flex import MOVING, STILL
from ._parts import Block, core_parts, DRAWS, Part
from ._peel import CORE, peel
from ._status import EntryStatus

BLOCK_ENTRIES = 1 << 21


@dataclasses.dataclass(frozen=True, eq=False)
class Solution:
    """The flexes behind a determination, from which every entry is decided.

    Attributes:
        mask: The observed entries.
        rank: Rank of the matrix.
        levels: Level at which every row and column was peeled.
        parts: Connected pieces of the core.
        flexes: Flexes at independent draws of the factors.
        trusted: Whether the flexes are reliable; if not, entries are decided by
            counting only.
        blocks: Which rows and columns belong to each uniquely determined block.
    """

    mask: Mask
    rank: int
    levels: Levels
    parts: list[Part]
    flexes: tuple[Flex, ...]
    trusted: bool
    blocks: tuple[Block, ...]

    def codes(self, rows: slice) -> Int8[np.ndarray, "rows columns"]:
        """Return the status codes of consecutive rows."""
        index = np.arange(self.mask.shape[0])[rows]
        codes = self._moved(index, np.arange(self.mask.shape[1]))
        for some, columns in self.blocks:
            codes[np.ix_(some[index], columns)] = EntryStatus.unique
        codes[self.mask.block(rows)] = EntryStatus.observed
        return codes

    def _moved(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the status of a block of entries, by whether some flex moves them."""
        if not self.trusted:
            return self._by_degree(rows, columns)
        codes = np.full((len(rows), len(columns)), EntryStatus.finite, np.int8)
        for flex in self.flexes:
            if not (flex.da.any() or flex.db.any()):
                continue  # nothing moves
            change = np.abs(flex.change(rows, columns))
            low, high = (0.0, 0.5) if flex.exact else (STILL, MOVING)
            between = (change > low) & (change <= high)
            codes[between & (codes == EntryStatus.finite)] = EntryStatus.unresolved
            codes[change > high] = EntryStatus.undetermined
        return codes

    def _by_degree(self, rows, columns):
        """Return undetermined where a row or column has fewer than `rank` entries."""
        codes = np.full((len(rows), len(columns)), EntryStatus.unresolved, np.int8)
        by_row, by_column = self.mask.degrees
        codes[by_row[rows] < self.rank] = EntryStatus.undetermined
        codes[:, by_column[columns] < self.rank] = EntryStatus.undetermined
        return codes

    def counts(self) -> dict[EntryStatus, int]:
        """Return how many unobserved entries have each status."""
        n = self.mask.shape[1]
        kinds = np.zeros(len(EntryStatus), np.int64)
        rest = self._resting()
        moving = [np.flatnonzero(~side) for side in rest]
        still = [np.flatnonzero(side) for side in rest]
        kinds[EntryStatus.finite] += len(still[0]) * len(still[1])
        for rows, columns in ((moving[0], np.arange(n)), (still[0], moving[1])):
            step = max(1, BLOCK_ENTRIES // max(len(columns), 1))
            for start in range(0, len(rows) if len(columns) else 0, step):
                codes = self._moved(rows[start : start + step], columns)
                kinds += np.bincount(codes.ravel(), minlength=len(kinds))
        inside, observed_inside = self._union()
        kinds[EntryStatus.unique] = inside - observed_inside
        if self.trusted:
            kinds[EntryStatus.finite] -= inside + self.mask.size - observed_inside
        else:
            kinds = self._untrusted(kinds, inside, observed_inside)
        return {kind: int(kinds[kind]) for kind in EntryStatus}

    def _untrusted(self, kinds, inside, observed_inside):
        low = [d < self.rank for d in self.mask.degrees]
        hidden = int((low[0][self.mask.rows] | low[1][self.mask.columns]).sum())
        kinds[EntryStatus.undetermined] -= hidden
        kinds[EntryStatus.unresolved] -= (
            inside + self.mask.size - observed_inside - hidden
        )
        return kinds

    def _resting(self) -> Block:
        """Return the rows and columns that no flex moves; their entries are finite."""
        m, n = self.mask.shape
        rest = np.ones(m, bool), np.ones(n, bool)
        if not self.trusted:
            return np.zeros(m, bool), np.zeros(n, bool)
        for flex in self.flexes:
            for known, new in zip(rest, flex.resting(), strict=True):
                known &= new
        return rest

    def _union(self) -> tuple[int, int]:
        """Count the entries in unique blocks, and the observed ones among them."""
        if not self.blocks:
            return 0, 0
        rows = np.stack([block[0] for block in self.blocks], axis=1)
        columns = np.stack([block[1] for block in self.blocks], axis=1)
        kinds, times = np.unique(rows, axis=0, return_counts=True)
        covered = (kinds.astype(np.int32) @ columns.T.astype(np.int32) > 0).sum(1)
        observed_inside = (
            (rows[self.mask.rows] & columns[self.mask.columns]).any(1).sum()
        )
        return int(covered @ times), int(observed_inside)


def solve(
    mask: Mask, rank: int, key: Key[Array, ""] | None
) -> tuple[Solution, int | None]:
    """Return the flexes of a mask, and their dimension modulo changes of gauge."""
    rng = numpy_rng(jax.random.key(0) if key is None else key)
    levels = peel(mask, rank)
    parts = core_parts(mask, levels, rank, rng)
    freedom = _freedom(mask, levels, parts, rank)
    if all(part.freedom is not None for part in parts):
        flexes = [draw_flex(mask, rank, levels, parts, rng, i) for i in range(DRAWS)]
        trusted = True
    else:
        drawn = [
            draw_numerical_flex(mask, rank, levels, parts, rng) for _ in range(DRAWS)
        ]
        flexes, trusted = [flex for flex, _ in drawn], all(ok for _, ok in drawn)
    blocks = _unique_blocks(mask, rank, parts, freedom)
    if blocks and all(side.all() for side in blocks[0]):
        freedom = 0
    return Solution(mask, rank, levels, parts, tuple(flexes), trusted, blocks), freedom


def _freedom(mask, levels, parts, rank) -> int | None:
    """Count the degrees of freedom, without the `rank^2` changes of gauge."""
    if any(part.freedom is None for part in parts):
        return None
    rows, columns = levels
    ends = np.minimum(rows[mask.rows], columns[mask.columns])
    peeled = int((ends < CORE).sum())
    gone = int((rows < CORE).sum() + (columns < CORE).sum())
    moves = rank * gone - peeled
    moves += sum(rank**2 + (part.freedom or 0) for part in parts)
    return moves - rank**2


def _unique_blocks(mask, rank, parts, freedom) -> tuple[Block, ...]:
    """Grow the unique block of every part over the whole mask."""
    if freedom == 0 and all(part.unique[0].all() for part in parts):
        m, n = mask.shape  # every peeled row or column has `rank` remaining entries
        return ((np.ones(m, bool), np.ones(n, bool)),)
    blocks = []
    for part in parts:
        if part.unique[0].any():
            rows, columns = part.rows[part.unique[0]], part.columns[part.unique[1]]
            blocks.append(grow(mask, rank, rows, columns))
    if not blocks:
        block = largest_block(mask, rank)
        blocks = [block] if block[0].any() else []
    blocks.sort(key=lambda block: -int(block[0].sum()) * int(block[1].sum()))
    return tuple(blocks)
