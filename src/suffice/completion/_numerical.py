"""One random flex of a large mask, by an iterative projection in float64."""

import dataclasses

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import lsmr

from ._field import Floats
from ._mask import Mask

STILL, MOVING = 1e-9, 1e-6
MAX_ITERATIONS = 4000


@dataclasses.dataclass(frozen=True, eq=False)
class NumericalFlex:
    """A random flex in float64.

    Attributes:
        a: Row factors.
        b: Column factors.
        da: Moves of the row factors.
        db: Moves of the column factors.
        converged: Whether the flex keeps the observed entries to rounding.
    """

    a: np.ndarray
    b: np.ndarray
    da: np.ndarray
    db: np.ndarray
    converged: bool


def completion_matrix(
    mask: Mask, a: np.ndarray, b: np.ndarray, still: tuple[np.ndarray, np.ndarray]
) -> sp.csr_array:
    """The sparse Jacobian of the observed entries, columns of what is still zeroed."""
    r = a.shape[1]
    (m, n), entries = mask.shape, mask.size
    left = np.where(still[0][mask.rows][:, None], 0.0, b[mask.cols])
    right = np.where(still[1][mask.cols][:, None], 0.0, a[mask.rows])
    slots = np.arange(r)
    indices = np.concatenate(
        [mask.rows[:, None] * r + slots, (m + mask.cols[:, None]) * r + slots], axis=1
    )
    pointers = np.arange(entries + 1) * 2 * r
    data = np.concatenate([left, right], axis=1).ravel()
    shape = (entries, (m + n) * r)
    return sp.csr_array((data, indices.ravel(), pointers), shape=shape)


def numerical_flex(
    mask: Mask, rank: int, still: tuple[np.ndarray, np.ndarray], field: Floats
) -> NumericalFlex:
    """Project a random motion onto the flexes of a mask.

    Factors of norm one and a block Jacobi preconditioner keep the least-squares
    problem well conditioned; a second projection removes what rounding left.
    """
    (m, n), r = mask.shape, rank
    a, b = field.factors(m, r), field.factors(n, r)
    jacobian = completion_matrix(mask, a, b, still)
    scale = _block_jacobi(mask, a, b, still)
    scaled = sp.csr_array(jacobian @ scale)
    transposed = sp.csr_array(scaled.T)
    operator = _operator(scaled, transposed)
    x = field.random((m + n) * r)
    x[np.repeat(np.concatenate(still), r)] = 0.0
    size = np.linalg.norm(x) / np.sqrt(len(x))
    for _ in range(2):
        found = lsmr(
            operator, scaled @ x, atol=1e-15, btol=1e-15, conlim=0,
            maxiter=MAX_ITERATIONS,
        )  # fmt: skip
        x = x - found[0]
    residual = np.abs(scaled @ x).max(initial=0.0)
    moves = (scale @ x).reshape(m + n, r)
    moves[np.concatenate(still)] = 0.0
    converged = bool(residual <= 1e-12 * size)
    return NumericalFlex(a, b, moves[:m], moves[m:], converged)


def _operator(matrix, transposed):
    from scipy.sparse.linalg import LinearOperator

    return LinearOperator(
        matrix.shape,
        matvec=lambda v: matrix @ np.ravel(v),
        rmatvec=lambda v: transposed @ np.ravel(v),
        dtype=float,
    )


def _block_jacobi(mask, a, b, still):
    """The inverse square root of every diagonal block of the normal matrix."""
    grams = np.concatenate(
        [
            _grams(mask.rows, b[mask.cols], mask.shape[0], still[0]),
            _grams(mask.cols, a[mask.rows], mask.shape[1], still[1]),
        ]
    )
    values, vectors = np.linalg.eigh(grams)
    roots = 1.0 / np.sqrt(np.maximum(values, 1e-12 * values[:, -1:]))
    blocks = (vectors * roots[:, None, :]) @ vectors.transpose(0, 2, 1)
    count, r, _ = blocks.shape
    pointers = np.arange(count + 1)
    return sp.csr_array(
        sp.bsr_array((blocks, np.arange(count), pointers), shape=(count * r,) * 2)
    )


def _grams(owner, vectors, count, still):
    r = vectors.shape[1]
    sums = np.empty((count, r, r))
    for k in range(r):
        for other in range(k + 1):
            products = vectors[:, k] * vectors[:, other]
            sums[:, k, other] = np.bincount(owner, products, minlength=count)
            sums[:, other, k] = sums[:, k, other]
    sums[still] = np.eye(r)
    return sums
