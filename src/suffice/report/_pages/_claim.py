"""Claims of a paper, each beside the value that was computed."""

import dataclasses
from typing import Any

from suffice._core import Hidden, Result

AGREES, DIFFERS, UNDECIDED = "agrees", "differs", "undecided"


@dataclasses.dataclass(frozen=True)
class Claim(Result):
    """One statement of a paper, checked by a computation.

    Attributes:
        statement: The claim in one sentence.
        source: The figure, table, theorem or equation of the paper.
        expected: The claimed value.
        measured: The computed value, with its interval or tolerance.
        agrees: Whether they agree; None when the computation cannot tell.
        remark: Why they differ, or what the comparison leaves open.
    """

    statement: str
    source: str
    expected: str
    measured: str
    agrees: bool | None
    remark: str = ""

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
    """

    name: str
    title: str
    caption: str
    svg: str | None
    claims: tuple[Claim, ...]
    seconds: float


@dataclasses.dataclass(frozen=True)
class Reproduction(Result):
    """The experiments of one paper, rerun.

    Attributes:
        name: Name of the paper, as it is typed.
        title: Title of the paper.
        arxiv: Its number.
        full: Whether the sizes are those of the paper, or the quick ones.
        drawings: One per experiment.
    """

    name: str
    title: str
    arxiv: str
    full: bool
    drawings: Hidden[tuple[Drawing, ...]]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim, experiment by experiment."""
        return tuple(claim for drawing in self.drawings for claim in drawing.claims)

    def count(self, verdict: str) -> int:
        """How many claims have a verdict."""
        return sum(claim.verdict == verdict for claim in self.claims)

    def headline(self) -> str:
        """How many claims agree, in one sentence."""
        return (
            f"{self.title} (arXiv:{self.arxiv}): of {len(self.claims)} claims "
            f"{self.count(AGREES)} agree, {self.count(DIFFERS)} differ, "
            f"{self.count(UNDECIDED)} undecided."
        )

    def shown(self) -> dict[str, Any]:
        """One row per claim that does not agree, and the wall time."""
        rest = [claim for claim in self.claims if claim.agrees is not True]
        rows = {
            f"{claim.verdict}, {claim.source}": f"{claim.statement} "
            f"Expected {claim.expected}; measured {claim.measured}. {claim.remark}"
            for claim in rest
        }
        return {**rows, "seconds": sum(drawing.seconds for drawing in self.drawings)}

    def derived(self) -> dict[str, Any]:
        """The claims of all experiments, and the seconds that each of these took."""
        return {
            "seconds": {d.name: round(d.seconds, 1) for d in self.drawings},
            "claims": [
                {"experiment": drawing.name, **claim.to_dict()}
                for drawing in self.drawings
                for claim in drawing.claims
            ],
        }
