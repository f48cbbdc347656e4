"""What the observed entries determine about a matrix of one rank."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import Array, Int8, Key

from suffice._core import Hidden, Result
from suffice._core.literature import bases
from suffice.completion._entries._mask import MaskLike, read_mask

from ._border import bordered, check_model, inner_shape, Offsets
from ._flex import Levels
from ._peel import CORE
from ._solution import Solution, solve
from ._status import EntryStatus

Status = Literal["unique", "finite", "undetermined", "unresolved"]
Method = Literal["growth", "finite field", "float64"]


@dataclasses.dataclass(frozen=True)
class Determination(Result):
    """What the observed entries of almost every matrix of one rank determine.

    An unobserved entry is *finite* when it can take finitely many values only,
    *unique* when one value is certified, *undetermined* when it can be changed
    continuously, *unresolved* when the computation could not tell.

    Attributes:
        rank: The rank `r` of the matrix, without its offsets.
        offsets: The offsets of the matrix: `none`, `columns`, `rows` or `both`.
        status: The worst status of an unobserved entry.
        completion_rank: Rank of the completion matrix, the number of independent
            observed entries; None where it is unresolved.
        target: The completion rank at which everything is determined: the dimension of
            the model, `r (m + n - r)` without offsets.
        deficit: Smallest number of further entries that can determine everything;
            None where it is unresolved.
        determined: Share of the unobserved entries that are finite or unique, 0 to 1.
        unique: Share of the unobserved entries that are certified unique, 0 to 1.
        unresolved: Share of the unobserved entries that are unresolved, 0 to 1.
        core: Numbers of rows and columns of the `(r + 1)`-core. Everything outside
            of the core is decided by counting.
        method: How the core was decided: `growth` (counting), `finite field`
            (elimination modulo a prime; wrong with a chance below 1e-6) or `float64`
            (a projection, cut at a gap).
        blocks: Rows and columns of the uniquely determined blocks, the largest first.
        note: Reason and remedy when something is unresolved; None otherwise.
        solution: The flexes from which `entries` decides each entry.
    """

    grounds = bases.DETERMINED

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
    solution: Hidden[Solution] = dataclasses.field(repr=False)
    offsets: Offsets = "none"

    def headline(self) -> str:
        """What is determined, in one sentence."""
        if self.status == "unresolved":
            return f"Unresolved at rank {self.rank}: {self.note}"
        if not self.solution.mask.unobserved:
            return "Every entry is observed; nothing is left to determine."
        if self.deficit == 0:
            how = {
                "unique": "uniquely",
                "finite": "up to finitely many choices, not certified unique",
            }[self.status]
            return f"At rank {self.rank} every unobserved entry is determined {how}."
        return (
            f"At rank {self.rank} the observed entries determine "
            f"{_percent(self.determined)} of the others; to determine all, "
            f"{self.deficit} more must be observed."
        )

    def entries(self, rows: slice = slice(None)) -> Int8[np.ndarray, "rows columns"]:
        """Return the status codes of consecutive rows, see `EntryStatus`.

        The codes are computed on request, so that a large matrix can be read in
        pieces.

        Args:
            rows: A slice of the rows; the default takes all rows.
        """
        m, n = inner_shape(self.solution.mask, self.offsets)
        start, stop, _ = rows.indices(m)
        return self.solution.codes(slice(start, stop))[:, :n]


def closure(
    mask: MaskLike,
    rank: int,
    *,
    offsets: Offsets = "none",
    key: Key[Array, ""] | None = None,
) -> Determination:
    r"""Return what the observed entries determine about a matrix of one rank.

    A flex is a motion `(δA, δB)` of the factors that keeps the observed entries. An
    entry is determined when `δW = δA B + A δB` is zero there for every flex; one
    random flex decides all entries at once. Peeling and growth only count entries.
    The rest of the core is eliminated modulo a prime; if it is too large for that, a
    random motion is projected in float64, and moved and unmoved entries are told
    apart by a gap in size.

    With offsets the model is a matrix of the rank plus a number for every column, for
    every row, or for both. Its answer is that of rank `r + 1`: on the same entries for
    both, and with one fully observed further column (or row) for columns (or rows).

    Use `mask_report` for several ranks at once and for the components of the mask.

    Args:
        mask: See `mask_report`.
        rank: Rank of the matrix, from 1 to its smaller side; with offsets from 0.
        offsets: `none`, `columns`, `rows` or `both`.
        key: Random key of the factors; None takes `jax.random.key(0)`. Another key
            gives another answer only with the probability stated at
            `Determination.method`.

    Returns:
        The status of every entry, with counts and the certified blocks.

    Raises:
        ValueError: The mask cannot be read or the rank is impossible.

    Source:
        Derived and verified here; arXiv:2406.18035, Theorem 1, for entry samples.

    Examples:
        >>> mask = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], bool)
        >>> print(sf.completion.closure(mask, rank=1).headline())
        At rank 1 every unobserved entry is determined uniquely.
    """
    observed = read_mask(mask)
    rank = check_model(rank, offsets, observed)
    inner, inner_rank = bordered(observed, offsets), rank + (offsets != "none")
    solution, freedom = solve(inner, inner_rank, key)
    counts, (m, n) = solution.counts(), inner.shape
    border = inner.size - observed.size
    target, total = inner_rank * (m + n - inner_rank) - border, observed.unobserved
    value = None if freedom is None else target - freedom
    determined = counts[EntryStatus.finite] + counts[EntryStatus.unique]
    return Determination(
        rank=rank,
        status=_status(counts),
        completion_rank=value,
        target=target,
        deficit=freedom,
        determined=determined / total if total else 1.0,
        unique=counts[EntryStatus.unique] / total if total else 1.0,
        unresolved=counts[EntryStatus.unresolved] / max(total, 1),
        core=_core_shape(solution.levels),
        method=_method(solution.parts),
        blocks=tuple(
            (
                np.flatnonzero(rows[: observed.shape[0]]),
                np.flatnonzero(columns[: observed.shape[1]]),
            )
            for rows, columns in solution.blocks
        ),
        note=_note(counts),
        solution=solution,
        offsets=offsets,
    )


def _core_shape(levels: Levels) -> tuple[int, int]:
    return int((levels[0] == CORE).sum()), int((levels[1] == CORE).sum())


def _status(counts) -> Status:
    for kind in ("unresolved", "undetermined", "finite"):
        if counts[EntryStatus[kind]]:
            return kind
    return "unique"


def _method(parts) -> Method:
    methods = {part.method for part in parts}
    for method in ("float64", "finite field"):
        if method in methods:
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
