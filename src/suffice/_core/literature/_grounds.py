"""What a number rests on, as data."""

import dataclasses

from ._publications import Publication

HERE = "derived and verified here"


@dataclasses.dataclass(frozen=True)
class Grounds:
    """The basis of a number: the statement behind it, and where it is explained.

    Attributes:
        statement: The theorem, equation, figure or fact; `HERE` without a paper.
        paper: The paper in which it stands; None where it is derived here.
        document: The page of the documentation that explains it, below `docs/`.
        section: The heading on that page.
    """

    statement: str
    paper: Publication | None
    document: str
    section: str

    def __str__(self) -> str:
        statement = self.statement
        if self.paper is not None:
            statement = f"{self.paper.cited}, {statement}"
        return f'{statement}; docs/{self.document}, "{self.section}"'
