"""Which combinations of parameters are determined, by the directions that are not."""

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from ._charts import Coordinate, named
from ._expression import parameter
from ._words import joined

SUPPORT = 1e-6  # of a direction in parameters of equal effect: below it, it is zero


@dataclasses.dataclass(frozen=True)
class Combination:
    """Something that is determined although its parameters are not.

    Attributes:
        text: Its formula, such as `a*b`, or that there is no simple one.
        parameters: The parameters in it.
        count: How many numbers it stands for: 1 for a formula.
        direction: Relative changes of the parameters, at their starting values, that
            change nothing together; where there is a formula it is empty.
    """

    text: str
    parameters: tuple[str, ...]
    count: int = 1
    direction: dict[str, float] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


@dataclasses.dataclass(frozen=True)
class Combinations:
    """What is determined of the parameters of a law.

    Attributes:
        single: Parameters that are determined one by one.
        unseen: Parameters without influence.
        mixed: Combinations of the others.
    """

    single: tuple[str, ...]
    unseen: tuple[str, ...]
    mixed: tuple[Combination, ...]


def combinations(
    names: tuple[str, ...],
    slopes: list[Float[np.ndarray, "n p"]],
    values: Float[np.ndarray, "points p"],
    rank: int,
    start: tuple[Float[np.ndarray, "n p"], Float[np.ndarray, " p"]],
) -> Combinations:
    """Name what is determined, from tangent matrices at several values.

    Minimal sets of parameters that can change together without any effect (circuits)
    are named one after the other, small ones first; the last parameter of each is then
    held, and the others stand for their combination with it.

    Args:
        names: Names of the parameters.
        slopes: The tangent matrix at every value at which float64 shows the rank; where
            there is none, the combinations cannot be named.
        values: Values of the parameters.
        rank: The rank of these matrices.
        start: The tangent matrix at the values at which a direction is given that no
            formula describes, and these values.

    Source:
        Derived and verified here; identities are tested at random points, which errs
        with probability 0 for analytic laws.
    """
    if rank == len(names):
        return Combinations(names, (), ())
    if not slopes:
        return Combinations((), (), (_unnamed(names, rank),))
    null = [_null(matrix, rank) for matrix in slopes]
    weight = np.max([np.abs(n).max(1, initial=0.0) for n in null], axis=0)
    raw = np.stack(
        [n / s[:, None] for n, s in zip(null, map(_sizes, slopes), strict=True)]
    )
    state = _State(names, np.stack(null), raw, values, start)
    single = tuple(n for n, w in zip(names, weight, strict=True) if w <= SUPPORT)
    while state.null.shape[2]:
        state.eliminate()
    return Combinations(single, tuple(state.unseen), state.combinations(single))


def _unnamed(names: tuple[str, ...], count: int) -> Combination:
    """Combinations for which there is no formula."""
    number = "one combination" if count == 1 else f"{count} combinations"
    return Combination(f"{number} of {joined(names)}", names, count)


