"""The intrinsic width: the smallest network that predicts as well as any other."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import Hidden, numpy_rng, Progress, Result, silent
from suffice._core.literature import bases

from ._candidates import linear_fit, one, one_and_inputs, parameters, predict_one
from ._dependence import Dependence
from ._memory import Memory
from ._search import best_networks, EXACT
from ._standard import Standard

PATIENCE = 2


class Row(NamedTuple):
    """Errors of one model: squared errors on held-out samples, mean on fitted ones."""

    name: str
    width: int
    parameters: int
    held_out: np.ndarray
    train: float


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
        squares: Squared error of each model on each sample while it was unseen.
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
    ladder = _ladder(data.x, data.y, fold, max_width, restarts, key)
    for name, width, count, solve in ladder:
        if width and count > smallest:
            limit = "samples"
            stopped = (
                f"{name} has {count} parameters, and a fold leaves only {smallest} "
                "distinct inputs to fit them to"
            )
            break
        progress(len(rows), max_width + 2, "models: intrinsic width")
        held_out, train = memory.recall(name, solve)
        rows.append(Row(name, width, count, held_out, float(train)))
        if reason := _enough(rows, data.groups):
            limit, stopped = "none", reason
            break
    return _curve(rows, data.groups, fold, limit, stopped, dependence)


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


def _ladder(x, y, fold, max_width, restarts, key) -> Iterator[Any]:
    inputs = x.shape[1]
    yield "constant", 0, 1, lambda: _simple(one, x, y, fold)
    yield "linear", 0, inputs + 1, lambda: _simple(one_and_inputs, x, y, fold)
    for width in range(1, max_width + 1):

        def solve(width=width):
            width_key = jax.random.fold_in(key, width)
            return _network(width, x, y, fold, restarts, width_key)

        yield f"width {width}", width, parameters(width, inputs), solve


def _simple(features, x, y, fold):
    held_out, train = np.zeros(len(y)), []
    for k in np.unique(fold):
        inside = fold != k
        residual = predict_one(linear_fit(x[inside], y[inside], features), x) - y
        held_out[~inside] = residual[~inside] ** 2
        train.append(np.mean(residual[inside] ** 2))
    return held_out, np.mean(train)


def _network(width, x, y, fold, restarts, key):
    labels, index = np.unique(fold, return_inverse=True)
    networks = best_networks(
        width, x, y, fold[None] != labels[:, None], restarts=restarts, key=key
    )
    held_out = (networks.predictions[index, np.arange(len(y))] - y) ** 2
    return held_out, networks.loss.mean()


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


def _curve(rows, groups, fold, limit, stopped, dependence) -> WidthCurve:
    names, widths, counts, held_out, train = zip(*rows, strict=True)
    squares = np.array(held_out)
    error = squares.mean(axis=1)
    best = squares[int(error.argmin())]
    behind, spread = np.array([paired(row, best, groups) for row in squares]).T
    exact = bool((error < EXACT).any())
    good = error < EXACT if exact else behind <= spread
    if dependence.significant and good[1:].any():
        good[0] = False
    return WidthCurve(
        names=names,
        widths=np.array(widths),
        parameters=np.array(counts),
        error=error,
        behind=behind,
        behind_error=spread,
        train_error=np.array(train),
        chosen=int(np.argmax(good)),
        exact=exact,
        folds=len(np.unique(fold)),
        limit=limit,
        stopped=stopped,
        dependence=dependence,
        fold=fold,
        squares=squares,
    )
