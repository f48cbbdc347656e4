"""The descriptions of networks."""

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING

from ._spec import Spec

if TYPE_CHECKING:
    pass


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

    Examples:
        >>> spec = sf.architectures.TwoLayerSpec(width=3, inputs=5)
        >>> spec.parameters, spec.normal(jax.random.key(0)).w.shape
        (18, (3, 5))
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
        bias: Every layer has a bias; without, none has.

    Examples:
        >>> spec = sf.architectures.DeepSpec(widths=(2, 3, 1))
        >>> spec.parameters  # 3 (2 + 1) of the neurons, 3 + 1 of the output
        13
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
class ConvolutionSpec(Spec):
    """A two-layer convolution in one or two dimensions.

    Attributes:
        width: Number of kernels.
        inputs: Shape of an input: one or two numbers.
        kernel: Shape of a kernel: one or two numbers.
        shared: Whether all positions have the same kernels.
        bias: Whether neurons have an input bias.
        activation: An activation as for two-layer.

    Examples:
        >>> spec = sf.architectures.ConvolutionSpec(width=2, inputs=(5,), kernel=(3,))
        >>> spec.parameters  # two kernels of 3, each with a weight at 3 positions
        12
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

    Examples:
        >>> spec = sf.architectures.AttentionSpec(token_dim=4, length=3, heads=2)
        >>> spec.parameters  # two heads with four matrices of 4 x 2 each
        64
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
