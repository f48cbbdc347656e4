"""Everything that is asked of one law, in one result."""

import dataclasses
from typing import Any

from suffice._core import Hidden, Result

from ._design._design import Design
from ._design._rows_needed import RowsNeeded
from ._determined._structure import Determined
from ._fit._compare import Comparison
from ._fit._law_fit import LawFit
from ._formula._law import Law


@dataclasses.dataclass(frozen=True)
class LawAnswer(Result):
    """What data can determine of a law, what a table says, and what to measure next.

    Attributes:
        law: The law at its starting values.
        formula: Its text, where it is known.
        determined: What any data can determine.
        fit: What the table says; None without a table.
        comparison: How other laws do on the table; None without others.
        design: Where to measure; None where that was not asked.
        needed: How many rows a wanted interval needs; None where none was wanted.

    Examples:
        >>> def decay(t, a=1.0, k=1.0):
        ...     return a * jnp.exp(-k * t)
        >>> rate = sf.law(decay, inputs=["t"])
        >>> known = sf.identify(rate)
        >>> answer = sf.laws.LawAnswer(rate, "a exp(-k t)", known)
        >>> answer.headline() == known.headline()  # no table was given
        True
    """

    law: Hidden[Law]
    formula: str
    determined: Determined
    fit: LawFit | None = None
    comparison: Comparison | None = None
    design: Design | None = None
    needed: RowsNeeded | None = None

    def headline(self) -> str:
        """What is known, in one sentence."""
        return (self.fit or self.determined).headline()

    def shown(self) -> dict[str, Any]:
        """The sentences of its parts."""
        parts = {
            "any data": self.fit and self.determined,
            "other laws": self.comparison,
            "next": self.design,
            "rows": self.needed,
        }
        return {name: part.headline() for name, part in parts.items() if part}
