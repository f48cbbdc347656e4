"""The page of a reproduced paper: its claims first, then every figure."""

from collections.abc import Sequence
from itertools import accumulate, repeat

from suffice._core.literature import bases, Grounds, Publication
from suffice.report._page._describe import (
    Card,
    Link,
    Page,
    Part,
    Picture,
    Section,
    Soft,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._claim import (
    AGREES,
    Claim,
    DIFFERS,
    Drawing,
    judged,
    Kind,
    Reproduction,
    Sentence,
    told,
    UNDECIDED,
)
from ._formulas import typeset

HEAD = ("verdict", "claim", "source", "expected", "measured")
BLOCKS: dict[Kind, tuple[str, str, str]] = {
    "paper": ("Statements of this paper", "", ""),
    "reading": (
        "Readings of this paper",
        "It goes beyond the words of the paper, and counts neither for nor against it.",
        "They go beyond the words of the paper, and count neither for nor against it.",
    ),
    "other": (
        "Statements of other papers",
        "It was tested on the way.",
        "They were tested on the way.",
    ),
    "derived": (
        "Derived and verified here",
        "The paper does not state it.",
        "The paper does not state them.",
    ),
    "check": (
        "Checks",
        "It cannot fail as long as the code is right, and is no evidence.",
        "They cannot fail as long as the code is right, and are no evidence.",
    ),
}


def reproduction_page(reproduction: Reproduction, *, command: str = "") -> str:
    """The page of a reproduced paper, one self-contained HTML document.

    Args:
        reproduction: The experiments that were rerun.
        command: The command line that made it, printed at the end.
    """
    found = typeset(reproduction)
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
    checks = f"of {len(found.of('check'))} that cannot fail"
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
        (judged(found.covering(one)), one.says, _tests(found, one))
        for one in found.abstract
    )
    notes = tuple(one.reason for one in found.abstract)
    return Grid(("verdict", "statement", "tested by"), rows, notes=notes)


def _tests(found: Reproduction, sentence: Sentence) -> str:
    return _stated(found.covering(sentence), found.publication)


def _block(found: Reproduction, kind: Kind) -> Section | None:
    """All claims of one kind, each with its remark."""
    claims, (heading, one, several) = found.of(kind), BLOCKS[kind]
    if not claims:
        return None
    rows = tuple(
        (c.verdict, c.statement, c.source, c.expected, c.measured) for c in claims
    )
    grid = Grid(HEAD, rows, notes=tuple(c.remark for c in claims))
    meaning = one if len(claims) == 1 else several
    count = (
        f"{told(claims)[:1].upper()}{told(claims)[1:]}. {meaning}" if meaning else ""
    )
    return Section(heading, (count, grid), (bases.JUDGED,))


def _section(drawing: Drawing, number: int, paper: Publication) -> Section:
    stated = [c for c in drawing.claims if c.kind not in ("derived", "check")]
    where = _stated(stated, paper)
    basis = Grounds(where, paper, "paper-to-code.md", paper.cited)
    picture: Part = drawing.caption
    if drawing.svg is not None:
        caption = f"Figure {number}. {drawing.caption}"
        picture = Picture(drawing.name, drawing.svg, _seen(drawing), caption)
    return Section(
        drawing.title,
        (picture, _decided(drawing), Soft(_numbers_of(drawing))),
        (basis,),
    )


def _numbers_of(drawing: Drawing) -> str:
    """Where the numbers of an experiment are, and how to know them again."""
    seconds = f"{drawing.seconds:.0f} s" if drawing.seconds >= 1 else "less than 1 s"
    axes = f", over {drawing.sizes}" if drawing.sizes else ""
    return (
        f"Numbers: {drawing.name}.nc{axes}; computed in {seconds}; "
        f"digest {drawing.digest}."
    )


def _stated(claims: Sequence[Claim], paper: Publication) -> str:
    """Where some claims stand: the places in the paper itself first, each once.

    A place that another one describes more closely is left out.
    """
    sources = [part for claim in claims for part in claim.source.split("; ")]
    places = dict.fromkeys(part.removeprefix(f"{paper.cited}, ") for part in sources)
    closest = [
        one for one in places if not any(_is_within(other, one) for other in places)
    ]
    return "; ".join(sorted(closest, key=lambda place: place.startswith("arXiv:")))


def _is_within(place: str, other: str) -> bool:
    return place.startswith((f"{other} ", f"{other}, "))


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
