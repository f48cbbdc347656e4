"""The rank of vectors written as sparse combinations of independent functions."""

from collections.abc import Hashable, Iterable
from typing import Any

Vector = dict[Any, Any]
"""Coefficients in one field, by basis function; an absent coefficient is zero."""


def combine(*terms: tuple[Any, Vector]) -> Vector:
    """The linear combination of vectors with the given coefficients."""
    total: Vector = {}
    for scale, vector in terms:
        for label, value in vector.items():
            total[label] = (
                total[label] + scale * value if label in total else (scale * value)
            )
    return {label: value for label, value in total.items() if value != 0}


def sparse_rank(
    vectors: Iterable[Vector], last: frozenset[Hashable] = frozenset()
) -> int:
    """The number of independent vectors, by exact elimination.

    Args:
        vectors: Vectors over any field.
        last: Labels that many vectors share. They become pivots only of vectors with
            no other label, which keeps the elimination sparse.
    """
    return len(echelon(vectors, last))


def echelon(
    vectors: Iterable[Vector], last: frozenset[Hashable] = frozenset()
) -> list[tuple[Hashable, Vector]]:
    """Independent vectors with the same span, each with its pivot label.

    A vector is 1 at its pivot and 0 at the pivots of the vectors before it.
    """
    basis: list[tuple[Hashable, Vector]] = []
    order: dict[Hashable, int] = {}
    for vector in vectors:
        rest = _reduced(vector, basis, order)
        if rest:
            pivot = min(rest, key=lambda label: label in last)
            order[pivot] = len(basis)
            basis.append((pivot, combine((1 / rest[pivot], rest))))
    return basis


def coordinates(
    vector: Vector, basis: list[tuple[Hashable, Vector]]
) -> tuple[dict[int, Any], Vector]:
    """Coefficients of a vector in an echelon basis, and the remainder."""
    order = {pivot: k for k, (pivot, _) in enumerate(basis)}
    coefficients: dict[int, Any] = {}
    rest = _reduced(vector, basis, order, coefficients)
    return coefficients, rest


def _reduced(vector, basis, order, taken=None) -> Vector:
    # Subtracting a basis vector adds only pivots that come after its own, so the loop
    # terminates when it takes them in order.
    while pivots := [order[label] for label in vector if label in order]:
        first = min(pivots)
        pivot, row = basis[first]
        scale = vector[pivot]
        if taken is not None:
            taken[first] = scale
        vector = combine((1, vector), (-scale, row))
    return vector
