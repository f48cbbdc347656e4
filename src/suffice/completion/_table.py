"""The result of completing a file of entries."""

import dataclasses
from typing import Any

import numpy as np

from suffice._core import Hidden, Result, short
from suffice._core.literature import bases

from ._completion import Completion
from ._design._next_entries import NextEntries
from ._design._stability import StabilityMap
from ._determined._mask_report import MaskReport
from ._determined._status import EntryStatus
from ._fit._choose_rank import WORDS
from ._fit._rounding import rounding
from ._tables._entry_table import EntryTable

SHOWN = 12  # largest number of entries or blocks that are listed


@dataclasses.dataclass(frozen=True)
class CompletedTable(Result):
    """The entries of a file and what they determine.

    Attributes:
        table: The file as it was read.
        completion: Values and status of every entry.
        report: What the mask determines at the rank, or at several ranks when the rank
            is undecided.
        stability: How noise is amplified in every entry; None when the rank is
            undecided or the amplification cannot be computed.
        next: Entries to observe next; None when the rank is undecided or none was
            requested.
        notes: Caveats about the file and the values, one sentence each.
    """

    grounds = bases.DETERMINED

    table: Hidden[EntryTable]
    completion: Hidden[Completion]
    report: Hidden[MaskReport]
    stability: Hidden[StabilityMap | None]
    next: Hidden[NextEntries | None]
    notes: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether a matrix of this rank fits every observed entry to rounding."""
        done = self.completion
        return done.exact is not None or done.met

    @property
    def picks(self) -> list[tuple[str, str]]:
        """Row and column labels of the entries to observe next."""
        if self.next is None:
            return []
        rows, columns = self.table.rows, self.table.columns
        pairs = zip(self.next.rows, self.next.columns, strict=True)
        return [(rows[i], columns[j]) for i, j in pairs]

    def headline(self) -> str:
        """Say in one sentence what was filled."""
        return f"{self.table.source}: {self.completion.headline()}"

    def counts(self) -> dict[str, int]:
        """Return the number of entries of every status that occurs."""
        codes, counts = np.unique(self.completion.status, return_counts=True)
        pairs = zip(codes, counts, strict=True)
        named = {EntryStatus(code).name: int(count) for code, count in pairs}
        order = ("observed", "unique", "finite", "undetermined", "unresolved")
        return {name: named[name] for name in order if name in named}

    def method(self) -> str:
        """Say how the values were found, and how well they fit."""
        done = self.completion
        if done.rank is None:
            return "none: the rank is undecided"
        if done.method != "least-squares":
            return f"{done.method}, as requested"
        model = f"rank {done.rank}{WORDS[done.offsets]}"
        if not self.exact:
            how = "averaged over its factors"
            if done.ridge or done.law is None:
                how = f"ridge {done.ridge:.3g}"
            if done.row_ridge:
                how += f", ridge {done.row_ridge:.3g} of the offsets of rows"
            return f"least squares: {model}, {how}, {self._misfit()}"
        spare = self.redundant
        if spare == 0:
            return (
                f"exact fit, but nothing tests it: almost any values can be fitted at "
                f"{model}"
            )
        more = "" if spare is None else f"; the others predict {spare} of them"
        words = "" if done.exact is None else f" to rounding ({done.exact.words})"
        return f"exact: {model} meets every observed entry{words}{more}"

    def _misfit(self) -> str:
        """Say how closely the fit meets the entries, in the data's units."""
        assert self.completion.model is not None
        model, observed = self.completion.model, self.table.observed
        errors, unit = model.misfit(observed), rounding(observed.values)
        times = float(np.sqrt(np.mean((errors / unit.deviation) ** 2)))
        word = ""
        if isinstance(model.scales, np.ndarray):  # no mean of errors in different units
            errors = errors / model.scales[observed.columns]
            word = " standard deviations of the column"
        size = short(float(np.sqrt(np.mean(errors**2))))
        return (
            f"meets the entries to {size}{word} (root mean square), {short(times, 2)} "
            f"times their rounding ({unit.words})"
        )

    @property
    def redundant(self) -> int | None:
        """Number of observed entries that the others predict; None when unresolved."""
        determination = self.completion.determination
        if determination is None or determination.completion_rank is None:
            return None
        return len(self.table.observed.values) - determination.completion_rank

    def shown(self) -> dict[str, Any]:
        """Return counts, method, noise, the next entries and the notes."""
        m, n = self.table.observed.shape
        graph = self.report
        kind = f"{graph.connectivity}, {graph.components} components"
        if graph.components == 1:
            kind = str(graph.connectivity)
        rows: dict[str, Any] = {
            "read as": self.table.reading,
            "matrix": f"{m} x {n}, {kind}",
        }
        rows |= self.counts()
        if blocks := self.blocks():
            rows["unique blocks"] = blocks
        rows["method"] = self.method()
        if self.completion.rank is None:
            rows |= {k: v for k, v in graph.shown().items() if k.startswith("rank")}
        if self.completion.choice is not None and self.completion.rank is not None:
            rows["rank_chosen"] = self.completion.choice.headline()
        if self.completion.error is not None:
            rows["expected error"] = self.completion.error.headline()
        if noise := self.noise():
            rows["noise"] = noise
        if self.next is not None:
            rows["next"] = self.proposal()
        return rows | {
            f"note_{i}" if i > 1 else "note": note
            for i, note in enumerate(self.notes, 1)
        }

    def blocks(self) -> str | None:
        """Return the sizes of the uniquely determined blocks, the largest first."""
        determination = self.completion.determination
        if determination is None or not determination.blocks:
            return None
        sizes = [f"{len(i)} x {len(j)}" for i, j in determination.blocks]
        more = f" and {len(sizes) - SHOWN} more" if len(sizes) > SHOWN else ""
        return ", ".join(sizes[:SHOWN]) + more

    def noise(self) -> str | None:
        """Say how strongly noise is amplified in the filled entries."""
        if self.stability is None:
            return None
        amp = self.stability.amplification[self.completion.determined]
        if not amp.size:
            return None
        middle, high = np.quantile(amp, [0.5, 0.95])
        return (
            f"a unit of noise in the observed entries becomes {middle:.2g} in the "
            f"median filled entry, {high:.2g} or more in the worst 5 %"
        )

    def proposal(self) -> str:
        """Say which entries to observe next, and what they achieve."""
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
        """Return counts and evidence; the values are in the file that is written."""
        done, determination = self.completion, self.completion.determination
        return {
            "source": self.table.source,
            "read_as": self.table.reading,
            "shape": self.table.observed.shape,
            "rank": done.rank,
            "method": done.method,
            "how": self.method(),
            "counts": self.counts(),
            "connectivity": str(self.report.connectivity),
            "components": self.report.components,
            "deficit": None if determination is None else determination.deficit,
            "residual": _finite(done.residual),
            "offsets": done.offsets,
            "ridge": done.ridge,
            "expected_error": done.error and done.error.to_dict(),
            "noise": self.noise(),
            "next": self.picks,
        }


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
