"""How strongly noise on the observed entries is amplified in all entries."""

import dataclasses
from typing import Literal

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import EPS, Numbers, numerical_rank, numpy_rng, Result
from suffice._core.literature import bases
from suffice.completion._determined._field import Floats
from suffice.completion._determined._jacobian import block_jacobi, completion_matrix
from suffice.completion._determined._numerical_flex import flex_at, LeastSquares, MOVING
from suffice.completion._entries._mask import Mask, MaskLike, read_mask

DENSE_UNKNOWNS = 3000
NULL = 1e-10


@dataclasses.dataclass(frozen=True)
class StabilityMap(Result):
    """Standard error of every entry per unit of independent noise on the observed ones.

    Attributes:
        amplification: The standard error, shape `(rows, columns)`, at least 0; infinite
            where the observed entries do not determine the entry at these factors.
        method: `exact` (an eigenvalue decomposition) or `sampled` (the spread over
            completions of random noise).
        relative_error: Relative standard error of each number; 0 for `exact`.
        rank: Rank of the factors.
    """

    grounds = bases.NOISE

    amplification: Float[np.ndarray, "rows columns"]
    method: Literal["exact", "sampled"]
    relative_error: float
    rank: int

    def headline(self) -> str:
        """The typical amplification, in one sentence."""
        finite = np.isfinite(self.amplification)
        middle = np.median(self.amplification[finite]) if finite.any() else np.nan
        return (
            f"A unit of noise becomes {middle:.3g} in the median entry at rank "
            f"{self.rank}; {100 * (1 - finite.mean()):.4g} % of the entries are not "
            "determined."
        )


def stability_map(
    left: Float[Array | np.ndarray, "rows _"],
    right: Float[Array | np.ndarray, "_ columns"],
    mask: MaskLike,
    *,
    probes: int = 64,
    key: Key[Array, ""] | None = None,
) -> StabilityMap:
    r"""Return how noise is amplified in every entry of a fitted matrix `A B`.

        amp_kl = √(t_klᵀ (Cᵀ C)⁺ t_kl)

    with `C` the completion matrix at the factors and `t_kl` the row of the entry. It
    is the same for every pair of factors with the same product. With up to 3000
    unknowns, `rank (rows + columns)`, it is computed exactly; with more, it is the
    spread over `probes` least-squares solutions with random noise.

    Use it for the accuracy of a completion; `mask_report` only says what is
    determined.

    Args:
        left: Factors of the rows, `(rows, rank)`.
        right: Factors of the columns, `(rank, columns)`.
        mask: See `mask_report`.
        probes: Number of noisy solutions for a large matrix, at least 2; the relative
            error of the result is `1 / √(2 probes)`.
        key: Random key of the noise; None takes `jax.random.key(0)`.

    Returns:
        The standard error of every entry per unit of noise, infinite where the entry
        is not determined.

    Raises:
        ValueError: The shapes do not agree, a factor is not finite, the product has a
            smaller rank than the factors, or `probes` is below 2.

    Source:
        First-order error propagation; derived and verified here.

    Examples:
        >>> left, right = jnp.ones((3, 1)), jnp.ones((1, 3))
        >>> mask = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], bool)
        >>> key = jax.random.key(0)
        >>> print(sf.completion.stability_map(left, right, mask, key=key).headline())
        A unit of noise becomes 0.856 in the median entry at rank 1; 0 % of the entries
        are not determined.
    """
    observed = read_mask(mask)
    left, right = balanced_factors(left, right, observed)
    if probes < 2:
        raise ValueError(f"probes is {probes}; expected at least 2.")
    return stability_at(left, right, observed, probes=probes, key=key)


def stability_at(
    left: Float[np.ndarray, "rows _"],
    right: Float[np.ndarray, "columns _"],
    mask: Mask,
    *,
    probes: int = 64,
    key: Key[Array, ""] | None = None,
) -> StabilityMap:
    """Return how noise is amplified for motions `da B' + A db'` of factors.

    The factors need not be balanced, and their product need not be the matrix: those of
    a matrix with offsets have a further column.
    """
    if left.size + right.size <= DENSE_UNKNOWNS:
        covariance, kernel = covariance_and_kernel(mask, left, right)
        squared = variances(covariance, left, right)
        squared[undetermined(kernel, mask, left, right)] = np.inf
        method, error = "exact", 0.0
    else:
        squared = _sampled(mask, left, right, probes, key)
        method, error = "sampled", 1.0 / np.sqrt(2 * probes)
    return StabilityMap(np.sqrt(squared), method, float(error), left.shape[1])


