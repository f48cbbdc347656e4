"""Inputs whose values are words: each is several columns of zeros and ones."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice._core import did_you_mean


@dataclasses.dataclass(frozen=True)
class Category:
    """An input whose values are words.

    Every level but the first has a column, which is one where the level holds.

    Attributes:
        name: Name of the column of the file.
        levels: Its values, in alphabetical order.
        columns: Indices of its columns among the inputs.
    """

    name: str
    levels: tuple[str, ...]
    columns: tuple[int, ...]

    def encoded(self, level: str) -> Float[np.ndarray, " columns"]:
        """Return the zeros and ones of a level.

        Raises:
            ValueError: The table has no row of this level.
        """
        if level not in self.levels:
            hint = did_you_mean(level, self.levels) or (
                f"; the table has {', '.join(self.levels)}."
            )
            raise ValueError(f"{self.name!r} has no row with the level {level!r}{hint}")
        row = np.zeros(len(self.columns))
        if place := self.levels.index(level):
            row[place - 1] = 1.0
        return row
