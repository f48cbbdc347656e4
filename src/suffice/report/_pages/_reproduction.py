"""The page of a reproduced paper: its claims first, then every figure."""

from itertools import accumulate, repeat

from suffice._core.literature import bases, Grounds, Publication
from suffice.report._page._describe import (
    Card,
    Link,
    Page,
    Part,
    Picture,
    Section,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._claim import (
    AGREES,
    Claim,
    DIFFERS,
    Drawing,
    Kind,
    Reproduction,
    told,
    UNDECIDED,
)

HEAD = ("verdict", "claim", "source", "expected", "measured")
BLOCKS: dict[Kind, tuple[str, str]] = {
    "paper": ("Statements of this paper", ""),
    "reading": (
        "Readings of this paper",
        "They go beyond its words, and count neither for nor against it.",
    ),
    "other": ("Statements of other papers", "They were tested on the way."),
    "derived": ("Derived and verified here", "The paper does not state them."),
    "check": (
        "Checks",
        "They cannot fail as long as the code is right, and are no evidence.",
    ),
}


def reproduction_page(reproduction: Reproduction, *, command: str = "") -> str:
    """The page of a reproduced paper, one self-contained HTML document.

    Args:
        reproduction: The experiments that were rerun.
        command: The command line that made it, printed at the end.
    """
    found = reproduction
    paper = found.publication
    sizes = (
        "the sizes of the paper"
        if found.full
        else "quick sizes; with --full they are those of the paper"
    )
    blocks = [_block(found, kind) for kind in BLOCKS]
    versions = dict.fromkeys(drawing.versions for drawing in found.drawings)
    return rendered(
        Page(
            title=found.title,
            subtitle=f"{paper.cited}, {paper.year}, rerun at {sizes}.",
            cards=_cards(found),
            lead=(
                f"{found.verdict.capitalize()}.",
                ", ".join(paper.authors),
                Link(f"The paper, {paper.cited}", paper.link),
                f"What was read of it: {found.read}" if found.read else "",
            ),
            sections=(
                _abstract(found),
                *blocks,
                *map(_section, found.drawings, _numbers(found), repeat(paper)),
            ),
            command=command,
            details=(("BibTeX of the paper", paper.bibtex),) if paper.authors else (),
            remarks=(f"Computed with {'; or '.join(versions)}.",),
            cited=(paper,),
        )
    )


def _numbers(found: Reproduction) -> list[int]:
    """The number of each figure on the page; those of tables of claims are not used."""
    pictures = [drawing.svg is not None for drawing in found.drawings]
    return list(accumulate(map(int, pictures)))


def _cards(found: Reproduction) -> tuple[Card, ...]:
    agree, differ, undecided = (
        str(found.count(verdict)) for verdict in (AGREES, DIFFERS, UNDECIDED)
    )
    total = f"of {len(found.of('paper'))} statements of the paper"
    cards = (
        Card("agree", agree, total, bases.JUDGED),
        Card("differ", differ, "see the remarks", bases.JUDGED),
        Card("undecided", undecided, "by this computation", bases.JUDGED),
    )
    if not found.of("check"):
        return cards
    checks = f"of {len(found.of('check'))}; they cannot fail"
    hold = str(found.count(AGREES, "check"))
    return (*cards, Card("checks hold", hold, checks, bases.JUDGED))


def _abstract(found: Reproduction) -> Section | None:
    if not found.abstract:
        return None
    heading = "The abstract, statement by statement"
    return Section(heading, (abstract_table(found),), (bases.JUDGED,))


def abstract_table(found: Reproduction) -> Grid:
    """Every statement of the abstract, with the verdicts of the claims that test it.

    Args:
        found: The experiments that were rerun.
    """
    rows = tuple(
        (told(found.covering(one)), one.says, _tests(found.covering(one)))
        for one in found.abstract
    )
    notes = tuple(one.reason for one in found.abstract)
    return Grid(("verdict", "statement", "tested by"), rows, notes=notes)


def _tests(claims: tuple[Claim, ...]) -> str:
    return "; ".join(dict.fromkeys(claim.source for claim in claims))


def _block(found: Reproduction, kind: Kind) -> Section | None:
    """All claims of one kind, each with its remark."""
    claims, (heading, meaning) = found.of(kind), BLOCKS[kind]
    if not claims:
        return None
    rows = tuple(
        (c.verdict, c.statement, c.source, c.expected, c.measured) for c in claims
    )
    grid = Grid(HEAD, rows, notes=tuple(c.remark for c in claims))
    count = f"{told(claims)}. {meaning}" if meaning else ""
    return Section(heading, (count, grid), (bases.JUDGED,))


def _section(drawing: Drawing, number: int, paper: Publication) -> Section:
    basis = Grounds(_sources(drawing, paper), paper, "paper-to-code.md", paper.cited)
    caption = (
        f"{drawing.caption} Experiment {drawing.name}: {drawing.sizes}, computed in "
        f"{drawing.seconds:.0f} s; the digest of its numbers is {drawing.digest}."
    )
    picture: Part = caption
    if drawing.svg is not None:
        caption = f"Figure {number}. {caption}"
        picture = Picture(drawing.name, drawing.svg, _seen(drawing), caption)
    return Section(drawing.title, (picture, _decided(drawing)), (basis,))


def _sources(drawing: Drawing, paper: Publication) -> str:
    """Where the tested statements stand, without the number of the paper itself."""
    stated = [c.source for c in drawing.claims if c.kind not in ("derived", "check")]
    sources = [source.removeprefix(f"{paper.cited}, ") for source in stated]
    return "; ".join(dict.fromkeys(sources))


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
