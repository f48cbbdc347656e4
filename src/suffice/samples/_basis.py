"""An orthonormal basis of the tangent functions over a pool of inputs."""

import dataclasses

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import (
    check_size,
    count_parameters,
    EPS,
    evaluate,
    free_memory,
    Inputs,
    Model,
    numerical_rank,
    threads_for,
)
from suffice.models import Domain
from suffice.tangent import Rank, sketch, tangent_rank
from suffice.tangent._shared import (
    DENSE_ENTRIES,
    on_kinks,
    sketched_kinks,
    tangent_matrix,
)

from ._irreducible import representatives

COPIES = 8  # arrays of directions over the pool that are held at once, as measured


@dataclasses.dataclass(frozen=True)
class TangentBasis:
    """Tangent functions `q_1, ..., q_R`, orthonormal in mean square over a pool.

    Attributes:
        model: The parameters of the target whose tangent space this is.
        rank: The dimension `R` of the space, with the evidence.
        mixing: Matrix that maps tangent columns to the `q`, of shape `(columns, R)`.
        key: Random key of the sketch; None where the columns are those of the tangent
            matrix itself.
        values: The basis functions at the inputs of the pool.
        errors: How far rounding may have moved each of the values.
    """

    model: Model
    rank: Rank
    mixing: Float[np.ndarray, "columns rank"]
    key: Key[Array, ""] | None
    values: Float[np.ndarray, "n outputs rank"]
    errors: Float[np.ndarray, "n outputs rank"]

    def measured(self, x: Inputs) -> tuple[np.ndarray, np.ndarray]:
        """Values and errors of the basis functions at other inputs."""
        columns = _columns(self.model, x, len(self.mixing), self.key)
        return _mixed(*columns, self.mixing, count(x))


def tangent_basis(
    target: Model, pool: Inputs, *, domain: Domain | None, key: Key[Array, ""]
) -> TangentBasis:
    """The smallest basis of `tangent_bases`."""
    return tangent_bases(target, pool, domain=domain, key=key)[0]


def tangent_bases(
    target: Model, pool: Inputs, *, domain: Domain | None, key: Key[Array, ""]
) -> list[TangentBasis]:
    """Orthonormal bases of tangent functions of a target, over a pool.

    There is one basis for each of the known parameters of the target whose rank is
    decided and whose tangent functions are independent on the pool, in the order of
    their ranks. Large models are sketched; the sketch has the same column space.

    Raises:
        ValueError: There is none: all ranks are undecided, or the tangent functions
            are linearly dependent on the pool.
    """
    bases, errors = [], []
    for model in representatives(target, domain):
        try:
            bases.append(_basis(model, pool, domain, key))
        except UnseenError as error:
            errors.append(error)
    if not bases:
        raise errors[0]
    return sorted(bases, key=lambda basis: basis.rank.value or 0)


class UnseenError(ValueError):
    """No basis: the rank is undecided, or the pool does not show every direction."""


def _basis(model: Model, pool: Inputs, domain, key) -> TangentBasis:
    rank = tangent_rank(model, domain=domain, key=key)
    parameters, n = count_parameters(model), count(pool)
    outputs = evaluate(model, jax.tree.map(lambda leaf: leaf[:1], pool)).size
    rows = n * outputs
    if rows < rank.lower:
        raise UnseenError(_too_few(n, f"at most {rows}", rank.lower))
    check_size(
        COPIES * rows * rank.lower,
        f"the choice among {rows} outputs in {rank.lower} directions",
        "take fewer candidates or a smaller model",
        most=free_memory() / 2,
    )
    dense = parameters * n <= DENSE_ENTRIES
    wanted = rank.lower + max(10, rank.lower // 20)
    columns, error = _columns(model, pool, wanted, None if dense else key)
    enough = rank.upper if rank.value is None else rank.value
    with threads_for(columns.shape[1]):
        resolved = _resolved(columns, error, enough)
    if rank.value is None and resolved == rank.upper:
        met = {"value": resolved, "lower": resolved, "status": "measured", "note": None}
        rank = dataclasses.replace(rank, **met)
    if rank.value is None:
        raise UnseenError(
            f"{rank.headline()} It is needed to decide whether samples suffice."
        )
    if resolved < rank.value:
        raise UnseenError(_too_few(n, f"in float64 only {resolved}", rank.value))
    with threads_for(columns.shape[1]):
        mixing = _orthonormal(columns, rank.value)
    key = None if dense else key
    mixing *= np.sqrt(n)
    return TangentBasis(model, rank, mixing, key, *_mixed(columns, error, mixing, n))


def _resolved(columns, error, enough: int) -> int:
    """The directions that a part of the pool shows or, if too few, all of it."""
    part = slice(None, None, 1 + len(columns) // (8 * columns.shape[1] + 8))
    shown = numerical_rank(columns[part], error=error[part]).lower
    return shown if shown >= enough else numerical_rank(columns, error=error).lower


def _orthonormal(columns, rank: int) -> np.ndarray:
    """A matrix `M` such that the columns of `columns @ M` are orthonormal."""
    largest = np.abs(columns).max(axis=0, initial=0.0)
    # Dividing by the largest entry first, no square overflows or underflows.
    scale = np.where(largest > 0, largest, 1.0)
    scale = scale * np.maximum(np.linalg.norm(columns / scale, axis=0), 1.0)
    triangle = np.linalg.qr(columns / scale, mode="r")
    _, sigma, v = np.linalg.svd(triangle, full_matrices=False)
    return (v[:rank] / sigma[:rank, None] / scale).T


def _mixed(columns, error, mixing, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The values of basis functions at `n` inputs, and their errors."""
    shape = n, len(columns) // n, mixing.shape[1]
    error = error @ np.abs(mixing)
    return (columns @ mixing).reshape(shape), error.reshape(shape)


def _too_few(n: int, seen: str, rank: int) -> str:
    return (
        f"the pool of {n} inputs shows {seen} of the {rank} tangent directions of the "
        "target, so no sample from it suffices; pass a larger or more varied pool."
    )


def _columns(
    model: Model, x: Inputs, columns: int, key: Key[Array, ""] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The tangent matrix, or a sketch of it where a key is given, and its errors.

    Rows of inputs on a kink, which have no derivative, are all error.
    """
    if key is None:
        found = tangent_matrix(model, x)
        matrix, error = found.matrix, found.error
        kinks = on_kinks(model, x, found.traits)
    else:
        matrix = np.asarray(sketch(model, x, columns, key=key))
        error = 20 * EPS * np.linalg.norm(matrix, axis=1, keepdims=True)
        kinks = sketched_kinks(model, x)
    jumps = np.repeat(kinks, len(matrix) // count(x))[:, None]
    return matrix, np.where(jumps, np.abs(matrix), error)


def count(x: Inputs) -> int:
    """The number of inputs stacked along the leading axis."""
    return len(jax.tree.leaves(x)[0])
