"""The page of a reproduced paper: its claims first, then every figure."""

from suffice._core.literature import bases, Grounds, Publication
from suffice.report._page._describe import (
    Bullets,
    Card,
    Page,
    Part,
    Picture,
    Section,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._claim import AGREES, Claim, DIFFERS, Drawing, Reproduction, UNDECIDED

HEAD = ("verdict", "claim", "source", "expected", "measured")


def reproduction_page(reproduction: Reproduction, *, command: str = "") -> str:
    """The page of a reproduced paper, one self-contained HTML document.

    Args:
        reproduction: The experiments that were rerun.
        command: The command line that made it, printed at the end.
    """
    sizes = "the sizes of the paper" if reproduction.full else "quick sizes"
    paper = Publication(reproduction.arxiv, reproduction.title, reproduction.name)
    return rendered(
        Page(
            title=reproduction.title,
            subtitle=f"{paper.cited}, rerun at {sizes}.",
            cards=_cards(reproduction),
            lead=(),
            sections=(
                Section("Claims", _claims(reproduction.claims), (bases.JUDGED,)),
                *(_section(drawing, paper) for drawing in reproduction.drawings),
            ),
            command=command,
            cited=(paper,),
        )
    )


def _cards(reproduction: Reproduction) -> tuple[Card, ...]:
    agree, differ, undecided = (
        str(reproduction.count(verdict)) for verdict in (AGREES, DIFFERS, UNDECIDED)
    )
    return (
        Card(
            "claims that agree", agree, f"of {len(reproduction.claims)}", bases.JUDGED
        ),
        Card("differ", differ, "see the remarks", bases.JUDGED),
        Card("undecided", undecided, "by this computation", bases.JUDGED),
    )


def _claims(claims: tuple[Claim, ...]) -> tuple[Part, ...]:
    """The claims of a paper as a table, remarks below where one has any."""
    rows = tuple(
        (c.verdict, c.statement, c.source, c.expected, c.measured) for c in claims
    )
    remarks = tuple(f"{c.source}: {c.remark}" for c in claims if c.remark)
    return Grid(HEAD, rows), "Remarks" if remarks else None, Bullets(remarks)


def _section(drawing: Drawing, paper: Publication) -> Section:
    sources = "; ".join(dict.fromkeys(claim.source for claim in drawing.claims))
    basis = Grounds(sources, paper, "paper-to-code.md", paper.cited)
    caption = (
        f"{drawing.caption} Experiment {drawing.name}, computed in "
        f"{drawing.seconds:.0f} s."
    )
    picture: Part = caption
    if drawing.svg is not None:
        picture = Picture(drawing.name, drawing.svg, _seen(drawing), caption)
    return Section(drawing.title, (picture, _decided(drawing)), (basis,))


def _seen(drawing: Drawing) -> str:
    """The figure in words: its title, and what was measured on it."""
    measured = " ".join(
        f"{claim.statement} Measured: {claim.measured}." for claim in drawing.claims
    )
    return f"{drawing.title}. {measured}".strip()


def _decided(drawing: Drawing) -> Grid:
    return Grid(
        ("verdict", "claim", "measured"),
        tuple((c.verdict, c.statement, c.measured) for c in drawing.claims),
    )
