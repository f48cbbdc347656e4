"""Low-rank completion as a scikit-learn transformer."""

import numbers
import warnings
from typing import Literal

import jax
import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.impute import MissingIndicator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from suffice._core import Numbers

from ._complete import complete, MAX_RANK
from ._determined._border import Offsets
from ._filling import Fill, STARTS

SINGULAR = 1e-10


class LowRankImputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill missing values that a low-rank table determines; leave the others NaN.

    `fit` completes the training table. `transform` finds the factors of each row, old
    or new, by least squares on its observed columns. An entry of a row is filled when
    the observed entries of this row and the training table determine it.

    Use it in a scikit-learn pipeline; `complete` says more about a single matrix.

    Args:
        rank: Rank of the table besides its offsets, or `auto` (see `complete`).
        offsets: `none`, `columns` (the table is centred), `rows`, `both`, or `auto`
            (see `complete`).
        ridge: Penalty on the squared factors, at least 0, or `auto`, see `complete`.
        fill: `determined` fills determined entries only; `all` fills every entry.
        bounds: Least and largest value of an entry; filled values are moved into them.
        missing_values: What marks a missing value: NaN, or a number.
        add_indicator: Whether columns are added that say where values were missing, as
            `sklearn.impute.MissingIndicator` does.
        max_rank: Largest rank that `auto` tries, at least 1.
        starts: Number of starts of the fit.
        random_state: Seed of the fit: an integer, a `RandomState`, or None.

    Attributes:
        completion_: The result of `complete` for the training table.
        rank_: The rank; 0 when the rank is undecided and nothing is filled.
        components_: Column factors, shape `(rank_, columns)`; fewer rows where the
            fitted table has a smaller rank.
        indicator_: The fitted `MissingIndicator`; None without `add_indicator`.
        n_features_in_: Number of columns.

    Examples:
        >>> rank_one = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
        >>> rank_one[1, 1] = np.nan
        >>> np.round(sf.LowRankImputer(rank=1).fit_transform(rank_one)[1], 6)
        array([ 2., -2.,  4.])
    """

    def __init__(
        self,
        rank: int | Literal["auto"] = "auto",
        *,
        offsets: Offsets | Literal["auto"] = "auto",
        ridge: float | Literal["auto"] = "auto",
        fill: Fill = "determined",
        bounds: tuple[float, float] | None = None,
        missing_values: float = np.nan,
        add_indicator: bool = False,
        max_rank: int = MAX_RANK,
        starts: int = STARTS,
        random_state: int | np.random.RandomState | None = 0,
    ):
        self.rank: int | Literal["auto"] = rank
        self.offsets: Offsets | Literal["auto"] = offsets
        self.ridge: float | Literal["auto"] = ridge
        self.fill: Fill = fill
        self.bounds = bounds
        self.missing_values = missing_values
        self.add_indicator = add_indicator
        self.max_rank = max_rank
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: Numbers, y: Numbers | None = None) -> "LowRankImputer":
        """Complete the training table.

        Args:
            X: The table, shape `(rows, columns)`.
            y: Ignored; scikit-learn passes it.

        Raises:
            TypeError: The table is sparse.
            ValueError: As in `complete`.
        """
        X = self._read(X, reset=True)
        _warn_of_empty_rows(X)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self.completion_ = complete(
            X,
            rank=self.rank,
            offsets=self.offsets,
            ridge=self.ridge,
            fill=self.fill,
            bounds=self.bounds,
            max_rank=self.max_rank,
            starts=self.starts,
            key=jax.random.key(seed),
        )
        self.rank_ = self.completion_.rank or 0
        right = self.completion_.right
        self.components_ = np.zeros((0, X.shape[1])) if right is None else right
        self.indicator_ = None
        if self.add_indicator:
            self.indicator_ = MissingIndicator(features="missing-only").fit(X)
        return self

    def transform(self, X: Numbers) -> np.ndarray:
        """Return a table of the same columns with its determined entries filled."""
        check_is_fitted(self, "components_")
        X = self._read(X, reset=False).copy()
        _warn_of_empty_rows(X)
        marks = None if self.indicator_ is None else self.indicator_.transform(X)
        observed = ~np.isnan(X)
        patterns, which = np.unique(observed, axis=0, return_inverse=True)
        which = which.ravel()
        for number, pattern in enumerate(patterns):
            if not pattern.all():
                rows = which == number
                X[np.ix_(rows, ~pattern)] = self._missing(X[rows], pattern)
        return X if marks is None else np.hstack([X, marks])

    def inverse_transform(self, X: Numbers) -> np.ndarray:
        """Return the table with its marks where the training table was missing.

        Raises:
            ValueError: The table has another number of rows than the training table.
        """
        check_is_fitted(self, "components_")
        X = np.asarray(X)[:, : self.n_features_in_]
        X = self._read(X, reset=False).copy()
        observed = self.completion_.observed
        if len(X) != len(observed):
            raise ValueError(
                f"X has {len(X)} rows and the training table had {len(observed)}; "
                "expected the training table, whose missing entries are known."
            )
        X[~observed] = self.missing_values
        return X

    def factors(self, X: Numbers) -> np.ndarray:
        """Return the factors of each row, by least squares on its observed columns."""
        check_is_fitted(self, "components_")
        X = self._read(X, reset=False)
        rank = len(self.components_)
        if self.completion_.model is None:
            return np.zeros((len(X), 0))
        solved = [self._solve(row[None], ~np.isnan(row))[0] for row in X]
        return np.array(solved)[:, -rank:] if rank else np.zeros((len(X), 0))

    def get_feature_names_out(self, input_features: list[str] | None = None):
        """Return the names of the columns, and those of added indicators."""
        names = super().get_feature_names_out(input_features)
        if self.indicator_ is None:
            return names
        return np.concatenate([names, self.indicator_.get_feature_names_out(names)])

    def _solve(self, rows, pattern):
        """Return the offset and the factors of rows, as tangent factors."""
        model, law = self.completion_.model, self.completion_.law
        assert model is not None
        basis = model.tangent()[1][pattern]
        noise = np.ones(len(pattern)) if law is None else law.noise
        weighted = basis / noise[pattern, None]
        gram = weighted.T @ basis
        if law is not None:
            gram = gram + law.precision(model.offsets != "none")
        size = np.sqrt(np.where(np.diag(gram) > 0, np.diag(gram), 1.0))
        alike = gram / size / size[:, None]
        inverse = np.linalg.pinv(alike, rcond=SINGULAR, hermitian=True)
        targets = rows[:, pattern] - model.column[pattern]
        return targets @ weighted / size @ inverse / size

    def _missing(self, rows, pattern):
        """Return the missing values of rows that are observed at the same columns."""
        model = self.completion_.model
        if model is None:
            return np.full((len(rows), int((~pattern).sum())), np.nan)
        solved = self._solve(rows, pattern)
        filled = solved @ model.tangent()[1][~pattern].T + model.column[~pattern]
        if self.bounds is not None:
            filled = np.clip(filled, *self.bounds)
        if self.fill == "determined":
            known = self._known(solved, pattern)
            filled[~known[:, ~pattern]] = np.nan
        return filled

    def _known(self, solved, pattern):
        """Return which entries of rows are determined."""
        model, motions = self.completion_.model, self.completion_.motions
        assert model is not None
        if motions is None:
            return np.broadcast_to(pattern, (len(solved), len(pattern)))
        factors = solved.copy()
        if model.offsets != "none":
            factors[:, 0] = model.tangent()[0][0, 0]
        return motions.still_in_rows(pattern, factors)

    def _read(self, X, *, reset) -> np.ndarray:
        if scipy.sparse.issparse(X):
            raise TypeError(
                "X is sparse; expected a dense table with NaN for missing values: pass "
                "X.toarray() if zeros are values, or use suffice.complete, which takes "
                "the stored elements as the observed entries."
            )
        X = validate_data(
            self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        mark = self.missing_values
        if not isinstance(mark, numbers.Real):
            raise ValueError(f"missing_values is {mark!r}; expected NaN or a number.")
        return X if np.isnan(mark) else np.where(mark == X, np.nan, X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = bool(np.isnan(self.missing_values))
        return tags


def _warn_of_empty_rows(X: np.ndarray) -> None:
    empty = int(np.isnan(X).all(axis=1).sum())
    if empty:
        warnings.warn(
            f"{empty} of {len(X)} rows hold no value: no factors of theirs can be "
            "known.",
            stacklevel=3,
        )
