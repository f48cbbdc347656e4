"""Models from flags, from a saved file, or from a Python file of the user's."""

import dataclasses
import importlib.util
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro


@dataclasses.dataclass(frozen=True)
class TwoLayerFlags:
    """f(x) = sum_k a_k s(w_k . x + b_k) + c, at normal parameters."""

    inputs: int
    """Dimension of an input."""
    width: int
    """Number of hidden neurons."""
    activation: str = "tanh"
    """tanh, sigmoid, softplus, gelu, relu, erf, exp, sin, square, poly:0,1,3 ..."""
    bias: bool = False
    """Neurons have an input bias."""
    output_bias: bool = False
    """The output has a bias."""
    outputs: int | None = None
    """Number of outputs; without it the output is a scalar."""

    def build(self, key):
        """The model at random parameters."""
        from suffice.models import TwoLayer

        positive(inputs=self.inputs, width=self.width, outputs=self.outputs or 1)
        return TwoLayer.normal(
            self.width,
            self.inputs,
            key=key,
            outputs=self.outputs,
            bias=self.bias,
            output_bias=self.output_bias,
            activation=self.activation,
        )


@dataclasses.dataclass(frozen=True)
class DeepFlags:
    """A fully connected network of any depth, at normal parameters."""

    widths: tuple[int, ...]
    """Inputs, hidden layers, outputs, e.g. 2 3 3 1."""
    activation: str = "tanh"
    """As for two-layer."""
    bias: bool = True
    """Without biases: --no-bias."""

    def build(self, key):
        """The model at random parameters."""
        from suffice.models import DeepNetwork

        return DeepNetwork.normal(
            self.widths, key=key, bias=self.bias, activation=self.activation
        )


@dataclasses.dataclass(frozen=True)
class MatrixFlags:
    """A matrix of low rank as a product of factors; inputs are its entries."""

    shape: tuple[int, int]
    """Rows and columns."""
    rank: int
    """Rank of the matrix."""
    layers: int = 2
    """Number of factors."""

    def build(self, key):
        """The model at random factors."""
        from suffice.models import MatrixProduct

        rows, columns = self.shape
        positive(rank=self.rank, layers=self.layers - 1, rows=rows, columns=columns)
        if self.rank > min(self.shape):
            raise ValueError(
                f"rank is {self.rank}, but a {rows} x {columns} matrix has at most "
                f"rank {min(self.shape)}."
            )
        inner = (self.rank,) * (self.layers - 1)
        return MatrixProduct.normal((rows, *inner, columns), key=key)


@dataclasses.dataclass(frozen=True)
class SymmetricFlags:
    """A symmetric matrix U U^T; inputs are its entries."""

    size: int
    """Rows, which are as many as columns."""
    rank: int
    """Rank of the matrix."""
    signed: bool = False
    """Every column of U has a coefficient of its own, which may be negative."""

    def build(self, key):
        """The model at random columns."""
        from suffice.models import SymmetricProduct

        positive(size=self.size, rank=self.rank)
        if self.rank > self.size:
            raise ValueError(
                f"rank is {self.rank}, but a {self.size} x {self.size} matrix has at "
                f"most rank {self.size}."
            )
        return SymmetricProduct.normal(
            self.size, self.rank, key=key, signed=self.signed
        )


@dataclasses.dataclass(frozen=True)
class DiagonalFlags:
    """A linear function as a deep diagonal network: sum_j prod_l a_lj x_j."""

    inputs: int
    """Dimension of an input."""
    nonzero: int | None = None
    """How many coefficients are not zero; without it all of them."""
    layers: int = 2
    """Depth."""

    def build(self, key):
        """The model at random parameters, the last coefficients zero."""
        from suffice.models import Diagonal

        k = self.inputs if self.nonzero is None else self.nonzero
        positive(inputs=self.inputs, layers=self.layers)
        if not 0 <= k <= self.inputs:
            raise ValueError(f"nonzero is {k}; expected 0 to {self.inputs}.")
        model = Diagonal.normal(self.inputs, self.layers, key=key)
        return Diagonal(model.a.at[:, k:].set(0.0))


