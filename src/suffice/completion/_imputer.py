"""Low-rank completion as a transformer of scikit-learn."""

from typing import Any

import jax
import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ._complete import complete
from ._entries._observed import Observed
from ._fit._tangent_move import column_move, still

SINGULAR = 1e-10


class LowRankImputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill missing values that a low-rank table determines; leave the others NaN.

    `fit` completes the table; `transform` finds the factors of each row, known or new,
    by least squares on its observed columns. An entry of a row is filled when the
    row's observed entries and the training table determine it.

    Args:
        rank: Rank of the table, or `auto` (see `complete`).
        ridge: Penalty on squared factors; `auto` takes 0 for exact tables, else what
            predicts held-out entries best.
        fill: `determined`, or `all` to fill entries that nothing determines too.
        max_rank: Largest rank that `auto` tries.
        starts: Starts of the fit.
        random_state: Seed of the fit.

    Attributes:
        completion_: What `complete` found on the training table.
        rank_: The rank; 0 when it stayed undecided: then nothing is filled.
        components_: Column factors, shape `(rank_, columns)`.
        n_features_in_: Number of columns.

    Example:
        >>> rank_one = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
        >>> rank_one[1, 1] = np.nan
        >>> np.round(sf.LowRankImputer(rank=1).fit_transform(rank_one)[1], 6)
        array([ 2., -2.,  4.])
    """

    def __init__(
        self,
        rank: Any = "auto",
        *,
        ridge: Any = "auto",
        fill: Any = "determined",
        max_rank: Any = 10,
        starts: Any = 4,
        random_state: Any = 0,
    ):
        self.rank = rank
        self.ridge = ridge
        self.fill = fill
        self.max_rank = max_rank
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "LowRankImputer":
        """Complete the training table, NaN where a value is missing.

        Raises:
            ValueError: As in `complete`.
        """
        X = self._read(X, reset=True)
        key = jax.random.key(self.random_state)
        found = complete(
            X,
            rank=self.rank,
            ridge=self.ridge,
            fill=self.fill,
            max_rank=self.max_rank,
            starts=self.starts,
            key=key,
        )
        self.completion_ = found
        self.rank_ = found.rank or 0
        if found.left is None or found.right is None:
            self.components_ = np.zeros((0, X.shape[1]))
            self._move = np.zeros((0, X.shape[1]))
            self._shift = 0.0
            return self
        self.components_ = found.right
        rows, columns = np.nonzero(found.observed)
        seen = Observed(rows, columns, X[rows, columns], X.shape)
        rng = np.random.default_rng(self.random_state)
        self._move = column_move(seen, found.left, found.right, rng)
        self._shift = found.ridge
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Fill the rows of a table with the same columns."""
        check_is_fitted(self, "components_")
        X = self._read(X, reset=False).copy()
        observed = ~np.isnan(X)
        patterns, which = np.unique(observed, axis=0, return_inverse=True)
        which = which.ravel()
        for number, pattern in enumerate(patterns):
            if not pattern.all():
                rows = which == number
                X[np.ix_(rows, ~pattern)] = self._missing(X[rows], pattern)
        return X

    def inverse_transform(self, X: Any) -> np.ndarray:
        """The training table as it was: what was missing there is NaN again.

        Raises:
            ValueError: Another number of rows than in training.
        """
        check_is_fitted(self, "components_")
        X = self._read(X, reset=False).copy()
        observed = self.completion_.observed
        if len(X) != len(observed):
            raise ValueError(
                f"X has {len(X)} rows and the training table had {len(observed)}; what "
                "was missing is known of that table only."
            )
        X[~observed] = np.nan
        return X

    def factors(self, X: Any) -> np.ndarray:
        """Row factors of a table, by least squares on the observed columns of each."""
        check_is_fitted(self, "components_")
        X = self._read(X, reset=False)
        solved = [self._solve(row[None], ~np.isnan(row))[0] for row in X]
        return np.array(solved).reshape(len(X), self.rank_)

    def _solve(self, rows, pattern):
        basis = self.components_[:, pattern]
        gram = basis @ basis.T + self._shift * np.eye(self.rank_)
        moment = basis @ rows[:, pattern].T
        return (np.linalg.pinv(gram, rcond=SINGULAR, hermitian=True) @ moment).T

    def _missing(self, rows, pattern):
        """The values of the missing columns of rows with one pattern."""
        factors = self._solve(rows, pattern)
        filled = factors @ self.components_[:, ~pattern]
        if not self.rank_:
            filled[:] = np.nan
        elif self.fill == "determined":
            known = still(self.components_, self._move, pattern, factors)
            filled[~known[:, ~pattern]] = np.nan
        return filled

    def _read(self, X, *, reset):
        return validate_data(
            self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
