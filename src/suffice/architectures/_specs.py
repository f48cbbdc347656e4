"""The descriptions of all architectures, and the list of them."""

import dataclasses
import itertools
import math
from typing import Any, ClassVar, get_args, TYPE_CHECKING

from ._spec import Spec

if TYPE_CHECKING:
    from jaxtyping import Array, Key


@dataclasses.dataclass(frozen=True)
class TwoLayerSpec(Spec):
    """A network of two layers: f(x) = sum_k a_k s(w_k . x + b_k) + c.

    Attributes:
        width: Number of hidden neurons.
        inputs: Number of inputs.
        activation: tanh, sigmoid, softplus, gelu, relu, erf, exp, sin, square,
            poly:0,1,3 ...
        bias: Whether neurons have an input bias.
        output_bias: Whether the output has a bias.
        outputs: Number of outputs; if it is omitted, the output is a scalar.
    """

    kind, model = "two-layer", "TwoLayer"
    width: int
    inputs: int
    activation: str = "tanh"
    bias: bool = False
    output_bias: bool = False
    outputs: int | None = None

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        outputs = self.outputs or 1
        neuron = self.inputs + outputs + self.bias
        return self.width * neuron + self.output_bias * outputs

    def resized(self, width: int) -> "TwoLayerSpec":
        """The same architecture with another width."""
        return dataclasses.replace(self, width=width)


@dataclasses.dataclass(frozen=True)
class DeepSpec(Spec):
    """A fully connected network with any number of layers.

    Attributes:
        widths: Numbers of inputs, of neurons of each hidden layer, and of outputs,
            e.g. 2 3 3 1.
        activation: An activation as for two-layer.
        bias: Whether every layer has a bias.
    """

    kind, model = "deep", "DeepNetwork"
    widths: tuple[int, ...]
    activation: str = "tanh"
    bias: bool = True

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        layers = itertools.pairwise(self.widths)
        return sum((inputs + self.bias) * outputs for inputs, outputs in layers)

    def resized(self, width: int) -> "DeepSpec":
        """The same number of layers, with all hidden widths equal to `width`."""
        hidden = (width,) * (len(self.widths) - 2)
        widths = (self.widths[0], *hidden, self.widths[-1])
        return dataclasses.replace(self, widths=widths)


@dataclasses.dataclass(frozen=True)
class MatrixSpec(Spec):
    """A matrix of low rank as a product of factors; an input is the index of an entry.

    Attributes:
        shape: Numbers of rows and columns.
        rank: Inner dimension of the product. A random matrix has this rank. For a model
            that is trained, it may exceed the numbers of rows and columns.
        layers: Number of factors.
    """

    kind, model = "matrix", "MatrixProduct"
    least: ClassVar = {"layers": 2}
    shape: tuple[int, int]
    rank: int
    layers: int = 2

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        return self.rank * (sum(self.shape) + (self.layers - 2) * self.rank)

    @property
    def arguments(self) -> dict[str, Any]:
        """The widths `(rows, rank, ..., rank, columns)`."""
        rows, columns = self.shape
        return {"widths": (rows, *(self.rank,) * (self.layers - 1), columns)}

    def check_rank(self) -> None:
        """Raise a ValueError if no matrix of this shape has this rank."""
        _possible(self.rank, self.shape)

    def normal(self, key: "Key[Array, '']") -> Any:
        """A product of standard normal factors, of exactly this rank."""
        self.check_rank()
        return super().normal(key)

    def resized(self, width: int) -> "MatrixSpec":
        """The same architecture with another inner dimension."""
        return dataclasses.replace(self, rank=width)


