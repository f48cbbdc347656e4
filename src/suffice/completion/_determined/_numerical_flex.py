"""One random flex of a large mask, by an iterative projection in float64."""

import dataclasses

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, lsmr

from suffice.completion._entries._mask import Mask

from ._field import Floats
from ._jacobian import block_jacobi, completion_matrix

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


class LeastSquares:
    """Preconditioned least squares with the completion matrix of a mask.

    Attributes:
        scaled: The completion matrix times the block Jacobi scaling.
        scale: The scaling, by which a solution is multiplied.
    """

    def __init__(
        self,
        mask: Mask,
        a: np.ndarray,
        b: np.ndarray,
        still: tuple[np.ndarray, np.ndarray],
    ):
        self.scale = block_jacobi(mask, a, b, still)
        jacobian = completion_matrix(mask, a, b, still)
        self.scaled = sp.csr_array(jacobian @ self.scale)
        transposed = sp.csr_array(self.scaled.T)
        self.operator = LinearOperator(
            self.scaled.shape,
            matvec=lambda v: self.scaled @ np.ravel(v),
            rmatvec=lambda v: transposed @ np.ravel(v),
            dtype=float,
        )

    def solve(self, right: np.ndarray, tolerance: float = 1e-15) -> np.ndarray:
        """Return the least-squares solution of least norm, in the scaled unknowns."""
        return lsmr(
            self.operator, right, atol=tolerance, btol=tolerance, conlim=0,
            maxiter=MAX_ITERATIONS,
        )[0]  # fmt: skip

    def onto_flexes(self, x: np.ndarray) -> tuple[np.ndarray, bool]:
        """Project scaled unknowns onto the flexes; also return whether it converged.

        The projection is done twice, to remove the rounding error of the first.
        """
        size = np.linalg.norm(x) / np.sqrt(max(len(x), 1))
        for _ in range(2):
            x = x - self.solve(self.scaled @ x)
        residual = np.abs(self.scaled @ x).max(initial=0.0)
        return self.scale @ x, bool(residual <= 1e-12 * size)


def numerical_flex(
    mask: Mask, rank: int, still: tuple[np.ndarray, np.ndarray], field: Floats
) -> NumericalFlex:
    """Draw generic factors and project a random motion onto the flexes there."""
    a, b = (field.factors(size, rank) for size in mask.shape)
    da, db, converged = flex_at(mask, a, b, still, field)
    return NumericalFlex(a, b, da, db, converged)


def flex_at(
    mask: Mask,
    a: np.ndarray,
    b: np.ndarray,
    still: tuple[np.ndarray, np.ndarray],
    field: Floats,
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return a random flex at given factors, and whether its computation converged."""
    (m, n), r = mask.shape, a.shape[1]
    resting = np.concatenate(still)
    x = field.random((m + n) * r)
    x[np.repeat(resting, r)] = 0.0
    flex, converged = LeastSquares(mask, a, b, still).onto_flexes(x)
    moves = flex.reshape(m + n, r)
    moves[resting] = 0.0
    return moves[:m], moves[m:], converged
