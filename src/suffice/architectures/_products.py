"""The descriptions of functions that are linear in products of their parameters."""

import dataclasses
from typing import Any, ClassVar, TYPE_CHECKING

from ._spec import Spec

if TYPE_CHECKING:
    from jaxtyping import Array, Key


@dataclasses.dataclass(frozen=True)
class MatrixSpec(Spec):
    """A matrix of low rank as a product of factors; an input is the index of an entry.

    Attributes:
        shape: Numbers of rows and columns.
        rank: Inner dimension of the product. A random matrix has this rank. For a model
            that is trained, it may exceed the numbers of rows and columns.
        layers: Number of factors.

    Examples:
        >>> spec = sf.architectures.MatrixSpec(shape=(4, 5), rank=2)
        >>> left, right = spec.normal(jax.random.key(0)).factors
        >>> int(np.linalg.matrix_rank(left @ right))
        2
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

    Examples:
        >>> spec = sf.architectures.SymmetricSpec(size=3, rank=2)
        >>> model = spec.normal(jax.random.key(0))
        >>> spec.parameters, sf.tangent_rank(model).value  # rotating U changes nothing
        (6, 5)
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

    Examples:
        >>> spec = sf.architectures.LinearSpec(inputs=3)
        >>> spec.parameters, spec.template()(jnp.ones(3)).shape
        (3, ())
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

    Examples:
        >>> spec = sf.architectures.DiagonalSpec(inputs=3, nonzero=1)
        >>> model = spec.normal(jax.random.key(0))
        >>> float(model(jnp.array([0.0, 5.0, 7.0])))  # only the first input counts
        0.0
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

    Examples:
        >>> spec = sf.architectures.SquareDifferenceSpec(inputs=3)
        >>> model = spec.normal(jax.random.key(0))
        >>> spec.parameters, sf.tangent_rank(model).value  # two for each coefficient
        (6, 3)
    """

    kind, model = "square-difference", "SquareDifference"
    inputs: int

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        return 2 * self.inputs


def _possible(rank: int, shape: tuple[int, int]) -> None:
    if rank > min(shape):
        raise ValueError(
            f"rank is {rank}, but a {shape[0]} x {shape[1]} matrix has at most rank "
            f"{min(shape)}; lower the rank."
        )
