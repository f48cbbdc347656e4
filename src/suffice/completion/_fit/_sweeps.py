"""Alternating least squares with offsets, for one set of entries or several folds."""

import dataclasses
import functools
from typing import Any

import numpy as np
import scipy.sparse as sp

from suffice.completion._determined._border import Offsets
from suffice.completion._entries._observed import Observed

from ._offset_model import has, LowRank

TINY = 1e-13  # relative ridge that keeps small systems regular
SPREAD = 20.0  # largest factor by which a new direction makes up for missing entries
ROUNDS = 30  # rounds in which offsets of rows and columns are fitted in turn
POWER = 12  # steps of the power iteration for a new direction


class Blocks:
    """Entries of several problems of one shape, as the blocks of one sparse matrix.

    Attributes:
        observed: The entries; the rows and columns of problem `k` follow those of
            problem `k - 1`.
        blocks: Number of problems.
        weights: Weight of every squared error.
    """

    def __init__(self, observed: Observed, blocks: int = 1, weights: Any = None):
        self.observed, self.blocks = observed, blocks
        count = len(observed.values)
        self.weights = np.ones(count) if weights is None else weights
        index = (observed.rows, observed.columns)
        self.mask = sp.csr_array((self.weights, index), shape=observed.shape)
        self.turned = sp.csr_array(self.mask.T)
        self.total = self.mask.sum(1), self.turned.sum(1)

    def matrices(self, values: np.ndarray) -> tuple[sp.csr_array, sp.csr_array]:
        """Return weighted values as a sparse matrix, and its transpose."""
        index = (self.observed.rows, self.observed.columns)
        matrix = sp.csr_array((self.weights * values, index), self.observed.shape)
        return matrix, sp.csr_array(matrix.T)

    def each_row(self, values: np.ndarray) -> np.ndarray:
        """Spread one number per problem over the rows of that problem."""
        return np.repeat(values, self.observed.shape[0] // self.blocks)

    def each_column(self, values: np.ndarray) -> np.ndarray:
        """Spread one number per problem over the columns of that problem."""
        return np.repeat(values, self.observed.shape[1] // self.blocks)


def direction(
    problem: Blocks, residual: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the top singular pair of the residuals of every problem, by power steps.

    Returns:
        Singular vectors of the rows and of the columns, and one singular value per
        problem.
    """
    matrix, turned = problem.matrices(residual)
    v = 1.0 + 0.1 * np.cos(1.0 + np.arange(problem.observed.shape[1]))
    v = turned @ (matrix @ v)
    size = np.ones(problem.blocks)
    u = np.zeros(problem.observed.shape[0])
    for _ in range(POWER):
        v = v / problem.each_column(_lengths(v, problem.blocks))
        u = matrix @ v
        u = u / problem.each_row(_lengths(u, problem.blocks))
        v = turned @ u
        size = _lengths(v, problem.blocks)
    return u, v / problem.each_column(size), size


def _lengths(vector: np.ndarray, blocks: int) -> np.ndarray:
    lengths = np.linalg.norm(vector.reshape(blocks, -1), axis=1)
    return np.maximum(lengths, np.finfo(float).tiny)


class Sweeper:
    """One model on its way from large ridges to small ones, and to higher ranks.

    Attributes:
        model: The current matrix of all problems.
        penalty: Ridge on the offsets of the rows.
    """

    offsets: Offsets

    def __init__(self, problem: Blocks, offsets: Offsets):
        self.problem, self.offsets = problem, offsets
        m, n = problem.observed.shape
        self.values = problem.matrices(problem.observed.values)
        empty = np.zeros((m, 0)), np.zeros((n, 0))
        self.model = LowRank(offsets, *empty, np.zeros(m), np.zeros(n))
        self.penalty = np.zeros(problem.blocks)
        self._fit_offsets()
        self.largest = direction(problem, self.residual())[2]
        cells = m * n / problem.blocks
        self.spread = min(cells / max(len(problem.observed.values), 1), SPREAD)

    def residual(self) -> np.ndarray:
        """Return observed minus fitted values."""
        return -self.model.misfit(self.problem.observed)

    def _fit_offsets(self) -> None:
        """Fit the offsets alone, and from their spread the ridge on those of rows."""
        has_rows, has_columns = has(self.offsets)
        for _ in range(ROUNDS if self.offsets == "both" else 1):
            before = self.model.row
            if has_columns:
                self.model = self._with(column=self._means(1, self.model.row))
            if has_rows:
                self.model = self._with(row=self._means(0, self.model.column))
            if self.offsets == "both":
                self._estimate_penalty(self.model.row)
            row = self.model.row
            if np.abs(row - before).max() <= 1e-6 * np.abs(row).max():
                break

    def _with(self, **changes) -> LowRank:
        return dataclasses.replace(self.model, **changes)

    def _means(self, side: int, other: np.ndarray) -> np.ndarray:
        """Return the (shrunk) mean residual of every row, or of every column."""
        mask = self.problem.mask if side == 0 else self.problem.turned
        total = self.values[side].sum(1) - mask @ other
        weight = self.problem.total[side]
        shift = self.problem.each_row(self.penalty) if side == 0 else 0.0
        return total / np.maximum(weight + shift, np.finfo(float).tiny)

    def _estimate_penalty(self, row: np.ndarray) -> None:
        problem, k = self.problem, self.problem.blocks
        m, n = (size // k for size in problem.observed.shape)
        error = problem.weights * self.residual() ** 2
        block = problem.observed.rows // m
        count = np.bincount(block, minlength=k)
        noise = np.bincount(block, error, k) / np.maximum(count - m - n + 1, 1)
        spread = np.maximum(row.reshape(k, m).var(axis=1), np.finfo(float).tiny)
        self.penalty = np.minimum(noise / spread, 1e3 * problem.weights.mean())

    def grow(self) -> None:
        """Add the direction that reduces the residuals most."""
        u, v, size = direction(self.problem, self.residual())
        scale = np.sqrt(size / np.mean(self.problem.weights) * self.spread / 2)
        left = u * self.problem.each_row(scale)
        right = v * self.problem.each_column(scale)
        self.model = self._with(
            left=np.hstack([self.model.left, left[:, None]]),
            right=np.hstack([self.model.right, right[:, None]]),
        )

    def sweep(self, tau: float, count: int) -> None:
        """Do some sweeps at a ridge, relative to the one above which all is zero."""
        self.sweep_at(tau * self.largest, count)

    def sweep_at(self, ridge: np.ndarray, count: int) -> None:
        """Do some sweeps at a ridge of every problem."""
        rows, columns = self.problem.each_row(ridge), self.problem.each_column(ridge)
        has_rows, has_columns = has(self.offsets)
        penalty = self.problem.each_row(self.penalty)
        for _ in range(count):
            left, row = self._solve(0, rows, penalty if has_rows else None)
            self.model = self._with(left=left, row=row)
            right, column = self._solve(1, columns, 0.0 if has_columns else None)
            self.model = self._with(right=right, column=column)

    def _solve(self, side: int, ridge, penalty) -> tuple[np.ndarray, np.ndarray]:
        """Return the best factors and offsets of one side, the other being fixed."""
        model = self.model
        features, offset, own = (
            (model.right, model.column, model.row)
            if side == 0
            else (model.left, model.row, model.column)
        )
        rank = features.shape[1]
        if penalty is not None:
            features = np.hstack([features, np.ones((len(features), 1))])
        q = features.shape[1]
        if not q:
            return np.zeros((len(own), 0)), own
        mask = self.problem.mask if side == 0 else self.problem.turned
        upper = upper_triangle(q)
        gram = mask @ (features[:, upper[0]] * features[:, upper[1]])
        moment = self.values[side] @ features - mask @ (features * offset[:, None])
        system = np.empty((q, q, len(own)))
        system[upper] = system[upper[1], upper[0]] = gram.T
        size = np.trace(system)
        for k in range(q):
            system[k, k] += (ridge if k < rank else penalty) + TINY * size
        system[range(q), range(q)] += np.finfo(float).tiny
        solved = solve_small(system, np.ascontiguousarray(moment.T)).T
        if penalty is None:
            return solved, own
        return solved[:, :rank], solved[:, rank]


@functools.cache
def upper_triangle(q: int) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.triu_indices(q)
    return rows, columns


def solve_small(system: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve many small positive definite systems; the last axis counts them."""
    q = len(system)
    for k in range(q):
        factor = system[k + 1 :, k] / system[k, k]
        system[k + 1 :, k + 1 :] -= factor[:, None] * system[k, k + 1 :]
        right[k + 1 :] -= factor * right[k]
    for k in range(q - 1, -1, -1):
        right[k] = (right[k] - (system[k, k + 1 :] * right[k + 1 :]).sum(0)) / system[
            k, k
        ]
    return right


def invert_small(matrices: np.ndarray) -> np.ndarray:
    """Invert many small positive definite matrices; the first axis counts them."""
    system = np.ascontiguousarray(np.moveaxis(matrices, 0, -1))
    for k in range(len(system)):
        pivot = 1.0 / system[k, k]
        row, column = system[k] * pivot, system[:, k].copy()
        system -= column[:, None] * row
        system[k], system[:, k] = row, -column * pivot
        system[k, k] = pivot
    return np.moveaxis(system, -1, 0)
