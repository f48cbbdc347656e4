"""Candidates that fill a region."""

import math

import numpy as np
import scipy.stats
from jaxtyping import Float

from suffice.auditing._table import Table

from ._factors import check_possible, Factor, holds, NEAR, space
from ._linear import Condition
from ._region import Region
from ._support import Support

DRAWS = 8192
SIZE = 512
CONCENTRATION = 0.4  # of the weights of convex combinations: most are near few rows
ORDERS = 16
CORNERS = 64


def candidates(
    table: Table, region: Region | None = None, *, seed: int = 0
) -> Float[np.ndarray, "pool dim"]:
    """Return distinct inputs spread over the region where one may measure.

    Declared inputs fill their ranges, levels and conditions; the others fill the region
    that the rows cover: between their ends, near measured rows, and along the
    dependences of the columns. Among dependent columns half of the candidates are
    convex combinations of rows, which keep to every linear condition that all rows
    fulfil, and the rows themselves.

    Args:
        table: The measured inputs.
        region: What the user declares.
        seed: Random seed.

    Raises:
        ValueError: The region names no input of the table, or is empty.

    Examples:
        >>> sf.auditing.candidates(sf.auditing.puromycin()).shape
        (12, 2)
    """
    whole = space(table, region or Region())
    rng = np.random.default_rng(seed)
    if not whole.declared:
        return _measured(whole.measured, table, SIZE, rng)
    check_possible(whole.conditions, whole.declared, table.x.shape[1])
    own = _declared(whole.declared, whole.conditions, table.x.shape[1], SIZE, rng)
    if not whole.measured:
        return own
    near = _measured(whole.measured, table, SIZE, rng)
    columns = _columns(whole.declared)
    pairs = near[rng.permutation(DRAWS) % len(near)]
    pairs[:, columns] = own[rng.permutation(DRAWS) % len(own)][:, columns]
    return thinned(np.unique(pairs, axis=0), SIZE)


def filled(
    factors: list[Factor], found: list[Condition], size: int
) -> Float[np.ndarray, "n dim"]:
    """Return at most `size` points of inputs that fulfil conditions.

    Raises:
        ValueError: No point fulfils them.
    """
    dim = 1 + max(_columns(factors))
    check_possible(found, factors, dim)
    return _declared(factors, found, dim, size, np.random.default_rng(0))


def thinned(points: Float[np.ndarray, "n dim"], size: int) -> np.ndarray:
    """Choose points one by one, each the farthest from those before it."""
    if len(points) <= size:
        return points
    span = np.ptp(points, axis=0)
    scaled = points / np.where(span > 0, span, 1.0)
    distance = ((scaled - scaled.mean(0)) ** 2).sum(1)
    chosen = []
    for _ in range(size):
        chosen.append(int(distance.argmax()))
        moved = ((scaled - scaled[chosen[-1]]) ** 2).sum(1)
        distance = np.minimum(distance, moved) if len(chosen) > 1 else moved
    return points[chosen]


def _columns(factors: list[Factor]) -> list[int]:
    return [j for factor in factors for j in factor.columns]


def _uniform(count: int, factors: list[Factor], rng) -> np.ndarray:
    """Even draws, one coordinate per factor."""
    sobol = scipy.stats.qmc.Sobol(len(factors), rng=rng)
    return sobol.random(count)


def _mapped(u, factors: list[Factor], dim: int) -> np.ndarray:
    """Points of a box or lattice from coordinates between 0 and 1."""
    points = np.zeros((len(u), dim))
    for share, factor in zip(u.T, factors, strict=True):
        if factor.values is None:
            place = (1 - share) * factor.low + share * factor.high
            points[:, factor.columns] = place[:, None]
        else:
            place = _place(share, len(factor.values))
            points[:, factor.columns] = factor.values[place]
    return points


