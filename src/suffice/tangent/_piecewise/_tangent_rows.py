"""The tangent functions of a piecewise linear network, as integer rows."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ._cells import Form, Polyhedron, Slice
from ._integer_network import IntegerNetwork

Row = tuple[int, ...]


class AffineRows(NamedTuple):
    """Rows of coefficients, one integer per parameter.

    Attributes:
        rows: Distinct nonzero rows. Their rank is the rank of the tangent functions on
            the cells where the network has a derivative.
        kinks: Number of cells where it has none: on all of such a cell the
            preactivation of a neuron that influences the output is zero.
    """

    rows: list[Row]
    kinks: int


def tangent_rows(
    network: IntegerNetwork, region: Slice, cells: Iterable[Polyhedron]
) -> AffineRows:
    """Coefficients of the tangent functions on every cell.

    On a cell the derivative by every parameter is an affine function of the inputs, so
    each output, cell and coefficient gives one row.
    """
    rows: dict[Row, None] = {}
    kinks = 0
    for cell in cells:
        sensitivities = [
            _sensitivities(network, cell, output)
            for output in range(len(network.weights[-1]))
        ]
        if None in sensitivities:
            kinks += 1
            continue
        for factors in sensitivities:
            columns = _columns(network, region, cell, factors)
            rows |= dict.fromkeys(r for r in zip(*columns, strict=True) if any(r))
    return AffineRows(list(rows), kinks)


def _columns(network, region: Slice, cell: Polyhedron, factors) -> Iterator[Form]:
    """The derivatives of an output by all parameters, layer by layer."""
    for layer, below in enumerate(cell.forms):
        sources = below if network.biases[layer] is None else (*below, region.one)
        for factor in factors[layer]:
            for form in sources:
                yield [factor * v for v in form]


def _sensitivities(
    network: IntegerNetwork, cell: Polyhedron, output: int
) -> list[list[int]] | None:
    """Derivatives of an output by the preactivations, or None where none exists."""
    slopes = {1: network.on, -1: network.off, 0: 0}
    factors = [[int(k == output) for k in range(len(network.weights[-1]))]]
    for layer in reversed(range(len(cell.signs))):
        reach = _reach(factors[0], network.weights[layer + 1])
        signs = cell.signs[layer]
        on_kink = any(r and not s for r, s in zip(reach, signs, strict=True))
        if on_kink and not _is_pinned(network, cell, layer):
            return None
        factors.insert(0, [r * slopes[s] for r, s in zip(reach, signs, strict=True)])
    return factors


def _reach(factors: list[int], above: list[list[int]]) -> list[int]:
    """Derivatives by the values of the neurons of the layer below."""
    used = [pair for pair in zip(factors, above, strict=True) if pair[0]]
    return [sum(factor * row[k] for factor, row in used) for k in range(len(above[0]))]


def _is_pinned(network: IntegerNetwork, cell: Polyhedron, layer: int) -> bool:
    """Whether the preactivations of a layer stay zero under small changes."""
    silent = not any(any(form) for form in cell.forms[layer])
    return silent and network.biases[layer] is None and 0 in (network.on, network.off)
