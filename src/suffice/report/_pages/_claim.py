"""Claims of a paper, each beside the value that was computed."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from suffice._core import Hidden, plural, Result
from suffice._core.literature import Publication, PUBLICATIONS

VERDICTS = AGREES, DIFFERS, UNDECIDED = "agrees", "differs", "undecided"
WORDS = {
    AGREES: ("agrees", "agree"),
    DIFFERS: ("differs", "differ"),
    UNDECIDED: ("is undecided", "are undecided"),
}
Kind = Literal["paper", "reading", "other", "derived", "check"]


@dataclasses.dataclass(frozen=True)
class Claim(Result):
    """One statement, tested by a computation.

    Attributes:
        statement: The claim in one sentence.
        source: The figure, table, theorem or equation in which it stands.
        expected: The claimed value.
        measured: The computed value, with its interval or tolerance.
        agrees: Whether they agree; None when the computation cannot tell.
        remark: Why they differ, or what the comparison leaves open.
        kind: Whose statement it is: of the `paper` itself; a `reading` that goes
            beyond its words; of `other` papers; `derived` here; or a `check`, which
            cannot fail as long as the code is right. Only the first kind counts for
            or against the paper.
        covers: Names of the sentences of an abstract that it tests.
    """

    statement: str
    source: str
    expected: str
    measured: str
    agrees: bool | None
    remark: str = ""
    kind: Kind = dataclasses.field(default="paper", kw_only=True)
    covers: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)

    @property
    def verdict(self) -> str:
        """`agrees`, `differs` or `undecided`."""
        return {True: AGREES, False: DIFFERS, None: UNDECIDED}[self.agrees]

    def headline(self) -> str:
        """The verdict and the statement."""
        return f"{self.verdict}: {self.statement}"

    def derived(self) -> dict[str, Any]:
        """The verdict."""
        return {"verdict": self.verdict}


BACKGROUND = "Background of the work, which no computation here decides."
"""Why the first sentences of many abstracts are not tested."""


@dataclasses.dataclass(frozen=True)
class Sentence:
    """One statement of the abstract of a paper, in other words.

    Attributes:
        name: What a claim that tests it writes into `covers`.
        says: The statement.
        reason: Why no claim tests it, or what the claims leave out.
    """

    name: str
    says: str
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A figure of a reproduction.

    Attributes:
        name: Name of its files, without the suffix.
        title: Title of the figure.
        caption: How to read it, and its setting.
        svg: The picture itself, or None for an experiment that is a table of claims.
        claims: The statements that it decides.
        seconds: Wall time of its computation.
        versions: Versions of the software that computed its numbers.
        digest: Digest of its numbers, equal for equal ones.
        sizes: Names and lengths of the axes of its numbers, such as `seed (5)`.
    """

    name: str
    title: str
    caption: str
    svg: str | None
    claims: tuple[Claim, ...]
    seconds: float
    versions: str
    digest: str
    sizes: str


@dataclasses.dataclass(frozen=True)
class Reproduction(Result):
    """The experiments of one paper, rerun.

    Attributes:
        name: Name of the paper, as it is typed.
        title: Title of the paper.
        arxiv: Its number.
        full: Whether the sizes are those of the paper, or the quick ones.
        drawings: One per experiment.
        abstract: The statements of its abstract.
        read: Which parts of its text were read.
    """

    name: str
    title: str
    arxiv: str
    full: bool
    drawings: Hidden[tuple[Drawing, ...]]
    abstract: Hidden[tuple[Sentence, ...]] = ()
    read: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim, experiment by experiment."""
        return tuple(claim for drawing in self.drawings for claim in drawing.claims)

    @property
    def publication(self) -> Publication:
        """The paper, with its authors if it is in the list."""
        named = Publication(self.arxiv, self.title, self.name)
        return PUBLICATIONS.get(self.arxiv, named)

    @property
    def seconds(self) -> float:
        """Wall time of all experiments."""
        return sum(drawing.seconds for drawing in self.drawings)

    def of(self, kind: Kind) -> tuple[Claim, ...]:
        """The claims of one kind."""
        return tuple(claim for claim in self.claims if claim.kind == kind)

    def count(self, verdict: str, kind: Kind = "paper") -> int:
        """How many claims of a kind have a verdict."""
        return sum(claim.verdict == verdict for claim in self.of(kind))

    def covering(self, sentence: Sentence) -> tuple[Claim, ...]:
        """The claims that test a sentence of the abstract."""
        return tuple(claim for claim in self.claims if sentence.name in claim.covers)

    @property
    def verdict(self) -> str:
        """How many statements of the paper agree, in words."""
        stated, checks = self.of("paper"), self.of("check")
        hold = f"; of {plural(len(checks), 'check')} {told(checks)}"
        return (
            f"of {plural(len(stated), 'statement')} of the paper {told(stated)}"
            f"{hold if checks else ''}"
        )

    def headline(self) -> str:
        """The paper, and how many of its statements agree."""
        return f"{self.title} (arXiv:{self.arxiv}): {self.verdict}."

    def shown(self) -> dict[str, Any]:
        """One row per claim that does not agree, and the wall time."""
        rest = [claim for claim in self.claims if claim.agrees is not True]
        rows = {
            f"{claim.verdict}, {claim.source}": f"{claim.statement} "
            f"Expected {claim.expected}; measured {claim.measured}. {claim.remark}"
            for claim in rest
        }
        return {**rows, "seconds": self.seconds}

    def derived(self) -> dict[str, Any]:
        """The claims of all experiments, the abstract, and the seconds of each."""
        return {
            "seconds": {d.name: round(d.seconds, 1) for d in self.drawings},
            "abstract": [
                {**dataclasses.asdict(one), "verdicts": judged(self.covering(one))}
                for one in self.abstract
            ],
            "claims": [
                {"experiment": drawing.name, **claim.to_dict()}
                for drawing in self.drawings
                for claim in drawing.claims
            ],
        }


def told(claims: Sequence[Claim]) -> str:
    """The verdicts of some claims in words: `2 agree, 1 differs`, or `not covered`."""
    counts = Counter(claim.verdict for claim in claims)
    parts = [
        f"{counts[verdict]} {one if counts[verdict] == 1 else several}"
        for verdict, (one, several) in WORDS.items()
        if counts[verdict]
    ]
    return ", ".join(parts) or "not covered"


def judged(claims: Sequence[Claim]) -> str:
    """The verdicts on a sentence of an abstract, in words.

    Readings and checks count neither for nor against a paper, and are named as such:
    `1 agrees; readings: 2 differ`.

    Args:
        claims: The claims that test the sentence.
    """
    apart = {
        kind: [c for c in claims if c.kind == kind] for kind in ("reading", "check")
    }
    counting = [claim for claim in claims if claim.kind not in apart]
    parts = [told(counting)] if counting or not claims else []
    parts += [
        f"{kind if len(some) == 1 else f'{kind}s'}: {told(some)}"
        for kind, some in apart.items()
        if some
    ]
    return "; ".join(parts)


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
        stated = [claim for paper in self.papers for claim in paper.of("paper")]
        return (
            f"{plural(len(self.papers), 'paper')}: of "
            f"{plural(len(stated), 'statement')} {told(stated)}."
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
