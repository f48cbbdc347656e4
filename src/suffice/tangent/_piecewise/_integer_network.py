"""A network of ReLU or leaky ReLU neurons with integer parameters."""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from suffice.models import Activation, DeepNetwork, TwoLayer

Matrix = list[list[int]]


class IntegerNetwork(NamedTuple):
    """A network whose layers are scaled until every parameter is an integer.

    A positive factor on a layer changes neither the cells of the network nor the rank
    of its tangent space, since every layer is positively homogeneous.

    Attributes:
        weights: One matrix per layer; its rows are the neurons.
        biases: One vector per layer, or None for a layer that has no biases.
        on: Slope of a neuron whose preactivation is positive.
        off: Slope of a neuron whose preactivation is negative.
    """

    weights: tuple[Matrix, ...]
    biases: tuple[list[int] | None, ...]
    on: int
    off: int

    def slope(self, sign: int) -> int:
        """Slope of a neuron by the sign of its preactivation, 0 where there is none."""
        if sign == 0 and self.on != self.off:
            return 0
        return self.on if sign >= 0 else self.off

    @property
    def hidden(self) -> int:
        """Number of hidden neurons."""
        return sum(len(matrix) for matrix in self.weights[:-1])

    @property
    def parameters(self) -> int:
        """Number of parameters `M`."""
        weights = sum(len(row) for matrix in self.weights for row in matrix)
        return weights + sum(len(bias) for bias in self.biases if bias is not None)


def integer_network(model: TwoLayer | DeepNetwork) -> IntegerNetwork:
    """The network with integer parameters.

    The floats of the model are dyadic rationals; each layer is multiplied by a power
    of two that makes them integers.

    Raises:
        ValueError: The activation is not positively homogeneous.
    """
    off, on = _slopes(model.activation)
    common = math.lcm(off.denominator, on.denominator)
    scaled: list[Matrix] = []
    offsets: list[list[int] | None] = []
    scale = 1  # factor by which the inputs of the layer are multiplied
    for weight, bias in zip(*layers(model), strict=True):
        rows = [_fractions(row) for row in np.atleast_2d(weight)]
        shift = None if bias is None else _fractions(np.atleast_1d(bias))
        factor = _denominator(rows, shift, scale)
        scaled.append([[int(v * factor) for v in row] for row in rows])
        scale *= factor
        offsets.append(None if shift is None else [int(v * scale) for v in shift])
        scale *= common
    return IntegerNetwork(
        tuple(scaled), tuple(offsets), on=int(on * common), off=int(off * common)
    )


def _slopes(activation: Activation) -> list[Fraction]:
    """The slopes for negative and for positive preactivations."""
    if activation.pieces is None or not activation.homogeneous:
        raise ValueError(
            f"activation {activation.name!r} is not known to be positively "
            "homogeneous; expected one such as relu or leaky-relu."
        )
    return _fractions([piece.slope for piece in activation.pieces])


def layers(model: TwoLayer | DeepNetwork) -> tuple[tuple, tuple]:
    """The weights and the biases of all layers; None for a layer without biases."""
    if isinstance(model, TwoLayer):
        return (model.w, model.a), (model.b, model.c)
    return model.weights, model.biases or (None,) * len(model.weights)


def _fractions(numbers) -> list[Fraction]:
    return [Fraction(float(v)) for v in numbers]


def _denominator(rows, shift, scale: int) -> int:
    """The least power of two that makes the weights and the biases integers."""
    parts = [v.denominator for row in rows for v in row]
    parts += [] if shift is None else [(v * scale).denominator for v in shift]
    return max(parts, default=1)
