"""All cells of input space on which a piecewise linear network is affine."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from ._integer_network import IntegerNetwork

Form = list[int]
"""An affine function on the inputs: its value at the origin, then its coefficients."""

Sign = int
"""Sign of a preactivation on a cell: 1, -1, or 0 where it is identically zero."""


class Slice(NamedTuple):
    """The whole input space, or a line in it, in integer coordinates.

    Attributes:
        one: The constant 1 as a form, multiplied by a common factor.
        inputs: The inputs as forms, multiplied by the same factor.
    """

    one: Form
    inputs: tuple[Form, ...]

    @property
    def size(self) -> int:
        """Number of homogeneous coordinates."""
        return len(self.one)


def whole_space(inputs: int) -> Slice:
    """The whole space R^inputs."""
    unit = [[int(k == j) for k in range(inputs + 1)] for j in range(inputs + 1)]
    return Slice(unit[0], tuple(unit[1:]))


def line(point: list[int], direction: list[int], denominator: int) -> Slice:
    """The inputs `(point + t direction) / denominator`."""
    pairs = zip(point, direction, strict=True)
    return Slice([denominator, 0], tuple([p, q] for p, q in pairs))


class Polyhedron(NamedTuple):
    """An open polyhedron on which every neuron keeps its sign.

    Attributes:
        signs: One sign per hidden neuron, layer by layer.
        forms: The forms that enter each layer of weights; the inputs come first.
    """

    signs: tuple[tuple[Sign, ...], ...]
    forms: tuple[tuple[Form, ...], ...]


class TooManyCells(Exception):
    """There are more cells than the limit allows."""


class _Cone(NamedTuple):
    """A cone in homogeneous coordinates: its extreme rays and their tight constraints.

    Each constraint has one bit; `tight` holds, for each ray, the bits of the
    constraints that are equalities on it.
    """

    rays: list[tuple[int, ...]]
    tight: list[int]


def cells(network: IntegerNetwork, region: Slice, *, limit: int) -> list[Polyhedron]:
    """All cells of a network in a region, each listed once.

    The region is cut into orthants. Then, neuron by neuron, each polyhedron is split
    where the preactivation changes its sign. A polyhedron is represented by its extreme
    rays (double description) in integers, so no cell is missed and nothing is rounded.

    Args:
        network: The network.
        region: The inputs that are considered.
        limit: Largest number of polyhedra; the search stops beyond it.

    Raises:
        TooManyCells: There are more polyhedra than `limit`.

    Source:
        Double description: Fukuda and Prodon (1996), Proposition 7.
    """
    distinct: dict[tuple, Polyhedron] = {}
    count = 0
    for orthant in range(1 << region.size - 1):
        for cell in _inside(network, region, _orthant(region.size, orthant)):
            count += 1
            if count > limit:
                raise TooManyCells(f"more than {limit} polyhedra")
            distinct.setdefault(cell.signs, cell)
    return list(distinct.values())


def _orthant(size: int, which: int) -> _Cone:
    signs = [1] + [-1 if which >> k & 1 else 1 for k in range(size - 1)]
    rays = [tuple(signs[k] * (k == j) for k in range(size)) for j in range(size)]
    everything = (1 << size) - 1
    return _Cone(rays, [everything & ~(1 << j) for j in range(size)])


class _Part(NamedTuple):
    """A polyhedron on which the neurons processed so far have constant signs."""

    cone: _Cone
    constraints: int
    signs: tuple[tuple[Sign, ...], ...]
    forms: tuple[tuple[Form, ...], ...]


def _inside(
    network: IntegerNetwork, region: Slice, start: _Cone
) -> Iterator[Polyhedron]:
    """The cells inside a cone, by depth-first search."""
    stack = [_Part(start, region.size, ((),), (region.inputs, ()))]
    while stack:
        part = stack.pop()
        if len(part.signs) == len(network.weights):
            yield Polyhedron(part.signs[:-1], part.forms[:-1])
        else:
            stack += _next_neuron(network, region, part)


def _next_neuron(network: IntegerNetwork, region: Slice, part: _Part):
    """The part, split by the sign of the next neuron."""
    layer, neuron = len(part.signs) - 1, len(part.signs[-1])
    z = _preactivation(network, region, layer, neuron, part.forms[layer])
    slopes = {1: network.on, -1: network.off, 0: 0}
    complete = neuron + 1 == len(network.weights[layer])
    for sign, cone, constraints in _split(part.cone, z, part.constraints):
        output = [slopes[sign] * v for v in z]
        signs = (*part.signs[:-1], (*part.signs[-1], sign))
        forms = (*part.forms[:-1], (*part.forms[-1], output))
        if complete:
            signs, forms = (*signs, ()), (*forms, ())
        yield _Part(cone, constraints, signs, forms)


def _preactivation(
    network: IntegerNetwork,
    region: Slice,
    layer: int,
    neuron: int,
    below: tuple[Form, ...],
) -> Form:
    """The preactivation of a neuron as a form, from the forms of the layer below."""
    bias = network.biases[layer]
    shift = 0 if bias is None else bias[neuron]
    total = [shift * v for v in region.one]
    for weight, form in zip(network.weights[layer][neuron], below, strict=True):
        if weight:
            total = [t + weight * v for t, v in zip(total, form, strict=True)]
    return total


def _split(cone: _Cone, form: Form, constraints: int):
    """The parts of a cone where a form is positive and where it is negative."""
    values = [sum(map(int.__mul__, form, ray)) for ray in cone.rays]
    top, bottom = max(values), min(values)
    if bottom >= 0 or top <= 0:
        yield (top > 0) - (bottom < 0), cone, constraints
        return
    new, bit = _between(cone, values, len(form)), 1 << constraints
    for sign in (1, -1):
        rays, tight = [], []
        for ray, mask, value in zip(cone.rays, cone.tight, values, strict=True):
            if sign * value >= 0:
                rays.append(ray)
                tight.append(mask | bit if value == 0 else mask)
        rays += [ray for ray, _ in new]
        tight += [mask | bit for _, mask in new]
        yield sign, _Cone(rays, tight), constraints + 1


def _between(cone: _Cone, values: list[int], size: int):
    """New rays where the hyperplane cuts the edges between its two sides."""
    above = [k for k, v in enumerate(values) if v > 0]
    below = [k for k, v in enumerate(values) if v < 0]
    return [
        (_combined(cone.rays[p], values[p], cone.rays[n], values[n]), common)
        for p in above
        for n in below
        if _adjacent(cone, p, n, common := cone.tight[p] & cone.tight[n], size)
    ]


def _adjacent(cone: _Cone, p: int, n: int, common: int, size: int) -> bool:
    if common.bit_count() < size - 2:
        return False
    return not any(
        common & mask == common
        for k, mask in enumerate(cone.tight)
        if k != p and k != n
    )


def _combined(ray, value: int, other, other_value: int) -> tuple[int, ...]:
    mixed = [value * o - other_value * r for r, o in zip(ray, other, strict=True)]
    divisor = math.gcd(*mixed)
    return tuple(v // divisor for v in mixed)
