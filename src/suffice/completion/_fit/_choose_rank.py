"""The rank of a matrix from its entries: the least exact one, or the best predictor."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import Float

from suffice._core import plural, Result, short
from suffice._core.literature import bases
from suffice.completion._determined._border import Offsets

WORDS = {
    "none": "",
    "columns": " with an offset of every column",
    "rows": " with an offset of every row",
    "both": " with offsets of rows and columns",
}


@dataclasses.dataclass(frozen=True)
class RankChoice(Result):
    """The rank that the entries support, and the evidence for it.

    Attributes:
        value: The rank besides the offsets, or None when undecided.
        kind: `exact` (this rank meets the entries to rounding, no lower rank does, and
            there are more entries than unknowns), `predictive` (held-out entries are
            predicted best) or `undecided`.
        offsets: The offsets: `none`, `columns`, `rows` or `both`.
        redundant: For `exact`: the number of entries that the others predict.
        roundings: For `exact`: root mean square error per degree of freedom, in units
            of the rounding of the values.
        unit: For `exact`: how finely the values are written, in words.
        errors: For `predictive`: root mean square error on held-out entries of ranks
            0, 1, 2, ..., each with its best offsets and ridge.
        nearly: For `predictive`: a smaller rank that does nearly as well.
        note: Reason and remedy when undecided; None otherwise.
    """

    grounds = bases.RANK

    value: int | None
    kind: Literal["exact", "predictive", "undecided"]
    offsets: Offsets = "none"
    redundant: int = 0
    roundings: float = 0.0
    unit: str = ""
    errors: Float[np.ndarray, " ranks"] | None = None
    nearly: int | None = None
    note: str | None = None

    def headline(self) -> str:
        """The rank and its evidence, in one sentence."""
        if self.value is None:
            return f"The rank is undecided: {self.note}"
        model = f"Rank {self.value}{WORDS[self.offsets]}"
        if self.kind == "exact":
            return (
                f"{model} is the least that meets every entry to the rounding of the "
                f"values ({self.unit}): {short(self.roundings)} roundings, "
                f"{plural(self.redundant, 'entry').replace('entrys', 'entries')} more "
                "than needed."
            )
        text = f"{model} predicts held-out entries best"
        if self.nearly is not None:
            text += f"; rank {self.nearly} does nearly as well"
        return f"{text}."