@dataclasses.dataclass(frozen=True)
class SymmetricSpec(Spec):
    """A symmetric matrix U U^T; an input is the index of an entry.

    Attributes:
        size: Number of rows and of columns.
        rank: Number of columns of U, as for matrix.
        signed: Whether every column of U has a coefficient, which may be negative.
    """

    kind, model = "symmetric", "SymmetricProduct"
    size: int
    rank: int
    signed: bool = False

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        return (self.size + self.signed) * self.rank

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `normal`; its width is the rank."""
        return {"size": self.size, "width": self.rank, "signed": self.signed}

    def check_rank(self) -> None:
        """Raise a ValueError if no matrix of this size has this rank."""
        _possible(self.rank, (self.size, self.size))

    def normal(self, key: "Key[Array, '']") -> Any:
        """A matrix with standard normal columns of U, of exactly this rank."""
        self.check_rank()
        return super().normal(key)

    def resized(self, width: int) -> "SymmetricSpec":
        """The same architecture with another number of columns of U."""
        return dataclasses.replace(self, rank=width)


@dataclasses.dataclass(frozen=True)
class LinearSpec(Spec):
    """A linear function theta . x: one parameter per input.

    Attributes:
        inputs: Number of inputs.
    """

    kind, model = "linear", "Linear"
    inputs: int

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        return self.inputs


@dataclasses.dataclass(frozen=True)
class DiagonalSpec(Spec):
    """A linear function as a deep diagonal network: sum_j prod_l a_lj x_j.

    Attributes:
        inputs: Number of inputs.
        layers: Number of layers.
        nonzero: Number of nonzero coefficients of a random model; if it is omitted,
            all. A model that is trained has all of them.
    """

    kind, model = "diagonal", "Diagonal"
    least: ClassVar = {"nonzero": 0}
    inputs: int
    layers: int = 2
    nonzero: int | None = None

    def __post_init__(self):
        super().__post_init__()
        if self.nonzero is not None and self.nonzero > self.inputs:
            raise ValueError(f"nonzero is {self.nonzero}; expected 0 to {self.inputs}.")

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        return self.inputs * self.layers

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `normal`: the numbers of inputs and layers."""
        return {"inputs": self.inputs, "layers": self.layers}

    def normal(self, key: "Key[Array, '']") -> Any:
        """A model with standard normal parameters, whose last coefficients are zero."""
        from suffice.models import Diagonal

        k = self.inputs if self.nonzero is None else self.nonzero
        return Diagonal(super().normal(key).a.at[:, k:].set(0.0))


@dataclasses.dataclass(frozen=True)
class SquareDifferenceSpec(Spec):
    """A linear function with squared parameters: sum_j (a_j^2 - b_j^2) x_j.

    Attributes:
        inputs: Number of inputs.
    """

    kind, model = "square-difference", "SquareDifference"
    inputs: int

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        return 2 * self.inputs


@dataclasses.dataclass(frozen=True)
class ConvolutionSpec(Spec):
    """A two-layer convolution in one or two dimensions.

    Attributes:
        width: Number of kernels.
        inputs: Shape of an input: one or two numbers.
        kernel: Shape of a kernel: one or two numbers.
        shared: Whether all positions have the same kernels.
        bias: Whether neurons have an input bias.
        activation: An activation as for two-layer.
    """

    kind, model = "convolution", "Convolution"
    width: int
    inputs: tuple[int, ...]
    kernel: tuple[int, ...]
    shared: bool = True
    bias: bool = False
    activation: str = "tanh"

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        axes = zip(self.inputs, self.kernel, strict=False)
        positions = math.prod(max(0, side + 1 - part) for side, part in axes)
        kernel = math.prod(self.kernel)
        units = 1 if self.shared else positions
        return self.width * (positions + units * (kernel + self.bias))

    def resized(self, width: int) -> "ConvolutionSpec":
        """The same architecture with another number of kernels."""
        return dataclasses.replace(self, width=width)


@dataclasses.dataclass(frozen=True)
class AttentionSpec(Spec):
    """One layer of softmax attention.

    Attributes:
        token_dim: Dimension of a token.
        length: Number of tokens of an input.
        heads: Number of heads.
        key_dim: Dimension of queries and keys; if it is omitted, token_dim // heads.
        value_dim: Dimension of values; if it is omitted, token_dim // heads.
    """

    kind, model = "attention", "Attention"
    token_dim: int
    length: int
    heads: int = 1
    key_dim: int | None = None
    value_dim: int | None = None

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        whole = max(1, self.token_dim // self.heads)
        inner = (self.key_dim or whole) + (self.value_dim or whole)
        return 2 * self.heads * self.token_dim * inner


def _possible(rank: int, shape: tuple[int, int]) -> None:
    if rank > min(shape):
        raise ValueError(
            f"rank is {rank}, but a {shape[0]} x {shape[1]} matrix has at most rank "
            f"{min(shape)}; lower the rank."
        )


Architecture = (
    TwoLayerSpec
    | DeepSpec
    | MatrixSpec
    | SymmetricSpec
    | LinearSpec
    | DiagonalSpec
    | SquareDifferenceSpec
    | ConvolutionSpec
    | AttentionSpec
)
KINDS: dict[str, type[Spec]] = {spec.kind: spec for spec in get_args(Architecture)}