def _sizes(matrix: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(_scaled_rows(matrix), axis=0)
    return np.where(norm > 0, norm, 1.0)


def _scaled_rows(matrix: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(norm > 0, norm, 1.0)


def _null(matrix: np.ndarray, rank: int) -> np.ndarray:
    """Orthonormal directions without effect, for parameters of equal effect."""
    scaled = _scaled_rows(matrix) / _sizes(matrix)
    if len(scaled) < scaled.shape[1]:
        scaled = np.pad(scaled, ((0, scaled.shape[1] - len(scaled)), (0, 0)))
    return np.linalg.svd(scaled)[2][rank:].T


def _relative_change(start, circuit) -> np.ndarray:
    """The relative changes of a circuit without effect; empty if they are not one."""
    matrix, values = start
    if not values[circuit].all():
        return np.empty(0)
    scaled = _scaled_rows(matrix[:, circuit] * values[circuit])
    sigma, vectors = np.linalg.svd(scaled)[1:]
    if len(sigma) + 1 < len(circuit) or sigma[len(circuit) - 2] <= SUPPORT * sigma[0]:
        return np.empty(0)
    return vectors[-1] / vectors[-1][np.abs(vectors[-1]).argmax()]


class _State:
    """Which parameters are left, and the directions without effect among them."""

    def __init__(self, names, null, raw, values, start):
        self.names, self.null, self.raw, self.values = names, null, raw, values
        self.start = start
        self.coordinates = [
            Coordinate(parameter(n), (n,), v, np.ones(len(v)))
            for n, v in zip(names, values.T, strict=True)
        ]
        self.unseen: list[str] = []
        self.left = list(range(len(names)))
        self.tangled: list[tuple[set[int], dict[str, float]]] = []

    def eliminate(self) -> None:
        """Name one circuit, and hold its last parameter."""
        circuits = list(self._circuits())
        for circuit, change in circuits:
            if len(circuit) == 1:
                self.unseen.append(self.names[circuit[0]])
                return self._hold(circuit[0])
            members = [self.coordinates[j] for j in circuit]
            others = {
                name: value
                for name, value in zip(self.names, self.values.T, strict=True)
                if not any(name in member.parameters for member in members)
            }
            if not any(m.tangled for m in members) and (
                found := named(members, change, others)
            ):
                for j, coordinate in zip(circuit, found, strict=False):
                    self.coordinates[j] = coordinate
                return self._hold(circuit[-1])
        return self._tangle(circuits[0][0])

    def _tangle(self, circuit) -> None:
        """Hold the last parameter of a circuit that no formula describes."""
        direction = _relative_change(self.start, list(circuit))
        names = [self.names[j] for j in circuit] if len(direction) else []
        named = dict(zip(names, map(float, direction), strict=True))
        self.tangled.append((set(circuit), named))
        for j in circuit:
            self.coordinates[j] = dataclasses.replace(self.coordinates[j], tangled=True)
        self._hold(circuit[-1])

    def _hold(self, index: int) -> None:
        """Keep the directions in which a parameter does not change."""
        null, raw = [], []
        for basis, same in zip(self.null, self.raw, strict=True):
            keep = np.linalg.svd(basis[index][None])[2][1:].T
            null.append(basis @ keep)
            raw.append(same @ keep)
        self.null, self.raw = np.stack(null), np.stack(raw)
        self.left.remove(index)

    def _circuits(self) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """Minimal sets that can change without effect, and how, at every value."""
        moving = [j for j in self.left if np.abs(self.null[:, j]).max() > SUPPORT]
        found: list[set[int]] = []
        for size in range(1, len(moving) + 1):
            for subset in itertools.combinations(moving, size):
                if any(known <= set(subset) for known in found):
                    continue
                rest = [j for j in moving if j not in subset]
                change = self._supported(subset, rest)
                if change is not None:
                    found.append(set(subset))
                    yield subset, change

    def _supported(self, subset, rest) -> np.ndarray | None:
        """Changes of a subset alone that have no effect, if there are such."""
        changes = []
        for basis, raw in zip(self.null, self.raw, strict=True):
            _, sigma, vectors = np.linalg.svd(basis[rest], full_matrices=True)
            full = len(sigma) == basis.shape[1]
            if full and sigma[-1] > SUPPORT:
                return None
            changes.append(raw[list(subset)] @ vectors[-1])
        return np.stack(changes)

    def combinations(self, single: tuple[str, ...]) -> tuple[Combination, ...]:
        """Formulas of what is left, and the groups that have none."""
        found = [
            Combination(str(c.formula), self._ordered(c.parameters))
            for j in self.left
            if not (c := self.coordinates[j]).tangled and len(c.parameters) > 1
        ]
        for group, direction in _joined(self.tangled):
            texts = [str(self.coordinates[j].formula) for j in sorted(group)]
            count = len(group & set(self.left))
            if not count:
                continue
            members = {p for j in group for p in self.coordinates[j].parameters}
            names = self._ordered(members)
            plain = _unnamed(tuple(texts), count)
            found.append(Combination(plain.text, names, count, direction))
        return tuple(found)

    def _ordered(self, members) -> tuple[str, ...]:
        return tuple(name for name in self.names if name in members)


def _joined(groups):
    """Groups of parameters without those in common; of each the first direction."""
    merged: list[tuple[set[int], dict[str, float]]] = []
    for group, direction in groups:
        touching = [m for m in merged if m[0] & group]
        others = [m for m in merged if not m[0] & group]
        together = group.union(*(m[0] for m in touching))
        merged = [*others, (together, touching[0][1] if touching else direction)]
    return merged
