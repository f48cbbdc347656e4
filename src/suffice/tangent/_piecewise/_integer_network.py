"""A network of ReLU or leaky ReLU neurons with integer parameters."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from suffice.models import DeepNetwork, TwoLayer

Matrix = list[list[int]]


class IntegerNetwork(NamedTuple):
    """A network whose layers are scaled until every parameter is an integer.

    Positive factors of a layer change neither the cells of the network nor the rank of
    its tangent space, since the network is positively homogeneous layer by layer.

    Attributes:
        weights: One matrix per layer, rows are neurons.
        biases: One vector per layer, or None where the layer has none.
        on: Slope of a neuron whose preactivation is positive.
        off: Slope of a neuron whose preactivation is negative.
    """

    weights: tuple[Matrix, ...]
    biases: tuple[list[int] | None, ...]
    on: int
    off: int

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return len(self.weights[0][0])

    @property
    def hidden(self) -> int:
        """Number of hidden neurons."""
        return sum(len(matrix) for matrix in self.weights[:-1])

    @property
    def parameters(self) -> int:
        """Number of parameters `M`."""
        weights = sum(len(matrix) * len(matrix[0]) for matrix in self.weights)
        return weights + sum(len(bias) for bias in self.biases if bias is not None)


def integer_network(model: TwoLayer | DeepNetwork) -> IntegerNetwork:
    """The network with integers in place of its floats, which are dyadic rationals."""
    weights, biases = _layers(model)
    slope = Fraction(float(model.activation.leak))
    scaled: list[Matrix] = []
    offsets: list[list[int] | None] = []
    scale = 1  # what the inputs of the layer are multiplied with
    for weight, bias in zip(weights, biases, strict=True):
        rows = [[Fraction(float(v)) for v in row] for row in np.atleast_2d(weight)]
        shift = None if bias is None else _fractions(bias)
        factor = _denominator(rows, shift, scale)
        scaled.append([[int(v * factor) for v in row] for row in rows])
        scale *= factor
        offsets.append(None if shift is None else [int(v * scale) for v in shift])
        scale *= slope.denominator
    return IntegerNetwork(
        tuple(scaled), tuple(offsets), slope.denominator, slope.numerator
    )


def _layers(model):
    if isinstance(model, TwoLayer):
        return (model.w, model.a), (model.b, model.c)
    return model.weights, model.biases or (None,) * len(model.weights)


def _fractions(vector) -> list[Fraction]:
    return [Fraction(float(v)) for v in np.atleast_1d(vector)]


def _denominator(rows, shift, scale: int) -> int:
    """The least power of two that makes the weights and the biases integers."""
    parts = [v.denominator for row in rows for v in row]
    parts += [] if shift is None else [(v * scale).denominator for v in shift]
    return max(parts, default=1)
