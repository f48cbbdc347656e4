"""The one place where singular values, with a bound of their errors, become a rank."""

import dataclasses

import numpy as np
from jaxtyping import Float, Inexact

EPS = float(np.finfo(np.float64).eps)
_NOISE = 0.1  # an entry whose error exceeds this share of its column, or row, is noise
_SAFETY = 4.0  # a singular value counts from this multiple of the error on
_ROOM = 1e3  # what a singular value below the last one must still exceed the error by
_DECAY = 1e-2  # the steepest decay that is expected to continue


@dataclasses.dataclass(frozen=True)
class NumericalRank:
    """What singular values say about a rank.

    Attributes:
        lower: Number of singular values that the errors of the entries cannot explain:
            the rank is at least this, by Weyl's inequality.
        value: The rank, or None where singular values leave it open. It is `lower`
            where that is the number of columns or of rows, and where the spectrum ends
            so high above the errors that a further singular value would be visible:
            then it is the rank at the resolution `tolerance`.
        last_kept: Smallest counted singular value, divided by the largest.
        first_dropped: Largest other singular value, divided by the largest; 0 where all
            are counted.
        tolerance: Singular values below it, relative to the largest, may be errors.
        singular_values: All of them, divided by the largest, in decreasing order.
    """

    lower: int
    value: int | None
    last_kept: float
    first_dropped: float
    tolerance: float
    singular_values: Float[np.ndarray, " k"]

    @property
    def confident(self) -> bool:
        """Whether the singular values decide the rank."""
        return self.value is not None


def numerical_rank(
    matrix: Inexact[np.ndarray, "n p"],
    *,
    error: Float[np.ndarray, "n p"] | None = None,
) -> NumericalRank:
    r"""The rank of a matrix whose entries have errors.

        rank J  ≥  #{ i : sᵢ(D₁ Ĵ D₂) > 4 η },   η = ‖D₁ E D₂‖_F + 8 min(n, p) ε s₁

    with `E` a bound of `|Ĵ - J|` and diagonal scales that equilibrate the matrix.
    Columns that consist of errors count as zero, rows in which an entry jumps are left
    out; after either the rank has a value only if it is full. Use it for a matrix that
    exists already; for a model, `tangent_rank` chooses the samples and the method.

    Args:
        matrix: Real or complex matrix, shape `(n, p)`.
        error: How far each entry may be from the true one, in the shape of `matrix`;
            None takes one rounding of each entry.

    Returns:
        A lower bound, the rank where the singular values decide it, and the evidence.

    Raises:
        ValueError: An entry is not finite.

    Source:
        Weyl's inequality; the rule for a value is derived and verified here.

    Examples:
        >>> sf.tangent.numerical_rank(np.outer([1.0, 2.0, 3.0], [1.0, 1.0])).value
        1
    """
    if not np.isfinite(matrix).all():
        raise ValueError(
            f"the tangent matrix of shape {matrix.shape} has entries that are not "
            "finite; evaluate the model where it and its gradient are finite."
        )
    if error is None:
        error = np.finfo(matrix.dtype).eps * np.abs(matrix).astype(np.float64)
    most = min(matrix.shape)
    matrix, error, whole = _without_noise(matrix, error)
    matrix, error = equilibrated(matrix, error)
    sigma = np.linalg.svd(matrix, compute_uv=False)
    return decided(sigma, float(np.linalg.norm(error)), matrix.shape, most, whole)


def decided(
    sigma: Float[np.ndarray, " k"],
    error: float,
    shape: tuple[int, int],
    most: int,
    whole: bool = True,
) -> NumericalRank:
    """Decide a rank from singular values.

    Args:
        sigma: Singular values in decreasing order.
        error: A bound of the Frobenius norm of the errors of the entries.
        shape: Shape of the matrix, which bounds the rounding of `sigma` itself.
        most: The largest rank possible; where it is reached, the rank is decided.
        whole: Whether no column and no row was left out as noise.
    """
    if not sigma.size or sigma[0] == 0:
        value = 0 if whole or not most else None
        return NumericalRank(0, value, 0.0, 0.0, 0.0, sigma)
    error = error + 8 * min(shape) * EPS * float(sigma[0])
    tolerance = _SAFETY * error / float(sigma[0])
    sigma = sigma / sigma[0]
    lower = int((sigma > tolerance).sum())
    last = float(sigma[lower - 1]) if lower else 0.0
    first = float(sigma[lower]) if lower < len(sigma) else 0.0
    decay = np.min(sigma[1:lower] / sigma[: lower - 1], initial=_DECAY)
    ends = whole and lower < len(sigma) and last * decay > _ROOM * tolerance
    value = lower if lower == most or ends else None
    return NumericalRank(lower, value, last, first, tolerance, sigma)


def _without_noise(matrix, error):
    """Drop rows in which an entry jumps, and set columns of errors only to zero."""
    size = np.abs(matrix)
    jumps = error.max(1, initial=0.0) > _NOISE * size.max(1, initial=0.0)
    matrix, error, size = matrix[~jumps], error[~jumps], size[~jumps]
    noise = error.max(0, initial=0.0) > _NOISE * size.max(0, initial=0.0)
    if noise.any():
        matrix, error = (np.where(noise, 0.0, part) for part in (matrix, error))
    return matrix, error, not (jumps.any() or noise.any())


def equilibrated(
    matrix: Inexact[np.ndarray, "n p"], error: Float[np.ndarray, "n p"]
) -> tuple[Inexact[np.ndarray, "n p"], Float[np.ndarray, "n p"]]:
    """Scale rows and columns alternately to unit norm, and the errors with them.

    Powers of two come first, so that no square overflows. The rank is unchanged; zero
    rows and columns stay zero.
    """
    rows, columns = power_scales(np.frexp(np.abs(matrix))[1], matrix != 0)
    shift = -(rows + columns)
    matrix, error = _shifted(matrix, shift), np.ldexp(error, shift)
    for _ in range(3):
        for axis in (0, 1):
            norm = np.linalg.norm(matrix, axis=axis, keepdims=True)
            norm = np.where(norm > 0, norm, 1.0)
            matrix, error = matrix / norm, error / norm
    return matrix, error


def power_scales(exponent: np.ndarray, nonzero: np.ndarray, sweeps: int = 6):
    """Binary exponents of the rows and of the columns, from those of the entries.

    After division by these powers of two the largest entry of every nonzero row and
    column is about one.
    """
    least = np.iinfo(np.int64).min // 4
    rest = np.where(nonzero, exponent.astype(np.int64), least)
    scales = [np.zeros((len(rest), 1), int), np.zeros((1, rest.shape[1]), int)]
    for _ in range(sweeps):
        for axis in (0, 1):
            largest = rest.max(axis=axis, keepdims=True, initial=least)
            largest = np.where(largest > least // 2, largest, 0)
            rest = np.where(nonzero, rest - largest, least)
            scales[1 - axis] += largest
    return scales


def _shifted(matrix, shift):
    if np.iscomplexobj(matrix):
        return np.ldexp(matrix.real, shift) + 1j * np.ldexp(matrix.imag, shift)
    return np.ldexp(matrix.astype(np.float64), shift)
