"""The index of all reproduced papers: verdicts, and a figure and abstract of each."""

from suffice._core import duration, plural
from suffice._core.literature import bases
from suffice.report._page._describe import Card, Link, Page, Picture, Section
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._claim import AGREES, Reproduction, Reproductions, VERDICTS
from ._formulas import typeset
from ._reproduction import abstract_table


def papers_page(found: Reproductions, *, command: str = "") -> str:
    """The index of reproduced papers, one self-contained HTML document.

    It links to `NAME/page.html` beside it.

    Args:
        found: The papers that were rerun.
        command: The command line that made it, printed at the end.
    """
    papers = tuple(map(typeset, found.papers))
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
            lead=(
                Grid(
                    HEAD, tuple(map(_row, papers)), links=tuple(map(_address, papers))
                ),
            ),
            sections=tuple(map(_section, papers, found.emblems)),
            command=command,
            cited=tuple(paper.publication for paper in found.papers),
        )
    )


HEAD = ("paper", "agree", "differ", "undecided", "checks that hold", "minutes")
REMARKS = (
    "statements of the papers",
    "each with a remark on its page",
    "by these computations",
)


def _row(paper: Reproduction) -> tuple[str, ...]:
    counts = (str(paper.count(verdict)) for verdict in VERDICTS)
    checks = f"{paper.count(AGREES, 'check')} of {len(paper.of('check'))}"
    return (
        paper.name,
        *counts,
        checks if paper.of("check") else "",
        f"{paper.seconds / 60:.1f}",
    )


def _address(paper: Reproduction) -> str:
    return f"{paper.name}/page.html"


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
            Link("All claims and figures", _address(paper)),
            picture,
            abstract_table(paper),
        ),
    )
