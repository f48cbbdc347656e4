"""Levenberg-Marquardt for `A B` on observed entries, the larger side eliminated."""

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse

from suffice.completion._entries._observed import Observed

THIN = 10  # cells per entry above which the coupling is multiplied as a sparse matrix
LARGEST = 1500  # largest number of unknowns left after elimination (dense matrix)


class LevenbergMarquardtEnd(NamedTuple):
    """Where the iteration ended."""

    objective: float
    left: np.ndarray
    right: np.ndarray
    converged: bool


def polish(
    observed: Observed,
    left: Any,
    right: Any,
    *,
    ridge: float,
    max_steps: int,
    tolerance: float,
    weights: np.ndarray | None = None,
    held: tuple[np.ndarray, np.ndarray] | None = None,
) -> LevenbergMarquardtEnd:
    """Minimise half the squared errors plus the ridge from given factors.

    Every error is multiplied by its weight. `held` says which columns of `A` and which
    rows of `B` stay as they are; no ridge goes with it.

    A step solves the damped normal equations exactly: the blocks of the larger side
    are small and independent and are eliminated, which leaves a dense system of the
    smaller side.
    """
    if observed.shape[0] < observed.shape[1]:
        m, n = observed.shape
        transposed = Observed(observed.columns, observed.rows, observed.values, (n, m))
        end = polish(
            transposed,
            right.T,
            left.T,
            ridge=ridge,
            max_steps=max_steps,
            tolerance=tolerance,
            weights=weights,
            held=None if held is None else (held[1], held[0]),
        )
        return end._replace(left=end.right.T, right=end.left.T)
    settings = _Settings(ridge, weights, held)
    return _iterate(observed, left, right.T, settings, max_steps, tolerance)


class _Settings(NamedTuple):
    ridge: float
    weights: np.ndarray | None
    held: tuple[np.ndarray, np.ndarray] | None

    def weighted(self, errors: np.ndarray) -> np.ndarray:
        return errors if self.weights is None else errors * self.weights

    def directions(self, observed, a, bt) -> tuple[np.ndarray, np.ndarray]:
        """Return how every weighted error depends on its row and on its column."""
        of_row, of_column = bt[observed.columns], a[observed.rows]
        if self.held is not None:
            of_row, of_column = of_row * ~self.held[0], of_column * ~self.held[1]
        if self.weights is not None:
            weight = self.weights[:, None]
            of_row, of_column = of_row * weight, of_column * weight
        return of_row, of_column


def misfit(observed: Observed, a: np.ndarray, bt: np.ndarray) -> np.ndarray:
    """Return the errors on the observed entries, from the rows of `A` and of `B^T`."""
    return (a[observed.rows] * bt[observed.columns]).sum(axis=1) - observed.values


def _iterate(observed, a, bt, settings, max_steps, tolerance) -> LevenbergMarquardtEnd:
    floor = (1e-14 * np.linalg.norm(settings.weighted(observed.values))) ** 2
    objective = _objective(observed, a, bt, settings)
    damping, growth, steps = 1e-4, 2.0, 0
    system = _System(observed, a, bt, settings)
    while steps < max_steps and objective > floor:
        steps += 1
        change = system.step(damping)
        if change is not None:
            moved = a + change[0], bt + change[1]
            trial = _objective(observed, *moved, settings)
            if trial < objective:
                gain, objective = objective - trial, trial
                a, bt = moved
                damping, growth = max(damping / 5, 1e-15), 2.0
                if gain <= tolerance * objective:
                    return LevenbergMarquardtEnd(objective, a, bt.T, True)
                system = _System(observed, a, bt, settings)
                continue
        damping, growth = damping * growth, 2 * growth
        if damping > 1e8:
            return LevenbergMarquardtEnd(objective, a, bt.T, True)
    return LevenbergMarquardtEnd(objective, a, bt.T, bool(objective <= floor))


def _objective(observed, a, bt, settings):
    size = np.sum(a**2) + np.sum(bt**2)
    errors = settings.weighted(misfit(observed, a, bt))
    return float(np.sum(errors**2) + settings.ridge * size) / 2


class _System:
    """The normal equations at one point: blocks of both sides and their coupling."""

    def __init__(self, observed, a, bt, settings):
        (m, r), n, entry = a.shape, len(bt), np.arange(len(observed.values))
        factors_b, factors_a = settings.directions(observed, a, bt)
        errors = settings.weighted(misfit(observed, a, bt))[:, None]
        ridge = settings.ridge
        ones = np.ones(len(entry))
        rows = scipy.sparse.csr_array(
            (ones, (observed.rows, entry)), shape=(m, len(entry))
        )
        columns = scipy.sparse.csr_array(
            (ones, (observed.columns, entry)), shape=(n, len(entry))
        )
        self.gradient_a = rows @ (factors_b * errors) + ridge * a
        self.gradient_b = columns @ (factors_a * errors) + ridge * bt
        self.blocks_a = _gram(rows, factors_b) + ridge * np.eye(r)
        self.blocks_b = _gram(columns, factors_a) + ridge * np.eye(r)
        # Block (i, j) of J_A^T J_B is B_j A_i^T; entries are sorted by row already.
        cross = factors_b[:, :, None] * factors_a[:, None]
        order = np.lexsort((observed.columns, observed.rows))
        counts = np.bincount(observed.rows, minlength=m)
        pointer = np.concatenate([[0], np.cumsum(counts)])
        self.cross = scipy.sparse.bsr_array(
            (cross[order], observed.columns[order], pointer), shape=(m * r, n * r)
        )
        self.counts, self.order, self.size = (
            counts,
            order,
            max(
                self.blocks_a[:, range(r), range(r)].max(initial=0.0),
                self.blocks_b[:, range(r), range(r)].max(initial=0.0),
            ),
        )

    def _product(self, scaled) -> np.ndarray:
        """Return the transposed coupling times another matrix of its blocks."""
        cells = len(self.gradient_a) * len(self.gradient_b)
        if cells > THIN * len(self.order):
            return (self.cross.T @ scaled).toarray()
        return self.cross.toarray().T @ scaled.toarray()

    def step(self, damping):
        """Return the damped step; None where rounding makes the system indefinite."""
        (m, r), n = self.gradient_a.shape, len(self.gradient_b)
        shift = damping * self.size * np.eye(r)
        inverse = np.linalg.inv(self.blocks_a + shift)
        per_entry = np.repeat(inverse, self.counts, axis=0)
        scaled = scipy.sparse.bsr_array(
            (per_entry @ self.cross.data, self.cross.indices, self.cross.indptr),
            shape=self.cross.shape,
        )
        dense = -self._product(scaled)
        for j, block in enumerate(self.blocks_b + shift):
            dense[j * r : (j + 1) * r, j * r : (j + 1) * r] += block
        eased = (inverse @ self.gradient_a[:, :, None])[:, :, 0]
        right = self.gradient_b.ravel() - self.cross.T @ eased.ravel()
        try:
            factor = scipy.linalg.cho_factor(dense, check_finite=False)
        except np.linalg.LinAlgError:
            return None
        db = -scipy.linalg.cho_solve(factor, right)
        coupled = (self.cross @ db).reshape(m, r)
        da = -eased - (inverse @ coupled[:, :, None])[:, :, 0]
        return da, db.reshape(n, r)


def _gram(gather, factors):
    n, r = factors.shape
    outer = (factors[:, :, None] * factors[:, None]).reshape(n, r * r)
    return (gather @ outer).reshape(-1, r, r)
