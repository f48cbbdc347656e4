"""A growing space of integer rows, modulo a prime."""

from collections.abc import Sequence
from typing import Any

import flint

# The powers of 2, which are common among the rows, are all distinct modulo this prime.
PRIME = 2**62 - 57


class ModularBasis:
    """A basis of rows modulo a prime; its rank is a lower bound over the rationals."""

    def __init__(self):
        self.rows: list[list[int]] = []
        self._pivots: list[int] = []

    @property
    def rank(self) -> int:
        """Number of independent rows so far."""
        return len(self.rows)

    def extend(self, rows: Sequence[Sequence[int]]) -> None:
        """Add the span of more rows."""
        residues = [[v % PRIME for v in row] for row in rows]
        if new := _reduced(self._remainders(residues)):
            self.rows = _reduced([*self.rows, *new])
            self._pivots = [next(k for k, v in enumerate(r) if v) for r in self.rows]

    def _remainders(self, residues: list[list[int]]) -> list[list[int]]:
        """The rows without their part in the span of the basis."""
        if not self.rows or not residues:
            return residues
        parts = _matrix([[row[k] for k in self._pivots] for row in residues])
        return _lists(_matrix(residues) - parts * _matrix(self.rows))


def _matrix(rows: list[list[int]]) -> Any:
    return flint.nmod_mat(rows, PRIME)


def _lists(matrix: Any) -> list[list[int]]:
    return [[int(v) for v in row] for row in matrix.tolist()]


def _reduced(rows: list[list[int]]) -> list[list[int]]:
    """A basis of the rows in reduced echelon form."""
    if not rows:
        return []
    echelon, rank = _matrix(rows).rref()
    return _lists(echelon)[:rank]
