"""Random flexes of a whole mask: an entry that one of them moves is undetermined."""

import dataclasses

import numpy as np

from suffice.completion._entries._mask import Mask

from ._field import Field, Floats, Integers, reduced, SingularDrawError
from ._numerical_flex import STILL
from ._parts import Part
from ._peel import CORE, neighbours

Levels = tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True, eq=False)
class Flex:
    """Flexes of a mask at one draw of factors, with the largest rigid part at rest.

    Attributes:
        a: Row factors, shape `(rows, rank)`.
        b: Column factors, shape `(columns, rank)`.
        da: Moves of the row factors, shape `(rows, rank, count)`.
        db: Moves of the column factors, shape `(columns, rank, count)`.
        exact: Whether the numbers are residues modulo a prime.
    """

    a: np.ndarray
    b: np.ndarray
    da: np.ndarray
    db: np.ndarray
    exact: bool

    def change(self, rows, columns, which: int = 0) -> np.ndarray:
        """Return how a block of entries changes in one of the flexes."""
        da, db = self.da[rows, :, which], self.db[columns, :, which]
        left = np.concatenate([da, self.a[rows]], axis=1)
        right = np.concatenate([self.b[columns], db], axis=1)
        if not self.exact:
            return left @ right.T
        return Integers.matmul(left, right.T)

    def changes(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return how single entries change in every flex, shape `(entries, count)`."""
        total = np.zeros((len(rows), self.da.shape[2]))
        for k in range(self.a.shape[1]):
            terms = (
                self.da[rows, k] * self.b[columns, k, None],
                self.a[rows, k, None] * self.db[columns, k],
            )
            for term in terms:
                total = reduced(total + reduced(term)) if self.exact else total + term
        return total

    def resting(self) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows and which columns do not move."""
        limit = 0.0 if self.exact else STILL
        return tuple(np.abs(d).max(axis=(1, 2)) <= limit for d in (self.da, self.db))


def draw_flex(
    mask: Mask,
    rank: int,
    levels: Levels,
    parts: list[Part],
    rng: np.random.Generator,
    which: int = 0,
    count: int = 1,
) -> Flex:
    """Draw random flexes modulo a prime.

    Every part but the first is moved by a random change of gauge as well.
    """
    field = Integers(rng)
    while True:
        a, b = (field.factors(size, rank) for size in mask.shape)
        da, db = (np.zeros((size, rank, count)) for size in mask.shape)
        try:
            for number, part in enumerate(parts):
                part_factors, moves = part.draw(rank, field, which, count)
                if number:
                    moves = _regauged(field, part_factors, moves)
                a[part.rows], b[part.columns] = part_factors
                da[part.rows], db[part.columns] = moves
            _extend(mask, levels, field, (a, b), (da, db))
        except SingularDrawError:
            continue
        return Flex(a, b, da, db, exact=True)


def draw_numerical_flex(
    mask: Mask, rank: int, levels: Levels, parts: list[Part], rng: np.random.Generator
) -> tuple[Flex, bool]:
    """Draw a random flex in float64; also say whether every part of it converged."""
    field = Floats(rng)
    a, b = (field.factors(size, rank) for size in mask.shape)
    da, db = (np.zeros((size, rank, 1)) for size in mask.shape)
    converged = True
    for number, part in enumerate(parts):
        flex = part.draw_numerical(rank, field)
        converged = converged and flex.converged
        a[part.rows], b[part.columns] = flex.a, flex.b
        moves = flex.da[:, :, None], flex.db[:, :, None]
        if number:
            moves = _regauged(field, (flex.a, flex.b), moves)
        da[part.rows], db[part.columns] = moves
    _extend(mask, levels, field, (a, b), (da, db))
    return Flex(a, b, da, db, exact=False), converged


def float_basis(
    mask: Mask, levels: Levels, parts: list[Part], factors, freedom: int, field: Floats
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return flexes in float64 that span all flexes; None where a part is too large."""
    a, b = factors
    rank = a.shape[1]
    count = freedom if parts else freedom + rank**2
    da, db = (np.zeros((size, rank, count)) for size in mask.shape)
    for number, part in enumerate(parts):
        part_factors = a[part.rows], b[part.columns]
        moves = part.float_basis(rank, field, *part_factors, count)
        if moves is None:
            return None
        if number:
            moves = _regauged(field, part_factors, moves)
        da[part.rows], db[part.columns] = moves
    _extend(mask, levels, field, (a, b), (da, db))
    return da, db


def _regauged(field: Field, factors, moves):
    """Add a random change of gauge `(a X, -X b)` to each flex."""
    (a, b), (da, db) = factors, moves
    (m, r), n, count = a.shape, len(b), da.shape[2]
    gauge = field.random(r, r, count)
    left = field.matmul(a, gauge.reshape(r, -1)).reshape(m, r, count)
    turned = gauge.transpose(1, 0, 2).reshape(r, -1)
    right = field.matmul(b, turned).reshape(n, r, count)
    return field.reduce(da + left), field.reduce(db - right)


def _extend(mask: Mask, levels: Levels, field: Field, factors, moves) -> None:
    """Extend factors and moves to the peeled rows and columns, in reverse order.

    A row or column with `d` entries has to meet `d` equations; the remaining degrees
    of freedom are drawn at random.
    """
    graphs = mask.by_row, mask.by_column
    order = [np.argsort(level, kind="stable") for level in levels]
    values = [level[o] for level, o in zip(levels, order, strict=True)]
    top = max(int(v[v < CORE].max(initial=-1)) for v in values)
    for level in range(top, -1, -1):
        side = level % 2
        start, stop = np.searchsorted(values[side], [level, level + 1])
        if start == stop:
            continue
        vertices, other = order[side][start:stop], 1 - side
        _attach(
            graphs[side], vertices, levels[other] > level, field,
            (factors[side], factors[other]), (moves[side], moves[other]),
        )  # fmt: skip


def _attach(graph, vertices, present, field, factors, moves) -> None:
    (own, across), (own_moves, across_moves) = factors, moves
    r, count = own.shape[1], own_moves.shape[2]
    sizes = graph.indptr[vertices + 1] - graph.indptr[vertices]
    owner = np.repeat(np.arange(len(vertices)), sizes)
    ends = neighbours(graph, vertices)
    owner, ends = owner[present[ends]], ends[present[ends]]
    slot = np.arange(len(owner)) - np.searchsorted(owner, owner)
    matrix = field.factors(len(vertices) * r, r).reshape(len(vertices), r, r)
    right = field.random(len(vertices), r, count)
    matrix[owner, slot] = across[ends]
    row_factors = own[vertices[owner]][:, None, :]
    right[owner, slot] = -field.matmul(row_factors, across_moves[ends])[:, 0]
    own_moves[vertices] = field.matmul(field.inverse(matrix), right)
