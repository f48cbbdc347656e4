"""A file of entries completed: what is filled, what stays open, what to do next."""

import dataclasses
from typing import Any

import numpy as np

from suffice._core import Hidden, Result

from ._complete import Completion
from ._design._next_entries import NextEntries
from ._design._stability import StabilityMap
from ._determined._mask_report import MaskReport
from ._determined._solution import EntryStatus
from ._fit._choose_rank import EXACT
from ._tables._entry_table import EntryTable

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

    table: Hidden[EntryTable]
    completion: Hidden[Completion]
    report: Hidden[MaskReport]
    stability: Hidden[StabilityMap | None]
    next: Hidden[NextEntries | None]
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
        pairs = zip(self.next.rows, self.next.columns, strict=True)
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

    def derived(self) -> dict[str, Any]:
        """Counts and evidence; the values are in the file that is written."""
        done, place = self.completion, self.completion.determination
        return {
            "source": self.table.source,
            "shape": self.table.observed.shape,
            "rank": done.rank,
            "method": done.method,
            "how": self.method(),
            "counts": self.counts(),
            "connectivity": str(self.report.connectivity),
            "components": self.report.components,
            "deficit": None if place is None else place.deficit,
            "residual": _finite(done.residual),
            "ridge": done.ridge,
            "noise": self.noise(),
            "next": self.picks,
        }


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
