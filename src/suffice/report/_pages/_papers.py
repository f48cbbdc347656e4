"""The index of all reproduced papers: verdicts, and a figure and abstract of each."""

import dataclasses
from typing import Any

from suffice._core import duration, Hidden, plural, Result
from suffice._core.literature import bases
from suffice.report._page._describe import Card, Link, Page, Picture, Section
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._claim import AGREES, DIFFERS, Reproduction, UNDECIDED
from ._reproduction import abstract_table

VERDICTS = (AGREES, DIFFERS, UNDECIDED)


@dataclasses.dataclass(frozen=True)
class Reproductions(Result):
    """Several papers, rerun.

    Attributes:
        papers: One reproduction per paper.
        emblems: The experiment of each paper whose figure stands for it.
    """

    papers: Hidden[tuple[Reproduction, ...]]
    emblems: Hidden[tuple[str, ...]]

    def count(self, *verdicts: str) -> int:
        """How many statements of the papers have one of some verdicts."""
        return sum(paper.count(v) for paper in self.papers for v in verdicts)

    def headline(self) -> str:
        """How many statements agree, in one sentence."""
        return (
            f"{plural(len(self.papers), 'paper')}: of {self.count(*VERDICTS)} "
            f"statements {self.count(AGREES)} agree, {self.count(DIFFERS)} differ, "
            f"{self.count(UNDECIDED)} undecided."
        )

    def shown(self) -> dict[str, Any]:
        """The counts of every paper, and the time of all."""
        rows = {
            paper.name: ", ".join(f"{paper.count(v)} {v}" for v in VERDICTS)
            for paper in self.papers
        }
        return rows | {"seconds": sum(paper.seconds for paper in self.papers)}

    def derived(self) -> dict[str, Any]:
        """Every reproduction, by the name of its paper."""
        return {"papers": {paper.name: paper.to_dict() for paper in self.papers}}


def papers_page(found: Reproductions, *, command: str = "") -> str:
    """The index of reproduced papers, one self-contained HTML document.

    It links to `NAME/page.html` beside it.

    Args:
        found: The papers that were rerun.
        command: The command line that made it, printed at the end.
    """
    sizes = "the sizes of the papers" if found.papers[0].full else "quick sizes"
    seconds = sum(paper.seconds for paper in found.papers)
    return rendered(
        Page(
            title=f"{plural(len(found.papers), 'paper')}, rerun",
            subtitle=f"At {sizes}, in {duration(seconds)}.",
            cards=tuple(
                Card(verdict, str(found.count(verdict)), remark, bases.JUDGED)
                for verdict, remark in zip(VERDICTS, REMARKS, strict=True)
            ),
            lead=(Grid(HEAD, tuple(map(_row, found.papers))),),
            sections=tuple(map(_section, found.papers, found.emblems)),
            command=command,
            cited=tuple(paper.publication for paper in found.papers),
        )
    )


HEAD = ("paper", *VERDICTS, "checks that hold", "time")
REMARKS = (
    "statements of the papers",
    "each with a remark on its page",
    "by these computations",
)


def _row(paper: Reproduction) -> tuple[str, ...]:
    counts = (str(paper.count(verdict)) for verdict in VERDICTS)
    checks = f"{paper.count(AGREES, 'check')} of {len(paper.of('check'))}"
    return (paper.name, *counts, checks, duration(paper.seconds))


def _section(paper: Reproduction, emblem: str) -> Section:
    drawing = next(drawing for drawing in paper.drawings if drawing.name == emblem)
    picture = None
    if drawing.svg is not None:
        picture = Picture(
            *(f"{paper.name}-{drawing.name}", drawing.svg, drawing.title),
            caption=f"{drawing.title}. {drawing.caption}",
            small=True,
        )
    return Section(
        paper.title,
        (
            f"{paper.verdict.capitalize()}.",
            picture,
            abstract_table(paper),
            Link("All claims and figures", f"{paper.name}/page.html"),
        ),
    )
