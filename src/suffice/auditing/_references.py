"""What a user would take otherwise, judged on the same unseen samples."""

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.optimize
from jaxtyping import Array, Float, Key

from suffice._core import numpy_rng, Progress, Result, silent

from ._candidates import quadratic_features
from ._memory import Memory
from ._standard import Standard
from ._width import paired, WidthCurve

PROCESS = "Gaussian process"
TREES = "gradient boosting"
SEVERAL = 3  # inputs from which on shrinking a linear model can matter
HYPERPARAMETER_ROWS = 200
NOT_FITTED = 1.1  # error of a Gaussian process relative to that of a linear model


@dataclasses.dataclass(frozen=True)
class References(Result):
    """Errors of other descriptions of the table on the same unseen samples.

    Errors are mean squared errors relative to the variance of the target.

    Attributes:
        names: Names of the references; none for a noise-free law, which nothing beats.
        error: Cross-validated error of each reference, in the folds of the networks.
        ahead: Error of the chosen model minus that of the reference.
        ahead_error: Standard error of `ahead`, over distinct inputs.
        behind: Error of each reference minus that of the best model of the width curve.
        behind_error: Standard error of `behind`, over distinct inputs.
    """

    names: tuple[str, ...]
    error: Float[np.ndarray, " references"]
    ahead: Float[np.ndarray, " references"]
    ahead_error: Float[np.ndarray, " references"]
    behind: Float[np.ndarray, " references"]
    behind_error: Float[np.ndarray, " references"]

    @property
    def better(self) -> int | None:
        """Index of the best reference, if it is ahead by over one standard error."""
        ahead = np.flatnonzero(self.ahead > self.ahead_error)
        return int(ahead[self.error[ahead].argmin()]) if len(ahead) else None

    @property
    def level(self) -> int | None:
        """Index of the best reference within one standard error, if none is better.

        One that predicts no better than the mean describes nothing, and is left out.
        """
        near = np.abs(self.ahead) <= self.ahead_error
        near = np.flatnonzero(near & (self.error < 1))
        if self.better is not None or not len(near):
            return None
        return int(near[self.error[near].argmin()])

    @property
    def clear(self) -> bool:
        """Whether some reference is ahead by over two standard errors."""
        return bool((self.ahead > 2 * self.ahead_error).any())

    def title(self, index: int) -> str:
        """Return the name of a reference as the subject of a sentence."""
        name = self.names[index]
        return name.capitalize() if name == TREES else f"The {name}"

    def headline(self) -> str:
        """Return the comparison in one sentence."""
        if not self.names:
            return "No other description was compared: the law is met to rounding."
        if self.level is not None:
            return f"{self.title(self.level)} predicts about as well."
        if self.better is None:
            return f"None of {', '.join(self.names)} predicts better."
        return (
            f"{self.title(self.better)} predicts better: it leaves "
            f"{self.error[self.better]:.3g} of the variance."
        )


def references(
    data: Standard,
    widths: WidthCurve,
    *,
    key: Key[Array, ""],
    memory: Memory,
    progress: Progress = silent,
) -> References:
    """Cross-validate what one would take otherwise.

    That is ridge regression, a quadratic, a power law, a Gaussian process, and boosted
    trees.

    Args:
        data: The table in standard units.
        widths: The width curve, whose folds and whose chosen model are compared.
        key: Random key of the subsets from which the Gaussian process learns its
            kernel.
        memory: Where finished references are kept.
        progress: Called before each reference.
    """
    rows = []
    ladder = [] if widths.exact else list(_ladder(data, widths.fold, key))
    chosen, best = widths.squares[[widths.chosen, widths.best]]
    for done, (name, learner) in enumerate(ladder):
        progress(done, len(ladder), "references: other descriptions")

        def solve(learner=learner):
            return (_cross_validated(learner, data, widths.fold),)

        (squares,) = memory.recall(name, solve)
        if name == PROCESS and squares.mean() > NOT_FITTED * widths.error[1]:
            continue  # its kernel was not fitted: linear functions are a limit of it
        ahead = paired(chosen, squares, data.groups)
        behind = paired(squares, best, data.groups)
        rows.append((name, squares.mean(), *ahead, *behind))
    names, *numbers = zip(*rows, strict=True) if rows else ((),) * 6
    return References(names, *(np.array(column, float) for column in numbers))


