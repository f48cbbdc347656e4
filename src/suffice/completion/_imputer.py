"""Low-rank completion as a scikit-learn transformer."""

from typing import Literal

import jax
import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from suffice._core import Numbers

from ._complete import complete
from ._filling import Fill

SINGULAR = 1e-10


class LowRankImputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill missing values that a low-rank table determines; leave the others NaN.

    `fit` completes the training table. `transform` finds the factors of each row, old
    or new, by least squares on its observed columns. An entry of a row is filled when
    the observed entries of this row and the training table determine it.

    Use it in a scikit-learn pipeline; `complete` says more about a single matrix.

    Args:
        rank: Rank of the table, or `auto` (see `complete`).
        ridge: Penalty on the squared factors, at least 0, or `auto`, which takes 0 for
            exact tables, and else the ridge that predicts held-out entries best.
        fill: `determined` fills determined entries only; `all` fills every entry.
        max_rank: Largest rank that `auto` tries, at least 1.
        starts: Number of starts of the fit.
        random_state: Integer seed of the fit.

    Attributes:
        completion_: The result of `complete` for the training table.
        rank_: The rank; 0 when the rank is undecided and nothing is filled.
        components_: Column factors, shape `(rank_, columns)`; fewer rows where the
            fitted table has a smaller rank.
        n_features_in_: Number of columns.

    Example:
        >>> rank_one = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
        >>> rank_one[1, 1] = np.nan
        >>> np.round(sf.LowRankImputer(rank=1).fit_transform(rank_one)[1], 6)
        array([ 2., -2.,  4.])
    """

    def __init__(
        self,
        rank: int | Literal["auto"] = "auto",
        *,
        ridge: float | Literal["auto"] = "auto",
        fill: Fill = "determined",
        max_rank: int = 10,
        starts: int = 4,
        random_state: int = 0,
    ):
        self.rank: int | Literal["auto"] = rank
        self.ridge: float | Literal["auto"] = ridge
        self.fill: Fill = fill
        self.max_rank = max_rank
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: Numbers, y: Numbers | None = None) -> "LowRankImputer":
        """Complete the training table, in which missing values are NaN.

        Args:
            X: The table, shape `(rows, columns)`.
            y: Ignored; scikit-learn passes it.

        Raises:
            ValueError: As in `complete`.
        """
        X = self._read(X, reset=True)
        key = jax.random.key(self.random_state)
        completion = complete(
            X,
            rank=self.rank,
            ridge=self.ridge,
            fill=self.fill,
            max_rank=self.max_rank,
            starts=self.starts,
            key=key,
        )
        self.completion_ = completion
        self.rank_ = completion.rank or 0
        if completion.left is None or completion.right is None:
            self.components_ = np.zeros((0, X.shape[1]))
            self._shift = 0.0
            return self
        self.components_ = completion.right
        self._shift = completion.ridge
        return self

    def transform(self, X: Numbers) -> np.ndarray:
        """Return a table of the same columns with its determined entries filled."""
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

    def inverse_transform(self, X: Numbers) -> np.ndarray:
        """Return the table with NaN where the training table was missing.

        Raises:
            ValueError: The table has another number of rows than the training table.
        """
        check_is_fitted(self, "components_")
        X = self._read(X, reset=False).copy()
        observed = self.completion_.observed
        if len(X) != len(observed):
            raise ValueError(
                f"X has {len(X)} rows and the training table had {len(observed)}; "
                "expected the training table, whose missing entries are known."
            )
        X[~observed] = np.nan
        return X

    def factors(self, X: Numbers) -> np.ndarray:
        """Return the factors of each row, by least squares on its observed columns."""
        check_is_fitted(self, "components_")
        X = self._read(X, reset=False)
        solved = [self._solve(row[None], ~np.isnan(row))[0] for row in X]
        return np.array(solved).reshape(len(X), len(self.components_))

    def _solve(self, rows, pattern):
        basis = self.components_[:, pattern]
        gram = basis @ basis.T + self._shift * np.eye(len(self.components_))
        moment = basis @ rows[:, pattern].T
        return (np.linalg.pinv(gram, rcond=SINGULAR, hermitian=True) @ moment).T

    def _missing(self, rows, pattern):
        """Return the missing values of rows that are observed at the same columns."""
        factors = self._solve(rows, pattern)
        filled = factors @ self.components_[:, ~pattern]
        if not len(self.components_):
            filled[:] = np.nan
        elif self.fill == "determined":
            motions = self.completion_.motions
            known = np.broadcast_to(pattern, rows.shape)
            if motions is not None:
                known = motions.still_in_rows(pattern, factors)
            filled[~known[:, ~pattern]] = np.nan
        return filled

    def _read(self, X, *, reset) -> np.ndarray:
        return validate_data(
            self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
