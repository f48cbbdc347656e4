"""The tangent functions of a piecewise linear network, as integer rows."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ._cells import Form, Polyhedron, Slice
from ._integer_network import IntegerNetwork

Row = tuple[int, ...]


class AffineRows(NamedTuple):
    """Rows of coefficients, one integer per parameter.

    Attributes:
        rows: Distinct nonzero rows; their rank is that of the tangent functions on the
            cells that have a derivative.
        kinks: Number of cells without a derivative: a neuron that reaches the output
            receives exactly zero on all of them.
    """

    rows: list[Row]
    kinks: int


def tangent_rows(
    network: IntegerNetwork, region: Slice, cells: Iterable[Polyhedron]
) -> AffineRows:
    """Coefficients of the tangent functions on every cell.

    On a cell the derivative by every parameter is an affine function of the inputs:
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
    """Derivatives of an output by the preactivations; None where there are none."""
    factors = [[int(k == output) for k in range(len(network.weights[-1]))]]
    for layer in reversed(range(len(cell.signs))):
        signs = cell.signs[layer]
        reach = _reach(factors[0], network.weights[layer + 1], len(signs))
        pairs = list(zip(reach, signs, strict=True))
        on_kink = [k for k, (r, s) in enumerate(pairs) if r and not s]
        if not all(_stays_zero(network, cell, layer, k) for k in on_kink):
            return None
        factors.insert(0, [r * network.slope(s) for r, s in pairs])
    return factors


def _reach(factors: list[int], above: list[list[int]], width: int) -> list[int]:
    """Derivatives by what the neurons of the layer below send."""
    used = [pair for pair in zip(factors, above, strict=True) if pair[0]]
    return [sum(factor * row[k] for factor, row in used) for k in range(width)]


def _stays_zero(
    network: IntegerNetwork, cell: Polyhedron, layer: int, neuron: int
) -> bool:
    """Whether what a neuron receives is zero, to first order, at nearby parameters."""
    if network.on == network.off:
        return True  # without a kink it does not matter
    if network.biases[layer] is not None or any(map(any, cell.forms[layer])):
        return False
    if layer == 0:
        return True
    senders = zip(network.weights[layer][neuron], cell.signs[layer - 1], strict=True)
    return all(
        not weight or sign or _stays_zero(network, cell, layer - 1, k)
        for k, (weight, sign) in enumerate(senders)
    )