Learner = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Predictions at new inputs, from inputs, targets and weights."""


def _ladder(data: Standard, fold, key) -> Iterator[tuple[str, Learner]]:
    dim = data.x.shape[1]
    fitted = len(data.y) - np.bincount(fold).max()
    if dim >= SEVERAL:
        yield "ridge regression", _ridge
    if (dim + 1) * (dim + 2) // 2 <= fitted / 2:
        yield "quadratic model", _quadratic
    table = data.table
    if (table.x > 0).all() and (table.y > 0).all():
        yield "power law", _power_law(data)
    yield PROCESS, _gaussian_process(key)
    yield TREES, _boosted_trees


def _cross_validated(learner: Learner, data: Standard, fold) -> np.ndarray:
    squares = np.zeros(len(data.y))
    for k in np.unique(fold):
        inside = fold != k
        known = data.x[inside], data.y[inside], data.weights[inside]
        predicted = learner(*known, data.x[~inside])
        squares[~inside] = (predicted - data.y[~inside]) ** 2
    return data.weights * squares


def _ridge(x, y, weights, new) -> np.ndarray:
    from sklearn.linear_model import RidgeCV

    return RidgeCV(np.logspace(-3, 3, 13)).fit(x, y, weights).predict(new)


def _quadratic(x, y, weights, new) -> np.ndarray:
    root = np.sqrt(weights)
    theta = np.linalg.lstsq(root[:, None] * quadratic_features(x), root * y)[0]
    return quadratic_features(new) @ theta


def _power_law(data: Standard) -> Learner:
    """A product of powers of the inputs, fitted to the targets themselves."""

    def logs(x):
        positive = np.maximum(x * data.spread + data.mean, np.finfo(float).tiny)
        return np.column_stack([np.ones(len(x)), np.log(positive)])

    def learner(x, y, weights, new):
        design, target, root = logs(x), y * data.unit + data.offset, np.sqrt(weights)
        scale = target.mean()
        logarithm = root * np.log(target / scale)
        start = np.linalg.lstsq(root[:, None] * design, logarithm)[0]

        def residuals(theta):
            predicted = np.exp(np.clip(design @ theta, -300, 300))
            return root * (predicted - target / scale)

        theta = scipy.optimize.least_squares(residuals, start, x_scale="jac").x
        predicted = scale * np.exp(np.clip(logs(new) @ theta, -300, 300))
        return (predicted - data.offset) / data.unit

    return learner


def _gaussian_process(key) -> Learner:
    def learner(x, y, weights, new):
        rows = numpy_rng(key).permutation(len(x))[:HYPERPARAMETER_ROWS]
        trials = [_kernel_fit(x[rows], y[rows], noise) for noise in (1e-3, 0.3)]
        best = max(trials, key=lambda trial: trial.log_marginal_likelihood_value_)
        smooth, white = best.kernel_.k1, best.kernel_.k2
        best.set_params(
            optimizer=None, kernel=smooth, alpha=white.noise_level / weights
        )
        return best.fit(x, y).predict(new)

    return learner


def _kernel_fit(x, y, noise: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, RBF, WhiteKernel

    kernel = ConstantKernel(1.0) * RBF(1.0, (0.3, 1e3)) + WhiteKernel(noise, (1e-8, 2))
    with warnings.catch_warnings():
        # A length at its bound says that the function is nearly constant or rough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianProcessRegressor(kernel).fit(x, y)


def _boosted_trees(x, y, weights, new) -> np.ndarray:
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(random_state=0).fit(x, y, weights).predict(new)