def _measured(factors: list[Factor], table: Table, size: int, rng) -> np.ndarray:
    """Candidates among the inputs of which the user declares nothing."""
    columns = sorted(_columns(factors))
    x = table.x[:, columns]
    outside = np.delete(np.arange(table.x.shape[1]), columns)
    relations = [
        affine[columns]
        for affine in table.dropped.values()
        if affine[columns].any() and not affine[outside].any()
    ]
    support = Support.of(x, np.array(relations).reshape(-1, len(columns)))
    ends = rng.integers(2, size=(CORNERS, len(factors))).astype(float)
    u = np.concatenate([ends, _uniform(DRAWS, factors, rng)])
    draws = _mapped(u, factors, table.x.shape[1])
    even = draws[support.holds(draws[:, columns])]
    even = _distinct(even)[: size // 2 if support.dependent else size]
    if len(even) == size or not (support.dependent or len(even) < size):
        return even
    between = _between(x, factors, columns, table.x.shape[1], rng)
    between = between[support.holds(between[:, columns])]
    more = thinned(np.unique(between, axis=0), size - len(even))
    return _distinct(np.concatenate([even, more]))


def _distinct(points: np.ndarray) -> np.ndarray:
    """The distinct points, in their order."""
    return points[np.sort(np.unique(points, axis=0, return_index=True)[1])]


def _between(x, factors, columns, dim, rng) -> np.ndarray:
    """Convex combinations of rows, at the nearest allowed values, and the rows."""
    n, d = x.shape
    parts = rng.integers(n, size=(DRAWS // 2, d + 1))
    weights = rng.dirichlet(np.full(d + 1, CONCENTRATION), DRAWS // 2)
    largest = parts[np.arange(len(parts)), weights.argmax(1)]
    points = np.zeros((len(parts) + n, dim))
    points[:, columns] = np.concatenate([np.einsum("kr,krd->kd", weights, x[parts]), x])
    leading = np.zeros_like(points)
    leading[:, columns] = np.concatenate([x[largest], x])
    for factor in factors:
        if factor.values is None:
            continue
        if len(factor.columns) > 1 or len(factor.values) <= 2:
            points[:, factor.columns] = leading[:, factor.columns]
        else:
            (j,) = factor.columns
            points[:, j] = _nearest(factor.values[:, 0], points[:, j])
    return points


def _nearest(values: np.ndarray, targets: np.ndarray) -> np.ndarray:
    middle = (values[1:] + values[:-1]) / 2
    return values[np.searchsorted(middle, targets)]


def _declared(
    factors: list[Factor], found: list[Condition], dim: int, size: int, rng
) -> np.ndarray:
    """Points of the declared inputs that fulfil the conditions."""
    sizes = [DRAWS + 1 if f.values is None else len(f.values) for f in factors]
    if math.prod(sizes) <= DRAWS:
        grid = np.indices(sizes).reshape(len(sizes), -1).T
        points = _mapped((grid + 0.5) / sizes, factors, dim)
        points = points[holds(points, found)]
    else:
        points = _drawn(factors, found, dim, rng)
    if not len(points):
        said = "; ".join(dict.fromkeys(c.text for c in found))
        raise ValueError(
            f"no allowed value of the inputs fulfils {said}; give wider ranges, finer "
            "steps or fewer conditions."
        )
    return thinned(points, size)


def _drawn(factors, found, dim, rng) -> np.ndarray:
    """Even draws if enough of them fulfil the conditions, else draws one by one."""
    ends = rng.integers(2, size=(CORNERS, len(factors))).astype(float)
    even = _mapped(_uniform(DRAWS, factors, rng), factors, dim)
    even = even[holds(even, found)][: SIZE - CORNERS]
    blocks = [even]
    for _ in range(ORDERS if len(even) < SIZE - CORNERS else 1):
        order = rng.permutation(len(factors))
        order = sorted(order, key=lambda place: factors[place].values is None)
        u = _uniform(DRAWS // ORDERS, factors, rng)
        u = np.concatenate([u, ends]) if len(even) < SIZE - CORNERS else ends
        blocks.append(_one_by_one(u, [factors[k] for k in order], found, dim))
    points = np.unique(np.concatenate(blocks), axis=0)
    return points[holds(points, found)]


def _one_by_one(u, factors: list[Factor], found, dim: int) -> np.ndarray:
    """Draw inputs in turn, each between the ends that the conditions leave it.

    Values of lattices come first; where a condition is an equation, the last of its
    inputs is solved for. Draws that leave an input no value are not numbers in it.
    """
    low, high = np.zeros((2, len(u), dim))
    for factor in factors:
        for place, j in enumerate(factor.columns):
            values = factor.values
            low[:, j] = factor.low if values is None else values[:, place].min()
            high[:, j] = factor.high if values is None else values[:, place].max()
    for share, factor in zip(u.T, factors, strict=True):
        if factor.values is not None and len(factor.columns) > 1:
            chosen = factor.values[_place(share, len(factor.values))]
        else:
            j = min(factor.columns)
            chosen = _between_ends(share, factor, *_left(low, high, j, found))[:, None]
        low[:, factor.columns] = high[:, factor.columns] = chosen
    return low


def _place(share, count) -> np.ndarray:
    """Which of equally many values a share between 0 and 1 falls on."""
    return np.minimum((share * count).astype(int), count - 1)


def _left(low, high, j: int, found) -> tuple[np.ndarray, np.ndarray]:
    """The ends of one input, given those of the others."""
    least, most = low[:, j].copy(), high[:, j].copy()
    for condition in found:
        for sign in (1.0, -1.0)[: 1 + condition.equal]:
            normal, bound = sign * condition.normal, sign * condition.bound
            if not normal[j]:
                continue
            rest = np.minimum(normal * low, normal * high)
            end = (bound - rest.sum(1) + rest[:, j]) / normal[j]
            if normal[j] > 0:
                most = np.minimum(most, end)
            else:
                least = np.maximum(least, end)
    return least, most


def _between_ends(share, factor: Factor, least, most) -> np.ndarray:
    """Values between ends; not a number where no value is left."""
    if factor.values is None:
        room = NEAR * (np.abs(least) + np.abs(most))
        drawn = least + share * np.maximum(most - least, 0.0)
        return np.where(least <= most + room, drawn, np.nan)
    values = factor.values[:, 0]
    room = NEAR * np.abs(values).max()
    first = np.searchsorted(values, least - room)
    last = np.searchsorted(values, most + room, "right") - 1
    place = np.minimum(first + (share * (last - first + 1)).astype(int), last)
    return np.where(first <= last, values[np.clip(place, 0, len(values) - 1)], np.nan)
