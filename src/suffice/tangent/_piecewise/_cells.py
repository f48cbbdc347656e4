"""The cells on which a piecewise linear network is affine, every one of them."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from ._integer_network import IntegerNetwork

Form = list[int]
"""An affine function on the region: its value at the origin, then its coefficients."""

Sign = int
"""1 where the preactivation of a neuron is positive, -1 negative, 0 identically 0."""


_WORK = 5_000  # operations per polyhedron that are usual


class Slice(NamedTuple):
    """All inputs, a line of them, or one of them, in integer coordinates.

    Attributes:
        one: The constant 1 as a form, times a common factor.
        inputs: The inputs as forms, times the same factor.
    """

    one: Form
    inputs: tuple[Form, ...]

    @property
    def size(self) -> int:
        """Number of homogeneous coordinates."""
        return len(self.one)


def whole_space(inputs: int) -> Slice:
    """All of R^inputs."""
    unit = [[int(k == j) for k in range(inputs + 1)] for j in range(inputs + 1)]
    return Slice(unit[0], tuple(unit[1:]))


def line(point: list[int], direction: list[int], denominator: int) -> Slice:
    """The inputs `(point + t direction) / denominator`."""
    pairs = zip(point, direction, strict=True)
    return Slice([denominator, 0], tuple([p, q] for p, q in pairs))


def single_input(point: list[int], denominator: int) -> Slice:
    """The input `point / denominator` alone."""
    return Slice([denominator], tuple([p] for p in point))


class Polyhedron(NamedTuple):
    """An open polyhedron on which every neuron keeps its sign.

    Attributes:
        signs: One per hidden neuron, layer by layer.
        forms: What each layer of weights receives there, the inputs first.
    """

    signs: tuple[tuple[Sign, ...], ...]
    forms: tuple[tuple[Form, ...], ...]


class AffineCells(NamedTuple):
    """The cells of a network in a region.

    Attributes:
        polyhedra: The cells that were found, each once.
        complete: Whether these are all of them.
    """

    polyhedra: list[Polyhedron]
    complete: bool


class _Cone(NamedTuple):
    """A cone in homogeneous coordinates: its extreme rays and what holds them.

    A constraint is one bit; a ray carries the bits of the constraints that are tight.
    """

    rays: list[tuple[int, ...]]
    tight: list[int]


def cells(network: IntegerNetwork, region: Slice, *, limit: int) -> AffineCells:
    """Every cell of a network in a region, or as many as a limit allows.

    The region is cut into orthants; neuron by neuron each polyhedron is split where the
    preactivation changes its sign. A polyhedron is the list of its extreme rays (double
    description), in integers, so no cell is missed and nothing is rounded.

    Args:
        network: The network.
        region: Where the inputs live.
        limit: The search ends after that many polyhedra, or as many comparisons of
            rays as usually go with them.

    Source:
        Double description: Fukuda and Prodon (1996), Proposition 7.
    """
    distinct: dict[tuple, Polyhedron] = {}
    count = work = 0
    for part in _search(network, region):
        work += _cost(part)
        count += len(part.signs) == len(network.weights)
        if count > limit or work > limit * _WORK:
            return AffineCells(list(distinct.values()), complete=False)
        if len(part.signs) == len(network.weights):
            cell = Polyhedron(part.signs[:-1], part.forms[:-1])
            distinct.setdefault(cell.signs, cell)
    return AffineCells(list(distinct.values()), complete=True)


def _orthant(size: int, which: int) -> _Cone:
    signs = [1] + [-1 if which >> k & 1 else 1 for k in range(size - 1)]
    rays = [tuple(signs[k] * (k == j) for k in range(size)) for j in range(size)]
    everything = (1 << size) - 1
    return _Cone(rays, [everything & ~(1 << j) for j in range(size)])


class _Part(NamedTuple):
    """A polyhedron on which the neurons looked at so far keep their signs."""

    cone: _Cone
    constraints: int
    signs: tuple[tuple[Sign, ...], ...]
    forms: tuple[tuple[Form, ...], ...]


def _search(network: IntegerNetwork, region: Slice) -> Iterator[_Part]:
    """The parts of a region, depth first; each is split only after it was given."""
    for orthant in range(1 << region.size - 1):
        start = _orthant(region.size, orthant)
        stack = [_Part(start, region.size, ((),), (region.inputs, ()))]
        while stack:
            yield (part := stack.pop())
            layer = len(part.signs) - 1
            if layer == len(network.weights) - 1:
                continue
            if len(part.signs[-1]) == len(network.weights[layer]):
                signs, forms = (*part.signs, ()), (*part.forms, ())
                stack.append(part._replace(signs=signs, forms=forms))
            else:
                stack += _next_neuron(network, region, part)


def _cost(part: _Part) -> int:
    """About how many operations it takes to split a part."""
    rays = len(part.cone.rays)
    return len(part.cone.rays[0]) * (rays * rays + len(part.forms[-2]))


def _next_neuron(network: IntegerNetwork, region: Slice, part: _Part):
    """The part, split by the sign of the first neuron not looked at yet."""
    layer, neuron = len(part.signs) - 1, len(part.signs[-1])
    z = _preactivation(network, region, layer, neuron, part.forms[layer])
    for sign, cone, constraints in _split(part.cone, z, part.constraints):
        output = [network.slope(sign) * v for v in z]
        signs = (*part.signs[:-1], (*part.signs[-1], sign))
        forms = (*part.forms[:-1], (*part.forms[-1], output))
        yield _Part(cone, constraints, signs, forms)


def _preactivation(
    network: IntegerNetwork,
    region: Slice,
    layer: int,
    neuron: int,
    below: tuple[Form, ...],
) -> Form:
    """What a neuron receives from the forms of the layer below."""
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
    """Where the hyperplane meets the edges between rays of either side."""
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
