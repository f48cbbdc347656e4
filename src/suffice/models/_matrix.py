"""Matrix factorisations as models whose input is the index of an entry."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import check_size

from ._domain import Points


class MatrixProduct(eqx.Module):
    """A matrix factorisation: the entry `(i, j)` of `W_L ... W_2 W_1`.

    Matrix completion is regression with this model on a finite domain, the entries.

    Attributes:
        factors: The matrices `(W_L, ..., W_1)`, in the order of the product.

    Examples:
        >>> left, right = jnp.array([[1.0, 2.0]]), jnp.array([[3.0], [4.0]])
        >>> model = sf.MatrixProduct((left, right))
        >>> float(model(jnp.array([1, 0])))
        11.0
    """

    factors: tuple[Float[Array, "_ _"], ...]

    def __check_init__(self):
        if not self.factors:
            raise ValueError("factors is empty; expected at least one matrix.")
        for left, right in itertools.pairwise(self.factors):
            if left.shape[1] != right.shape[0]:
                raise ValueError(
                    f"a factor of shape {left.shape} cannot be multiplied by one of "
                    f"shape {right.shape}: columns on the left must equal rows on the "
                    "right."
                )

    @classmethod
    def normal(
        cls, widths: Sequence[int], scale: float = 1.0, *, key: Key[Array, ""]
    ) -> "MatrixProduct":
        """Draw every entry of every factor from `N(0, scale^2)`.

        Args:
            widths: `(rows, inner, ..., inner, columns)`: the factors have shapes
                `(widths[0], widths[1])`, `(widths[1], widths[2])` and so on.
            scale: Standard deviation of every entry.
            key: Random key.

        Raises:
            ValueError: There are fewer than two widths, or one is not positive.
        """
        if len(widths) < 2 or min(widths) < 1:
            raise ValueError(
                f"widths is {tuple(widths)}; expected (rows, ..., columns), all >= 1."
            )
        pairs = list(itertools.pairwise(widths))
        keys = jax.random.split(key, len(pairs))
        return cls(
            tuple(
                scale * jax.random.normal(k, pair)
                for k, pair in zip(keys, pairs, strict=True)
            )
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the product."""
        return self.factors[0].shape[0], self.factors[-1].shape[1]

    @property
    def inputs(self) -> int:
        """Length of an input, the pair `(i, j)`."""
        return 2

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return 1

    @property
    def domain(self) -> Points:
        """All entries `(i, j)`, row by row."""
        return _entries(self.shape)

    def product(self) -> Float[Array, "rows columns"]:
        """The whole matrix."""
        return _chain(self.factors)

    def __call__(self, x: Int[Array, "2"]) -> Float[Array, ""]:
        """Evaluate at one entry; use `jax.vmap` for many."""
        row, *inner = self.factors[0][x[0]], *self.factors[1:]
        if not inner:
            return row[x[1]]
        return _chain((row, *inner[:-1])) @ inner[-1][:, x[1]]


class SymmetricProduct(eqx.Module):
    """A symmetric factorisation: an entry of `U U^T` or of `sum_k a_k u_k u_k^T`.

    Attributes:
        u: The matrix `U` with columns `u_k`, of shape `(size, width)`.
        a: Coefficients of shape `(width,)`, which may be negative; None for `U U^T`.

    Examples:
        >>> model = sf.SymmetricProduct(jnp.array([[1.0], [2.0]]))
        >>> float(model(jnp.array([0, 1])))
        2.0
    """

    u: Float[Array, "size width"]
    a: Float[Array, " width"] | None = None

    def __check_init__(self):
        if self.a is not None and self.a.shape != (self.u.shape[1],):
            raise ValueError(
                f"a has shape {self.a.shape}, expected ({self.u.shape[1]},): one "
                "coefficient per column of u."
            )

    @classmethod
    def normal(
        cls,
        size: int,
        width: int,
        scale: float = 1.0,
        *,
        key: Key[Array, ""],
        signed: bool = False,
    ) -> "SymmetricProduct":
        """Draw every parameter from `N(0, scale^2)`.

        Args:
            size: Rows and columns of the matrix.
            width: Number of columns of `U`.
            scale: Standard deviation of every parameter.
            key: Random key.
            signed: Whether every column has a coefficient `a_k`.
        """
        ku, ka = jax.random.split(key)
        u = scale * jax.random.normal(ku, (size, width))
        return cls(u, scale * jax.random.normal(ka, (width,)) if signed else None)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the product."""
        return self.u.shape[0], self.u.shape[0]

    @property
    def inputs(self) -> int:
        """Length of an input, the pair `(i, j)`."""
        return 2

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return 1

    @property
    def domain(self) -> Points:
        """The distinct entries, `i <= j`."""
        return _entries(self.shape, upper=True)

    def product(self) -> Float[Array, "size size"]:
        """The whole matrix."""
        return (self.u if self.a is None else self.u * self.a[None]) @ self.u.T

    def __call__(self, x: Int[Array, "2"]) -> Float[Array, ""]:
        """Evaluate at one entry; use `jax.vmap` for many."""
        left = self.u[x[0]] if self.a is None else self.a * self.u[x[0]]
        return left @ self.u[x[1]]


def _entries(shape: tuple[int, int], *, upper: bool = False) -> Points:
    """All entries of a matrix row by row, or those with `i <= j`."""
    rows, columns = shape
    check_size(
        2 * rows * columns,
        f"the list of all entries of a {rows} x {columns} matrix",
        "take a smaller matrix",
    )
    there = np.ones(shape, bool)
    return Points(np.argwhere(np.triu(there) if upper else there))


def _chain(factors):
    product = factors[0]
    for factor in factors[1:]:
        product = jnp.matmul(product, factor)
    return product