def balanced_factors(
    left: Numbers, right: Numbers, mask: Mask
) -> tuple[np.ndarray, np.ndarray]:
    """Return factors `(rows, rank)` and `(columns, rank)` with the same product.

    Their Gram matrices are equal.

    Raises:
        ValueError: The shapes do not agree, a factor is not finite, or the product has
            a smaller rank than the factors.
    """
    left, right = np.asarray(left, float), np.asarray(right, float)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[0]:
        raise ValueError(
            f"left has shape {left.shape} and right {right.shape}; expected (rows, "
            "rank) and (rank, columns)."
        )
    shape = len(left), right.shape[1]
    if shape != mask.shape:
        raise ValueError(
            f"left @ right has shape {shape} and the mask {mask.shape}; pass factors "
            "and mask of one matrix."
        )
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise ValueError("left or right has entries that are not finite; fit again.")
    left_basis, left_root = np.linalg.qr(left)
    right_basis, right_root = np.linalg.qr(right.T)
    core = left_root @ right_root.T
    rank = numerical_rank(core, error=_error_of_product(left_root, right_root)).lower
    u, sigma, v = np.linalg.svd(core)
    if rank < left.shape[1]:
        raise ValueError(
            f"left @ right has rank {rank} with factors of rank {left.shape[1]}; pass "
            "factors of the rank of their product."
        )
    root = np.sqrt(sigma)
    return left_basis @ u * root, right_basis @ v.T * root


def _error_of_product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Bound the error of `left @ right.T` for triangular factors of a QR factorisation.

    Householder's backward error moves a column by a rounding of its whole length, also
    where the entry of the triangular factor is small.
    """
    ones, unit = np.ones((len(left), 1)), 8 * len(left) * EPS
    moved = [unit * ones * np.linalg.norm(root, axis=0) for root in (left, right)]
    return moved[0] @ np.abs(right.T) + np.abs(left) @ moved[1].T


def generic_or_given(
    factors: tuple[Numbers, Numbers] | None, mask: Mask, rank: int, field: Floats
) -> tuple[np.ndarray, np.ndarray]:
    """Return the given factors, balanced, or random ones if none are given.

    Raises:
        ValueError: The given factors have another rank.
    """
    if factors is None:
        m, n = mask.shape
        return field.factors(m, rank), field.factors(n, rank)
    a, b = balanced_factors(factors[0], factors[1], mask)
    if a.shape[1] != rank:
        raise ValueError(
            f"factors have rank {a.shape[1]} and rank is {rank}; expected factors "
            "fitted at this rank."
        )
    return a, b


def covariance_and_kernel(
    mask: Mask, a: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pseudo-inverse of the normal matrix, and its null vectors."""
    still = np.zeros(len(a), bool), np.zeros(len(b), bool)
    scale = block_jacobi(mask, a, b, still)
    scaled = completion_matrix(mask, a, b, still) @ scale
    values, vectors = np.linalg.eigh((scaled.T @ scaled).toarray())
    kept = values > len(values) * np.finfo(float).eps * values[-1]
    half = scale @ (vectors[:, kept] / np.sqrt(values[kept]))
    return half @ half.T, scale @ vectors[:, ~kept]


def variances(covariance: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the variance of every entry for a covariance of the factors."""
    (m, r), n = a.shape, len(b)
    cut = m * r
    row_blocks = covariance[:cut, :cut].reshape(m, r, m, r)[
        np.arange(m), :, np.arange(m)
    ]
    column_blocks = covariance[cut:, cut:].reshape(n, r, n, r)[
        np.arange(n), :, np.arange(n)
    ]
    cross = covariance[:cut, cut:].reshape(m, r, n, r)
    total = np.einsum("kxy,lx,ly->kl", row_blocks, b, b, optimize=True)
    total += np.einsum("lxy,kx,ky->kl", column_blocks, a, a, optimize=True)
    pulled = np.einsum("kxly,lx->kly", cross, b, optimize=True)
    total += 2 * np.einsum("kly,ky->kl", pulled, a, optimize=True)
    return np.maximum(total, 0.0)


def undetermined(
    kernel: np.ndarray, mask: Mask, a: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Return which entries are changed by some null vector."""
    (m, r), n = a.shape, len(b)
    moved = np.zeros((m, n))
    for vector in kernel.T:
        da, db = vector[: m * r].reshape(m, r), vector[m * r :].reshape(n, r)
        moved += (da @ b.T + a @ db.T) ** 2
    size = (a**2).sum(1)[:, None] + (b**2).sum(1)
    still = moved <= NULL * size * max((kernel**2).max(initial=0.0), 1e-300)
    still[mask.rows, mask.columns] = True
    return ~still


def _sampled(mask, a, b, probes, key):
    field = Floats(numpy_rng(jax.random.key(0) if key is None else key))
    (m, r), n = a.shape, len(b)
    still = np.zeros(m, bool), np.zeros(n, bool)
    problem = LeastSquares(mask, a, b, still)
    squared = np.zeros((m, n))
    for _ in range(probes):
        noise = field.random(mask.size)
        x = problem.scale @ problem.solve(noise, tolerance=1e-6)
        da, db = x[: m * r].reshape(m, r), x[m * r :].reshape(n, r)
        squared += (da @ b.T + a @ db.T) ** 2
    squared /= probes
    da, db, converged = flex_at(mask, a, b, still, field)
    if not converged:
        raise ValueError(
            "the flexes at these factors could not be computed to rounding; the fit is "
            "nearly degenerate: lower the rank, or observe more entries."
        )
    change = np.abs(da @ b.T + a @ db.T)
    squared[change > MOVING * np.sqrt((a**2).sum(1)[:, None] + (b**2).sum(1))] = np.inf
    return squared
