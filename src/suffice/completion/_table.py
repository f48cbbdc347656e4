"""A file of entries completed: what is filled, what stays open, what to do next."""

import dataclasses
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from suffice._core import Result

from ._choose_rank import EXACT
from ._complete import complete, Completion, MAX_RANK
from ._entry_table import EntryTable
from ._filling import STARTS
from ._next import next_entries, NextEntries
from ._report import mask_report, MaskReport
from ._solution import EntryStatus
from ._stability import DENSE_UNKNOWNS, stability_map, StabilityMap

FEW_PROBES, LARGE = 16, 200_000  # noisy solutions behind the map of a large matrix
SMALL_SIDE, FEW_STARTS = 60, 2  # random starts are for matrices that are solved fast
SHOWN = 12


@dataclasses.dataclass(frozen=True)
class CompletedTable(Result):
    """The entries of a file and what they determine.

    Attributes:
        table: What was read.
        completion: Values and status of every entry.
        report: What the mask determines; at some ranks when the rank is undecided.
        stability: How noise is amplified in every entry; None without a rank.
        next: Entries to observe next; None without a rank or when none was asked for.
        notes: Everything to know before using the values.
    """

    table: EntryTable
    completion: Completion
    report: MaskReport
    stability: StabilityMap | None
    next: NextEntries | None
    notes: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether a matrix of this rank meets every observed entry to rounding."""
        return self.completion.residual <= EXACT

    @property
    def picks(self) -> list[tuple[str, str]]:
        """Labels of the entries to observe next."""
        if self.next is None:
            return []
        rows, columns = self.table.rows, self.table.columns
        pairs = zip(self.next.rows, self.next.cols, strict=True)
        return [(rows[i], columns[j]) for i, j in pairs]

    def headline(self) -> str:
        """What was filled, in one sentence."""
        return f"{self.table.source}: {self.completion.headline()}"

    def counts(self) -> dict[str, int]:
        """Entries of every status that occurs."""
        codes, counts = np.unique(self.completion.status, return_counts=True)
        pairs = zip(codes, counts, strict=True)
        named = {EntryStatus(code).name: int(count) for code, count in pairs}
        order = ("observed", "unique", "finite", "undetermined", "unresolved")
        return {name: named[name] for name in order if name in named}

    def method(self) -> str:
        """How the values were found, and why so."""
        found = self.completion
        if found.rank is None:
            return "none: no rank was settled"
        if found.method != "least-squares":
            return f"{found.method}, as asked"
        if not self.exact:
            return (
                f"least squares, ridge {found.ridge:.3g}: no matrix of rank "
                f"{found.rank} was found that meets the observed entries; "
                f"{100 * found.residual:.2g} % of their root mean square is left"
            )
        spare = self.redundant
        if spare == 0:
            return (
                f"exact fit, but nothing tests it: almost any values can be met at "
                f"rank {found.rank}"
            )
        more = "" if spare is None else f", {spare} more of them than that takes"
        return f"exact: rank {found.rank} meets every observed entry{more}"

    @property
    def redundant(self) -> int | None:
        """How many observed entries the others predict; None when unresolved."""
        place = self.completion.determination
        if place is None or place.completion_rank is None:
            return None
        return len(self.table.observed.values) - place.completion_rank

    def shown(self) -> dict[str, Any]:
        """Counts, method, noise, what to observe next, and the notes."""
        m, n = self.table.observed.shape
        graph = self.report
        kind = f"{graph.connectivity}, {graph.components} components"
        if graph.components == 1:
            kind = str(graph.connectivity)
        rows: dict[str, Any] = {"matrix": f"{m} x {n}, {kind}"}
        rows |= self.counts()
        if blocks := self.blocks():
            rows["unique blocks"] = blocks
        rows["method"] = self.method()
        if self.completion.rank is None:
            rows |= {k: v for k, v in graph.shown().items() if k.startswith("rank")}
        if self.completion.choice is not None and self.completion.rank is not None:
            rows["rank_chosen"] = self.completion.choice.headline()
        if noise := self.noise():
            rows["noise"] = noise
        if self.next is not None:
            rows["next"] = self.proposal()
        return rows | {
            f"note_{i}" if i > 1 else "note": note
            for i, note in enumerate(self.notes, 1)
        }

    def blocks(self) -> str | None:
        """Sizes of the blocks that are uniquely determined, largest first."""
        place = self.completion.determination
        if place is None or not place.blocks:
            return None
        sizes = [f"{len(i)} x {len(j)}" for i, j in place.blocks]
        more = f" and {len(sizes) - SHOWN} more" if len(sizes) > SHOWN else ""
        return ", ".join(sizes[:SHOWN]) + more

    def noise(self) -> str | None:
        """How much of the noise arrives in the filled entries, in words."""
        if self.stability is None:
            return None
        amp = self.stability.amplification[self.completion.determined]
        if not amp.size:
            return None
        middle, high = np.quantile(amp, [0.5, 0.95])
        return (
            f"a unit of it in the observed entries becomes {middle:.2g} in the median "
            f"filled entry, {high:.2g} or more in the worst 5 %"
        )

    def proposal(self) -> str:
        """The entries to observe next, in words."""
        if self.next is None or not self.picks:
            return "nothing is needed"
        pairs = [f"({row}, {column})" for row, column in self.picks]
        listed = ", ".join(pairs[:SHOWN]) + (", ..." if len(pairs) > SHOWN else "")
        if not self.next.needed:
            return f"{listed}: nothing is needed, these lower the noise most"
        if self.next.needed < len(pairs):
            needed = self.next.needed
            first = (
                "the first determines"
                if needed == 1
                else f"the first {needed} determine"
            )
            return f"{listed}: {first} everything, the others lower the noise"
        total = self.next.deficit
        if self.next.needed < total:
            return f"{listed}: the first {self.next.needed} of {total} still needed"
        last = "this determines" if len(pairs) == 1 else "these determine"
        return f"{listed}: {last} everything"

    def to_dict(self) -> dict[str, Any]:
        """Counts, evidence and labels; the values are in the file that is written."""
        found, place = self.completion, self.completion.determination
        return {
            "source": self.table.source,
            "shape": list(self.table.observed.shape),
            "rank": found.rank,
            "method": found.method,
            "how": self.method(),
            "counts": self.counts(),
            "connectivity": str(self.report.connectivity),
            "components": self.report.components,
            "deficit": None if place is None else place.deficit,
            "residual": _finite(found.residual),
            "ridge": found.ridge,
            "noise": self.noise(),
            "next": [list(pair) for pair in self.picks],
            "notes": list(self.notes),
        }


def complete_table(
    table: EntryTable,
    *,
    rank: int | str = "auto",
    method: str = "least-squares",
    next_size: int = 5,
    max_rank: int = MAX_RANK,
    key: Key[Array, ""] | None = None,
) -> CompletedTable:
    """Complete the entries of a file, and say what they do not determine.

    Entries that the mask determines for almost every matrix of the rank, but not at
    the fitted values themselves (zeros can do that), are left open too.

    Args:
        table: See `read_entries`.
        rank: See `complete`.
        method: See `complete`.
        next_size: How many entries to observe next are listed; 0 for none.
        max_rank: Largest rank that `auto` tries.
        key: Random key; None takes `jax.random.key(0)`.

    Raises:
        ValueError: As `complete`.
    """
    if next_size < 0:
        raise ValueError(f"next is {next_size}; expected 0 or more.")
    key = jax.random.key(0) if key is None else key
    seen = table.observed
    found = complete(
        (seen.rows, seen.columns, seen.values),
        shape=seen.shape,
        rank=rank,
        method=method,
        max_rank=min(max_rank, *seen.shape),
        starts=STARTS if min(seen.shape) <= SMALL_SIDE else FEW_STARTS,
        key=key,
    )
    mask = (seen.rows, seen.columns, seen.shape)
    report = mask_report(mask, found.rank, key=key)
    stability, trouble = _stability(found, mask, key)
    found, opened = _open_here(found, stability)
    notes = [*table.notes, found.note if found.rank is not None else None, trouble]
    notes += [_sparse(found), opened, _caveat(found)]
    picks = _picks(found, mask, next_size, key)
    kept = tuple(note for note in notes if note)
    return CompletedTable(table, found, report, stability, picks, kept)


def _stability(found: Completion, mask, key) -> tuple[StabilityMap | None, str | None]:
    if found.left is None or found.right is None:
        return None, None
    probes = 64 if found.values.size <= LARGE else FEW_PROBES
    try:
        return stability_map(
            found.left, found.right, mask, probes=probes, key=key
        ), None
    except ValueError as error:
        return None, f"No map of how noise is amplified: {error}"


def _open_here(found: Completion, stability) -> tuple[Completion, str | None]:
    """Leave open what is determined in general but not at the fitted values."""
    if stability is None:
        return found, None
    loose = found.determined & np.isinf(stability.amplification)
    if not loose.any():
        return found, None
    values, status = found.values.copy(), found.status.copy()
    values[loose], status[loose] = np.nan, EntryStatus.undetermined
    note = (
        f"{int(loose.sum())} of the undetermined entries would be determined for "
        "almost every matrix of this rank, but not for this one: zeros or other "
        "coincidences in its values."
    )
    return dataclasses.replace(found, values=values, status=status), note


def _sparse(found: Completion) -> str | None:
    """How many entries are open because their row or column holds too few."""
    open_ = found.status == EntryStatus.undetermined
    if found.rank is None or not open_.any():
        return None
    few_rows, few_columns = (found.observed.sum(axis) < found.rank for axis in (1, 0))
    inside = int((open_ & (few_rows[:, None] | few_columns)).sum())
    if not inside:
        return None
    total = int(open_.sum())
    which = f"All {total}" if inside == total else f"{inside} of the {total}"
    return (
        f"{which} undetermined entries lie in rows or columns with fewer than "
        f"{found.rank} observed entries."
    )


def _caveat(found: Completion) -> str | None:
    if found.rank is None or found.residual <= EXACT or not found.determined.any():
        return None
    return (
        "Determined means that the observed entries fix the value at this rank, not "
        "that the value is accurate."
    )


def _picks(found: Completion, mask, size, key) -> NextEntries | None:
    place = found.determination
    if not size or place is None or place.deficit is None or found.observed.all():
        return None
    if place.deficit == 0:
        # Beyond the deficit picks lower the noise: at the fitted values, if affordable.
        if found.rank is None or found.rank * sum(mask[2]) > DENSE_UNKNOWNS:
            return None
        return next_entries(
            mask, place.rank, count=size, factors=_regular(found), key=key
        )
    large = place.rank * sum(mask[2]) > DENSE_UNKNOWNS
    count = min(size, place.deficit) if large else size
    return next_entries(mask, place.rank, count=count, key=key)


def _regular(found: Completion):
    """The factors, unless they have a smaller rank than they were asked for."""
    s = found.singular_values
    if s is None or found.rank is None or s[found.rank - 1] <= 1e-10 * s[0]:
        return None
    return found.left, found.right


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
