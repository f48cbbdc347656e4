"""Matrices of low rank whose factors are averaged over, not only fitted."""

import numpy as np
from jaxtyping import Float

from suffice.completion._determined._border import Offsets
from suffice.completion._entries._observed import Observed

from ._offset_model import has, LowRank
from ._row_law import RowLaw
from ._sweeps import Blocks, direction, invert_small, Sweeper, upper_triangle

PRIOR = 2.0  # entries with the mean noise that every column is given besides its own
FLAT = 1e-9  # relative precision of a quantity of which nothing is known before
LEAST = 1e-15  # smallest variance, relative to that of the values
LEFT = 0.1  # least share of the entries of a column that tell its noise
CHUNK = 20_000  # entries whose variance is computed at once
LEVEL = 0.01  # deviation of offsets of rows, in that of the noise, that says nothing
STILL = 3e-3  # change of a sweep, in deviations of the noise, at which it stands still


class Variational:
    """Factor analysis with missing entries, for one set of entries or several folds.

    The factors of a row are drawn from a normal distribution, those of a column from
    one whose variances are learned, one for each factor, and every column has a noise
    of its own. Given the factors of the other side, those of one side are normal; both
    sides are updated in turn. A factor that the entries do not support loses its
    variance. Compared with a ridge, the uncertainty of the factors of a row with few
    entries is taken into account, and noisy columns count less.

    The entry `(i, j)` is the product of `left[i]` and `right[j]`: the offset of the
    row against 1, then factors, then 1 against the offset of the column. So what is
    free on either side stands together.

    Attributes:
        noise: Variance of the noise of every column.
        spread: For every problem, the variance of the offsets of its rows.

    Source:
        Ilin and Raiko (2010), Practical approaches to principal component analysis in
        the presence of missing values, JMLR 11, with a noise of every column.
    """

    offsets: Offsets

    def __init__(self, problem: Blocks, offsets: Offsets):
        self.problem, self.offsets = problem, offsets
        start = Sweeper(problem, offsets)
        m, n = problem.observed.shape
        self.matrices = start.values
        self.left = np.stack([start.model.row, np.ones(m)], axis=1)
        self.right = np.stack([np.ones(n), start.model.column], axis=1)
        self.left_cov, self.right_cov = np.zeros((m, 2, 2)), np.zeros((n, 2, 2))
        self.widths = np.zeros((problem.blocks, 0))
        self.block = problem.observed.columns // (n // problem.blocks)
        self.least = LEAST * max(float(np.mean(problem.observed.values**2)), 1e-300)
        self.count = np.bincount(problem.observed.columns, minlength=n)
        self.noise = problem.each_column(self._pooled(start.residual() ** 2))
        self._learn_spread()

    @property
    def rank(self) -> int:
        """Number of factors."""
        return self.left.shape[1] - 2

    @property
    def model(self) -> LowRank:
        """The matrix at the mean factors and offsets."""
        left, right = self.left, self.right
        return LowRank(
            self.offsets, left[:, 1:-1], right[:, 1:-1], left[:, 0], right[:, -1]
        )

    @property
    def rows_are_level(self) -> bool:
        """Whether the offsets of the rows have vanished beside the noise."""
        noise = self.noise.reshape(self.problem.blocks, -1).mean(1)
        return bool((self.spread <= LEVEL**2 * noise).all())

    def _pooled(self, squares: np.ndarray) -> np.ndarray:
        """Return the mean square of every problem."""
        count = np.bincount(self.block, minlength=self.problem.blocks)
        total = np.bincount(self.block, squares, self.problem.blocks)
        return np.maximum(total / np.maximum(count, 1), self.least)

    def _learn_spread(self) -> None:
        """Learn the variance of the offsets of rows."""
        square = self.left[:, 0] ** 2 + self.left_cov[:, 0, 0]
        means = square.reshape(self.problem.blocks, -1).mean(1)
        self.spread = np.maximum(means, self.least)

    def grow(self) -> None:
        """Add the direction that reduces the residuals most."""
        residual = -self.model.misfit(self.problem.observed)
        u, v, size = direction(self.problem, residual)
        m, n = (size_ // self.problem.blocks for size_ in (len(u), len(v)))
        cells = m * n / max(len(residual) / self.problem.blocks, 1)
        new_left = u * np.sqrt(m)
        new_right = v * self.problem.each_column(size * min(cells, 20.0) / np.sqrt(m))
        self.left = np.insert(self.left, 1, new_left, axis=1)
        self.right = np.insert(self.right, 1, new_right, axis=1)
        self.left_cov, self.right_cov = (
            np.insert(np.insert(covariance, 1, 0.0, axis=1), 1, 0.0, axis=2)
            for covariance in (self.left_cov, self.right_cov)
        )
        width = (new_right**2).reshape(self.problem.blocks, n).mean(1)
        self.widths = np.hstack([width[:, None], self.widths])

    def sweep(self, count: int) -> None:
        """Update both sides and the variances some times, or until they stand still."""
        observed = self.problem.observed
        before = self.model.at(observed.rows, observed.columns)
        for _ in range(count):
            self._update_rows()
            self._rescale()
            gram = self._update_columns()
            fitted = self.model.at(observed.rows, observed.columns)
            self._learn(gram, fitted)
            change = (fitted - before) ** 2 / self.noise[observed.columns]
            if (self._pooled(change) <= STILL**2).all():
                break
            before = fitted

    def _update_rows(self) -> None:
        problem, fixed = self.problem, 1 - has(self.offsets)[0]
        precision = 1.0 / self.noise
        gram = _moments(problem.mask, self.right, self.right_cov, precision)
        moment = self.matrices[0] @ (self.right * precision[:, None])
        prior = np.ones((len(self.left), self.rank + 1 - fixed))
        if not fixed:
            prior[:, 0] = problem.each_row(1.0 / self.spread)
            self._learn_spread()
        free = slice(fixed, self.rank + 1)
        _solve(self.left, self.left_cov, free, gram, moment, prior)

    def _update_columns(self) -> np.ndarray:
        problem, fixed = self.problem, 1 - has(self.offsets)[1]
        plain = _moments(problem.turned, self.left, self.left_cov, None)
        precision = 1.0 / self.noise
        moment = (self.matrices[1] @ self.left) * precision[:, None]
        gram = plain * precision[:, None, None]
        prior = np.repeat(1.0 / self.widths, len(self.right) // problem.blocks, axis=0)
        if not fixed:
            flat = FLAT * gram[:, -1, -1] + np.finfo(float).tiny
            prior = np.hstack([prior, flat[:, None]])
        free = slice(1, self.rank + 2 - fixed)
        _solve(self.right, self.right_cov, free, gram, moment, prior)
        return plain

    def _rescale(self) -> None:
        """Give the factors of the rows the variance 1 that they are drawn with.

        This changes no entry and speeds the updates up.
        """
        q, blocks = self.rank, self.problem.blocks
        if not q:
            return
        variance = np.diagonal(self.left_cov, axis1=1, axis2=2)[:, 1:-1]
        square = (self.left[:, 1:-1] ** 2 + variance).reshape(blocks, -1, q).mean(1)
        scale = np.sqrt(np.maximum(square, 1e-12))
        of_rows = np.ones((len(self.left), q + 2))
        of_rows[:, 1:-1] = np.repeat(1 / scale, len(self.left) // blocks, axis=0)
        self.left *= of_rows
        self.left_cov *= of_rows[:, :, None] * of_rows[:, None]
        self.widths = self.widths * scale**2

    def _learn(self, gram: np.ndarray, fitted: np.ndarray) -> None:
        """Learn the noise of every column, and the variances of its factors.

        The squares that the uncertainty of rows and columns adds are proportional to
        the noise: they count as entries that were used up.
        """
        problem, q = self.problem, self.rank
        observed, n = problem.observed, len(self.right)
        misfit = np.bincount(observed.columns, (fitted - observed.values) ** 2, n)
        square = np.bincount(observed.columns, fitted**2, n)
        second = self.right[:, :, None] * self.right[:, None] + self.right_cov
        used = np.maximum((second * gram).sum((1, 2)) - square, 0.0) / self.noise
        left = np.maximum(self.count - used, LEFT * self.count)
        shape = (problem.blocks, -1)
        pooled = misfit.reshape(shape).sum(1) / left.reshape(shape).sum(1)
        pooled = problem.each_column(np.maximum(pooled, self.least))
        self.noise = (misfit + PRIOR * pooled) / (left + PRIOR)
        if q:
            size = np.diagonal(second, axis1=1, axis2=2)[:, 1:-1]
            size = size.reshape(*shape, q).mean(1)
            self.widths = np.maximum(size, self.least)

    def law(self) -> RowLaw:
        """Return how the factors of a row follow from its entries."""
        return RowLaw(self.noise, np.eye(self.rank), float(self.spread[0]))

    def variance(self, where: Observed) -> Float[np.ndarray, " n"]:
        """Return the variance of some entries, their noise included."""
        found = np.empty(len(where.values))
        for start in range(0, len(found), CHUNK):
            part = slice(start, start + CHUNK)
            i, j = where.rows[part], where.columns[part]
            second = self.right[j, :, None] * self.right[j, None] + self.right_cov[j]
            found[part] = (self.left_cov[i] * second).sum((1, 2)) + self.noise[j]
            left = self.left[i]
            found[part] += np.einsum("nk,nkl,nl->n", left, self.right_cov[j], left)
        return found

    def variances(self) -> Float[np.ndarray, "rows columns"]:
        """Return the variance of every entry, its noise included."""
        m, n = len(self.left), len(self.right)
        second = self.right[:, :, None] * self.right[:, None] + self.right_cov
        outer = self.left[:, :, None] * self.left[:, None]
        total = self.left_cov.reshape(m, -1) @ second.reshape(n, -1).T
        total += outer.reshape(m, -1) @ self.right_cov.reshape(n, -1).T
        return total + self.noise


def _moments(mask, mean, covariance, weight) -> np.ndarray:
    """Return the sums of second moments over the observed entries of every row."""
    k = mean.shape[1]
    upper = upper_triangle(k)
    second = mean[:, upper[0]] * mean[:, upper[1]] + covariance[:, *upper]
    total = mask @ (second if weight is None else second * weight[:, None])
    gram = np.empty((mask.shape[0], k, k))
    gram[:, *upper] = gram[:, upper[1], upper[0]] = total
    return gram


def _solve(mean, covariance, free, gram, moment, prior) -> None:
    """Update the free components of one side, in place."""
    count = free.stop - free.start
    if not count:
        return
    cross = moment[:, free, None] - gram[:, free] @ mean[:, :, None]
    inner = gram[:, free, free]
    cross += inner @ mean[:, free, None]
    system = inner.copy()
    system.reshape(len(mean), -1)[:, :: count + 1] += prior
    inverse = invert_small(system)
    mean[:, free] = (inverse @ cross)[:, :, 0]
    covariance[:, free, free] = inverse
