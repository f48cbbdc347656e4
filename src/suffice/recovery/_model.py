"""Architectures: the shape of a model without its parameters.

Each has the name of the model it is the architecture of.
"""

import dataclasses
from typing import Any

import jax

import suffice.models as models

from ._named import load


def _key() -> Any:
    return jax.random.key(0)  # parameters are drawn elsewhere: only shapes count


def _at_least_one(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} is {size}; expected at least 1.")


@dataclasses.dataclass(frozen=True)
class TwoLayer:
    """`f(x) = sum_k a_k s(w_k . x + b_k) + c`.

    Attributes:
        width: Number of hidden neurons.
        inputs: Dimension of an input.
        activation: Name of the activation.
        bias: Whether neurons have an input bias.
        output_bias: Whether the output has a bias.
    """

    width: int
    inputs: int
    activation: str = "tanh"
    bias: bool = False
    output_bias: bool = False

    def __post_init__(self):
        _at_least_one(width=self.width, inputs=self.inputs)

    def template(self) -> models.TwoLayer:
        """A model of this architecture."""
        return models.TwoLayer.normal(
            self.width,
            self.inputs,
            key=_key(),
            bias=self.bias,
            output_bias=self.output_bias,
            activation=self.activation,
        )

    def resized(self, width: int) -> "TwoLayer":
        """The same architecture with another width."""
        return dataclasses.replace(self, width=width)


@dataclasses.dataclass(frozen=True)
class DeepNetwork:
    """A fully connected network of any depth.

    Attributes:
        widths: Inputs, hidden layers, outputs.
        activation: Name of the activation.
        bias: Whether every layer has a bias.
    """

    widths: tuple[int, ...]
    activation: str = "tanh"
    bias: bool = True

    def template(self) -> models.DeepNetwork:
        """A model of this architecture."""
        return models.DeepNetwork.normal(
            self.widths, key=_key(), bias=self.bias, activation=self.activation
        )

    def resized(self, width: int) -> "DeepNetwork":
        """The same depth with all hidden widths equal to a number."""
        hidden = (width,) * (len(self.widths) - 2)
        return dataclasses.replace(
            self, widths=(self.widths[0], *hidden, self.widths[-1])
        )


@dataclasses.dataclass(frozen=True)
class Convolution:
    """A two-layer convolution, with or without weight sharing.

    Attributes:
        width: Number of kernels.
        inputs: Shape of an input.
        kernel: Shape of a kernel.
        shared: Whether one kernel serves all positions.
        bias: Whether neurons have an input bias.
        activation: Name of the activation.
    """

    width: int
    inputs: tuple[int, ...]
    kernel: tuple[int, ...]
    shared: bool = True
    bias: bool = False
    activation: str = "tanh"

    def __post_init__(self):
        _at_least_one(width=self.width)

    def template(self) -> models.Convolution:
        """A model of this architecture."""
        return models.Convolution.normal(
            self.width,
            self.inputs,
            self.kernel,
            key=_key(),
            shared=self.shared,
            bias=self.bias,
            activation=self.activation,
        )

    def resized(self, width: int) -> "Convolution":
        """The same architecture with another number of kernels."""
        return dataclasses.replace(self, width=width)


@dataclasses.dataclass(frozen=True)
class MatrixProduct:
    """A matrix as a product of factors; an input is an entry.

    Attributes:
        rows: Rows of the product.
        columns: Columns of the product.
        inner: Columns of every factor but the last.
        layers: Number of factors.
    """

    rows: int
    columns: int
    inner: int
    layers: int = 2

    def __post_init__(self):
        _at_least_one(rows=self.rows, columns=self.columns, inner=self.inner)

    def template(self) -> models.MatrixProduct:
        """A model of this architecture."""
        inner = (self.inner,) * (self.layers - 1)
        return models.MatrixProduct.normal(
            (self.rows, *inner, self.columns), key=_key()
        )

    def resized(self, width: int) -> "MatrixProduct":
        """The same architecture with another inner dimension."""
        return dataclasses.replace(self, inner=width)


@dataclasses.dataclass(frozen=True)
class Linear:
    """`f(x) = theta . x`: one parameter per input.

    Attributes:
        inputs: Dimension of an input.
    """

    inputs: int

    def __post_init__(self):
        _at_least_one(inputs=self.inputs)

    def template(self) -> models.Linear:
        """A model of this architecture."""
        return models.Linear.normal(self.inputs, key=_key())


@dataclasses.dataclass(frozen=True)
class Diagonal:
    """`f(x) = sum_j a_j^[1] ... a_j^[L] x_j`.

    Attributes:
        inputs: Dimension of an input.
        layers: Number of layers `L`.
    """

    inputs: int
    layers: int = 2

    def __post_init__(self):
        _at_least_one(inputs=self.inputs, layers=self.layers)

    def template(self) -> models.Diagonal:
        """A model of this architecture."""
        return models.Diagonal.normal(self.inputs, self.layers, key=_key())


@dataclasses.dataclass(frozen=True)
class SquareDifference:
    """`f(x) = sum_j (a_j^2 - b_j^2) x_j`.

    Attributes:
        inputs: Dimension of an input.
    """

    inputs: int

    def __post_init__(self):
        _at_least_one(inputs=self.inputs)

    def template(self) -> models.SquareDifference:
        """A model of this architecture."""
        return models.SquareDifference.normal(self.inputs, key=_key())


@dataclasses.dataclass(frozen=True)
class CustomModel:
    """An architecture defined by your own function.

    Attributes:
        function: `module:function`, which takes no argument and returns a model: any
            callable pytree with a `domain`, whose inexact arrays are the parameters.
    """

    function: str

    def template(self) -> Any:
        """A model of this architecture."""
        return load(self.function, "model.function")()


Architecture = (
    TwoLayer
    | DeepNetwork
    | Convolution
    | MatrixProduct
    | Linear
    | Diagonal
    | SquareDifference
    | CustomModel
)
