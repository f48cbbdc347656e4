"""Matrices of a fixed rank, fitted to observed entries."""

import dataclasses
from typing import Any

import jax
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Key

from suffice._core import numpy_rng, Result
from suffice.completion._entries._mask import check_rank
from suffice.completion._entries._observed import as_observed, Observed

from ._alternating_least_squares import (
    alternate,
    Alternation,
    balanced,
    random_start,
    spectral_start,
)
from ._grown_start import grown_start
from ._levenberg_marquardt import LARGEST, LevenbergMarquardtEnd, misfit, polish


@dataclasses.dataclass(frozen=True)
class LowRankFit(Result):
    """The best fit `A B` of a given rank among all starts.

    Attributes:
        left: `A`, shape `(rows, rank)`.
        right: `B`, shape `(rank, columns)`.
        loss: Half the sum of squared errors on the observed entries.
        objective: The loss plus the ridge term at the end of every start.
        residual: Root mean square error over the root mean square of the observed
            values.
        fitted: Whether the residual is zero to rounding.
        converged: Whether the best start ended where its gradient vanishes.
        ridge: The ridge `λ`.
    """

    left: Float[np.ndarray, "rows rank"]
    right: Float[np.ndarray, "rank columns"]
    loss: float
    objective: Float[np.ndarray, " starts"]
    residual: float
    fitted: bool
    converged: bool
    ridge: float

    @property
    def rank(self) -> int:
        """Columns of `A`."""
        return self.left.shape[1]

    def product(self) -> Float[np.ndarray, "rows columns"]:
        """Return the whole matrix `A B`."""
        return self.left @ self.right

    def headline(self) -> str:
        """How well the rank fits, in one sentence."""
        how = (
            "exactly" if self.fitted else f"to a relative error of {self.residual:.2g}"
        )
        end = "" if self.converged or self.fitted else "; the fit had not converged"
        return f"Rank {self.rank} fits the observed entries {how}{end}."


def fit_rank(
    entries: Any,
    mask: Any = None,
    *,
    rank: int,
    ridge: float = 0.0,
    starts: int = 4,
    max_steps: int = 200,
    tolerance: float = 1e-10,
    key: Key[Array, ""] | None = None,
) -> LowRankFit:
    r"""Fit a matrix of a given rank to observed entries by least squares.

        min over A, B of  ½ Σ (A_i · B_j - M_ij)²  +  ½ λ (|A|² + |B|²)

    with the first sum over the observed entries. The first start is the singular
    vectors of the zero-filled matrix, the second a full block of entries grown by
    linear equations, and the others are random. Each start is polished by
    Levenberg-Marquardt, or by alternating least squares where that is too large, and
    the fit with the lowest objective is returned. With `λ > 0` this is nuclear-norm
    regularisation under a limit on the rank.

    The problem is not convex: larger numbers in `objective` are other local minima.
    The fit has a value for every entry, determined or not; `complete` tells them apart.

    Args:
        entries: As in `complete`.
        mask: As in `complete`.
        rank: Rank of `A B`, from 1 to the smaller side of the matrix.
        ridge: `λ`, at least 0, in units of squared values over squared factors.
        starts: Number of starts, at most two for large matrices; the search ends at
            the first exact fit.
        max_steps: Limit on the steps or sweeps of a start.
        tolerance: Relative decrease of the objective at which a start has converged.
        key: Random key of the starts; None takes `jax.random.key(0)`.

    Returns:
        The best fit; `converged` and `fitted` say whether it succeeded.

    Raises:
        ValueError: The entries cannot be read, the rank is out of range, or the ridge
            is negative.
    """
    observed = as_observed(entries, mask)
    check_rank(rank, observed.shape)
    if not 0 <= ridge < np.inf:
        raise ValueError(f"ridge is {ridge}; expected a finite number >= 0.")
    rng = numpy_rng(jax.random.key(0) if key is None else key)
    return fit_observed(observed, rank, ridge, starts, max_steps, tolerance, rng)


def fit_observed(observed, rank, ridge, starts, max_steps, tolerance, rng):
    """Do the work of `fit_rank` for entries that have been read."""
    tries: list[LevenbergMarquardtEnd] = []
    floor = (1e-12 * np.linalg.norm(observed.values)) ** 2 / 2
    if not _dense(observed, rank):
        starts = min(starts, 2)
    for number in range(max(starts, 1)):
        left, right = _start(observed, rank, ridge, number, rng)
        tries.append(_polish(observed, left, right, ridge, max_steps, tolerance))
        if tries[-1].objective <= floor:
            break
    best = min(tries, key=lambda end: end.objective)
    return _result(observed, best, np.array([end.objective for end in tries]), ridge)


def _start(observed, rank, ridge, number, rng):
    """Return the spectral start, then one grown from a full block, then random ones."""
    grown = grown_start(observed, rank, rng.spawn(1)[0]) if number == 1 else None
    if grown is not None:
        return grown
    begin = random_start if number else spectral_start
    return alternate(observed, *begin(observed, rank, rng), ridge)


def _dense(observed: Observed, rank: int) -> bool:
    """Return whether a Levenberg-Marquardt step is affordable."""
    return rank * min(observed.shape) <= LARGEST


def _sweep(observed, left, right, ridge, max_steps, tolerance) -> LevenbergMarquardtEnd:
    """Alternate until convergence, where a dense system would be too large."""
    half, previous = Alternation(observed, ridge), np.inf
    for _ in range(max_steps):
        left = half.left(right)
        right = half.right(left)
        size = np.sum(left**2) + np.sum(right**2)
        errors = misfit(observed, left, right.T)
        objective = float(np.sum(errors**2) + ridge * size) / 2
        if previous - objective <= tolerance * objective:
            return LevenbergMarquardtEnd(objective, left, right, True)
        previous = objective
    return LevenbergMarquardtEnd(previous, left, right, False)


def _polish(observed, left, right, ridge, max_steps, tolerance):
    if _dense(observed, left.shape[1]):
        return polish(
            observed,
            left,
            right,
            ridge=ridge,
            max_steps=max_steps,
            tolerance=tolerance,
        )
    return _sweep(observed, left, right, ridge, max_steps, tolerance)


def completion_jacobian(observed: Observed, left: Any, right: Any):
    """Return the sparse Jacobian of the observed entries in `A` and `B^T`.

    Its columns belong to the rows of `A`, then to the columns of `B`, `rank` each.
    """
    (m, r), n = left.shape, len(observed.values)
    slots = np.arange(r)
    columns = np.concatenate(
        [
            observed.rows[:, None] * r + slots,
            (m + observed.columns)[:, None] * r + slots,
        ],
        axis=1,
    )
    data = np.concatenate([right.T[observed.columns], left[observed.rows]], axis=1)
    pointer = 2 * r * np.arange(n + 1)
    shape = (n, r * sum(observed.shape))
    return scipy.sparse.csr_array((data.ravel(), columns.ravel(), pointer), shape)


def _result(observed, best, objective, ridge):
    left, right = balanced(best.left, best.right)
    error, size = np.linalg.norm(misfit(observed, left, right.T)), observed.values
    relative = float(error / (np.linalg.norm(size) or 1.0))
    return LowRankFit(
        left=left,
        right=right,
        loss=float(error**2 / 2),
        objective=objective,
        residual=relative,
        fitted=relative <= 1e-10,
        converged=best.converged,
        ridge=float(ridge),
    )