@dataclasses.dataclass(frozen=True)
class ConvolutionFlags:
    """A two-layer convolution in one or two dimensions, at normal parameters."""

    width: int
    """Number of kernels."""
    shape: tuple[int, ...]
    """Shape of an input: one or two numbers."""
    kernel: tuple[int, ...]
    """Shape of a kernel: one or two numbers."""
    shared: bool = True
    """One kernel serves all positions; otherwise --no-shared."""
    bias: bool = False
    """Neurons have an input bias."""
    activation: str = "tanh"
    """As for two-layer."""

    def build(self, key):
        """The model at random parameters."""
        from suffice.models import Convolution

        positive(width=self.width)
        return Convolution.normal(
            self.width,
            self.shape,
            self.kernel,
            key=key,
            shared=self.shared,
            bias=self.bias,
            activation=self.activation,
        )


@dataclasses.dataclass(frozen=True)
class AttentionFlags:
    """One layer of softmax attention, at normal parameters."""

    token_dim: int
    """Dimension of a token."""
    length: int
    """Number of tokens of an input."""
    heads: int = 1
    """Number of heads."""
    key_dim: int | None = None
    """Width of queries and keys."""
    value_dim: int | None = None
    """Width of values."""

    def build(self, key):
        """The model at random parameters."""
        from suffice.models import Attention

        positive(token_dim=self.token_dim, length=self.length, heads=self.heads)
        return Attention.normal(
            self.token_dim,
            self.length,
            key=key,
            heads=self.heads,
            key_dim=self.key_dim,
            value_dim=self.value_dim,
        )


@dataclasses.dataclass(frozen=True)
class FileFlags:
    """A model of your own."""

    file: Annotated[str, tyro.conf.Positional]
    """FILE.npz written by suffice.models.save_model, or FILE.py:name; a Python file is
    executed, so name only one that you trust."""

    def build(self, key):
        """The model in the file."""
        del key
        path, colon, name = self.file.rpartition(":")
        if colon and path.endswith(".py"):
            return from_python(Path(path), name)
        return _saved(self.file)


KINDS: dict[str, type] = {
    "two-layer": TwoLayerFlags,
    "deep": DeepFlags,
    "matrix": MatrixFlags,
    "symmetric": SymmetricFlags,
    "diagonal": DiagonalFlags,
    "convolution": ConvolutionFlags,
    "attention": AttentionFlags,
}


def from_python(path: Path, name: str) -> Any:
    """Execute a Python file of the user's and return one name from it.

    Raises:
        ValueError: The file does not exist, lacks the name, or the name is no model.
    """
    if not path.is_file():
        raise ValueError(f"there is no Python file {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    print(f"suffice: executing {path} for {name!r}", file=sys.stderr)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        names = [n for n in vars(module) if not n.startswith("_")]
        raise ValueError(f"{path} defines no {name!r}; it has {', '.join(names)}.")
    model = getattr(module, name)
    return _checked(model, f"{path}:{name}")


def _checked(model: Any, where: str) -> Any:
    from suffice._core import count_parameters
    from suffice.tangent import from_torch

    if any(cls.__module__.startswith("torch.nn") for cls in type(model).__mro__):
        model = from_torch(model)
    if not callable(model) or count_parameters(model) == 0:
        raise ValueError(
            f"{where} is no model: expected a callable pytree with floating-point "
            "arrays as its parameters, or a torch.nn.Module."
        )
    return model


def _saved(file: str) -> Any:
    from suffice.models import load_model

    if not Path(file).exists() and not Path(file).suffix:
        raise ValueError(
            f"{file!r} is neither a kind of model ({', '.join(KINDS)}) nor a file."
        )
    return load_model(file)


def positive(**counts: int) -> None:
    """Refuse sizes below 1."""
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} is {count}; expected a positive number.")
