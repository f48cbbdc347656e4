"""The intrinsic width: the smallest network that predicts as well as any other."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Hidden, numpy_rng, partition, Progress, Result, silent
from suffice._core.literature import bases

from ._candidates import linear_fit, one, one_and_inputs, parameters, predict_one
from ._dependence import Dependence
from ._memory import Memory
from ._search import best_networks, EXACT
from ._standard import Standard

PATIENCE = 2


class Row(NamedTuple):
    """One model: errors on held-out samples, mean on fitted ones, fitted parameters."""

    name: str
    width: int
    parameters: int
    held_out: np.ndarray
    train: float
    theta: np.ndarray


@dataclasses.dataclass(frozen=True)
class WidthCurve(Result):
    """Cross-validated errors of models of growing size, and the choice among them.

    Errors are mean squared errors relative to the variance of the target: 1 is no
    better than the mean, 0 is perfect.

    Attributes:
        names: Names of the models: `constant`, `linear`, `width 1`, `width 2`, ...
        widths: Number of hidden neurons of each model; 0 for the first two.
        parameters: Number of parameters of each model.
        error: Cross-validated error of each model.
        behind: Error of each model minus that of the best one.
        behind_error: Standard error of `behind`, over distinct inputs. The models share
            their unseen samples, so it is far smaller than that of `error` itself.
        train_error: Error of each model on the fitted samples.
        chosen: Index of the smallest model that is behind by at most one standard
            error or, for a noise-free law, of the first model that fits it to
            rounding. A constant is not chosen where the target depends on the inputs.
        exact: Whether the law is noise-free, so that the error falls to rounding.
        folds: Number of folds of the cross-validation.
        limit: Why no wider network was tried: `none` where wider networks no longer
            help, `samples` where there are too few samples, `width` where `max_width`
            was reached.
        stopped: The reason for `limit` in words.
        dependence: Whether the target depends on the inputs at all.
        fold: Fold of each sample.
        squares: Weighted squared error of each model on each sample while it was
            unseen.
        theta: Parameters of the chosen model in each fold.
    """

    grounds = bases.CHOICE

    names: tuple[str, ...]
    widths: Int[np.ndarray, " models"]
    parameters: Int[np.ndarray, " models"]
    error: Float[np.ndarray, " models"]
    behind: Float[np.ndarray, " models"]
    behind_error: Float[np.ndarray, " models"]
    train_error: Float[np.ndarray, " models"]
    chosen: int
    exact: bool
    folds: int
    limit: Literal["none", "samples", "width"]
    stopped: str
    dependence: Dependence
    fold: Hidden[Int[np.ndarray, " n"]]
    squares: Hidden[Float[np.ndarray, "models n"]]
    theta: Hidden[Float[np.ndarray, "folds p"]]

    @property
    def best(self) -> int:
        """Index of the model with the smallest error."""
        return int(np.argmin(self.error))

    @property
    def name(self) -> str:
        """Name of the chosen model."""
        return self.names[self.chosen]

    @property
    def size(self) -> int:
        """Number of parameters of the chosen model."""
        return int(self.parameters[self.chosen])

    @property
    def width(self) -> int:
        """Number of hidden neurons of the chosen model."""
        return int(self.widths[self.chosen])

    def headline(self) -> str:
        """Return the intrinsic width in one sentence."""
        if self.exact:
            return f"The law is noise-free and met to rounding by: {self.name}."
        return (
            f"The smallest model that predicts as well as the best is: {self.name} "
            f"(error {self.error[self.chosen]:.3g} of the variance)."
        )


def width_curve(
    data: Standard,
    *,
    dependence: Dependence,
    max_width: int,
    folds: int,
    restarts: int,
    key: Key[Array, ""],
    memory: Memory,
    progress: Progress = silent,
) -> WidthCurve:
    """Fit a constant, a linear model and networks of width 1, 2, ... while they help.

    Args:
        data: The table in standard units; repeated inputs are never split.
        dependence: Whether the target depends on the inputs at all.
        max_width: Widest network tried.
        folds: Number of folds of the cross-validation.
        restarts: Number of random starts per fold.
        key: Random key.
        memory: Where finished models are kept.
        progress: Called before each model is fitted.
    """
    fold = folds_of(data.groups, folds, key)
    rows: list[Row] = []
    limit, stopped = "width", f"the largest width asked for is {max_width}"
    smallest = fewest_inputs(data.groups, fold)
    ladder = _ladder(data, fold, max_width, restarts, key)
    for name, width, count, solve in ladder:
        if width and count > smallest:
            limit = "samples"
            stopped = (
                f"{name} has {count} parameters, and a fold leaves only {smallest} "
                "distinct inputs to fit them to"
            )
            break
        progress(len(rows), max_width + 2, "models: intrinsic width")
        held_out, train, theta = memory.recall(name, solve)
        rows.append(Row(name, width, count, held_out, float(train), theta))
        if reason := _enough(rows, data.groups):
            limit, stopped = "none", reason
            break
    return _curve(rows, data, fold, limit, stopped, dependence)


def folds_of(groups: np.ndarray, folds: int, key: Key[Array, ""]) -> np.ndarray:
    """Return the fold of every sample; all samples of a group share one fold."""
    rng = numpy_rng(key)
    labels, index = np.unique(groups, return_inverse=True)
    return (rng.permutation(len(labels)) % min(folds, len(labels)))[index.ravel()]


def fewest_inputs(groups: np.ndarray, fold: np.ndarray) -> int:
    """Return the number of distinct inputs that are fitted when a fold is left out."""
    return min(len(np.unique(groups[fold != k])) for k in np.unique(fold))


def paired(
    first: Float[np.ndarray, " n"], second: Float[np.ndarray, " n"], groups: np.ndarray
) -> tuple[float, float]:
    """Return how much larger the mean of the first is, and the standard error of it.

    Args:
        first: Squared errors on all samples.
        second: Squared errors of another model on the same samples.
        groups: A number per sample, equal for samples of equal inputs, which are not
            independent.
    """
    n, difference = len(first), np.bincount(groups, first - second)
    error = float(difference.std(ddof=1)) * len(difference) ** 0.5 / n
    return float(difference.sum()) / n, error


def _ladder(data, fold, max_width, restarts, key) -> Iterator[Any]:
    inputs = data.x.shape[1]
    yield "constant", 0, 1, lambda: _simple(one, data, fold)
    yield "linear", 0, inputs + 1, lambda: _simple(one_and_inputs, data, fold)
    for width in range(1, max_width + 1):

        def solve(width=width):
            width_key = jax.random.fold_in(key, width)
            return _network(width, data, fold, restarts, width_key)

        yield f"width {width}", width, parameters(width, inputs), solve


def _simple(features, data, fold):
    models = [linear_fit(data, fold != k, features) for k in np.unique(fold)]
    predicted = np.array([data.response(predict_one(m, data.x)) for m in models])
    theta = np.array([model.theta for model in models])
    return *_errors(data, fold, predicted), theta


def _network(width, data, fold, restarts, key):
    chosen = fold[None] != np.unique(fold)[:, None]
    networks = best_networks(width, data, chosen, restarts=restarts, key=key)
    leaves = jax.tree.leaves(partition(networks.models)[0])
    theta = np.concatenate([leaf.reshape(len(chosen), -1) for leaf in leaves], axis=1)
    return *_errors(data, fold, networks.predictions), theta


def _errors(data, fold, predicted):
    """Weighted squared errors of unseen samples, and their mean on fitted ones."""
    labels, index = np.unique(fold, return_inverse=True)
    squares = data.weights * (predicted - data.y) ** 2
    fitted = [np.mean(row[fold != k]) for k, row in zip(labels, squares, strict=True)]
    return squares[index, np.arange(len(data.y))], np.mean(fitted)


def _enough(rows, groups) -> str | None:
    """Return why to stop after these models, or None to continue."""
    mean = [row.held_out.mean() for row in rows]
    exact = next((i for i, value in enumerate(mean) if value < EXACT), None)
    if exact is not None and len(rows) >= min(exact + 2, 3) and exact < len(rows) - 1:
        return f"{rows[exact].name} meets the data to rounding"
    best = int(np.argmin(mean))
    behind = [paired(row.held_out, rows[best].held_out, groups) for row in rows]
    worse = [mean > error for mean, error in behind[best + 1 :]]
    if exact is None and rows[-1].width > PATIENCE and sum(worse) >= PATIENCE:
        return f"wider networks than {rows[best].name} predict worse"
    return None


def _curve(rows, data, fold, limit, stopped, dependence) -> WidthCurve:
    names, widths, counts, held_out, train, theta = zip(*rows, strict=True)
    squares = np.array(held_out)
    error = squares.mean(axis=1)
    best = squares[int(error.argmin())]
    behind, spread = np.array([paired(row, best, data.groups) for row in squares]).T
    exact = bool((error < EXACT).any()) and data.kind == "number"
    good = error < EXACT if exact else behind <= spread
    if dependence.significant and good[1:].any():
        good[0] = False
    chosen = int(np.argmax(good))
    return WidthCurve(
        names=names,
        widths=np.array(widths),
        parameters=np.array(counts),
        error=error,
        behind=behind,
        behind_error=spread,
        train_error=np.array(train),
        chosen=chosen,
        exact=exact,
        folds=len(np.unique(fold)),
        limit=limit,
        stopped=stopped,
        dependence=dependence,
        fold=fold,
        squares=squares,
        theta=theta[chosen],
    )
