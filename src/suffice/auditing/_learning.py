"""The empirical learning curve: test error as a function of the sample size."""

import dataclasses

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import numpy_rng, Progress, Result, silent

from ._candidates import linear_fit, one_and_inputs, predict_one, simple_features
from ._memory import Memory
from ._search import best_networks, EXACT
from ._standard import Standard
from ._width import WidthCurve

BAND = (10, 50, 90)


@dataclasses.dataclass(frozen=True)
class LearningCurve(Result):
    """Error on unseen samples after fitting `n` random samples, for many splits.

    Errors are mean squared errors relative to the variance of the target.

    Attributes:
        name: Name of the fitted model, such as `width 2`.
        n: Numbers of fitted samples, ascending.
        error: Mean error over all unseen samples of all splits.
        median: Median error over the splits.
        low: Tenth percentile of the error over the splits.
        high: Ninetieth percentile of the error over the splits.
        linear: Mean error of a linear model on the same splits.
        unseen: Number of unseen samples, over all splits, behind each point.
        scored: Number of splits that leave unseen samples; only these have an error.
        recovered: Number of them in which the error is zero to rounding.
    """

    name: str
    n: Int[np.ndarray, " sizes"]
    error: Float[np.ndarray, " sizes"]
    median: Float[np.ndarray, " sizes"]
    low: Float[np.ndarray, " sizes"]
    high: Float[np.ndarray, " sizes"]
    linear: Float[np.ndarray, " sizes"]
    unseen: Int[np.ndarray, " sizes"]
    scored: Int[np.ndarray, " sizes"]
    recovered: Int[np.ndarray, " sizes"]

    def headline(self) -> str:
        """Return the two ends of the curve in one sentence."""
        return (
            f"From {self.n[0]} to {self.n[-1]} samples the mean error of {self.name} "
            f"goes from {self.error[0]:.2g} to {self.error[-1]:.2g} of the variance."
        )


def learning_curve(
    data: Standard,
    widths: WidthCurve,
    *,
    splits: int,
    restarts: int,
    key: Key[Array, ""],
    memory: Memory,
    progress: Progress = silent,
) -> LearningCurve:
    """Fit a model to random subsets and test it on the samples left out.

    The subsets of one split are nested: each curve is one experiment that grows.

    Args:
        data: The table in standard units; repeated inputs are never split.
        widths: The width curve, whose chosen model is fitted.
        splits: Number of random splits per size.
        restarts: Number of random starts per split.
        key: Random key.
        memory: Where finished sizes are kept.
        progress: Called before each size.
    """
    order_key, fit_key = jax.random.split(key)
    orders = _orders(data.groups, splits, order_key)
    sizes = map(int, _sizes(len(data.y), widths.size))
    cuts = {n: _split(orders, data.groups, n) for n in sizes}
    # A size at which no split leaves unseen samples has no error.
    cuts = {n: cut for n, cut in cuts.items() if cut[1].any()}
    points = []
    for done, (n, (chosen, unseen)) in enumerate(cuts.items()):
        progress(done, len(cuts), "sizes: learning curve")

        def solve(chosen=chosen, n=n):
            size_key = jax.random.fold_in(fit_key, n)
            return (_predictions(data, widths, chosen, restarts, size_key),)

        (predictions,) = memory.recall(f"{widths.name}, {n} samples", solve)
        baseline = _linear(data, chosen, one_and_inputs)
        points.append((n, *_point(predictions, baseline, data, unseen)))
    n, error, (low, median, high), linear, unseen, scored, recovered = (
        np.array(column).T for column in zip(*points, strict=True)
    )
    return LearningCurve(
        name=widths.name,
        n=n,
        error=error,
        median=median,
        low=low,
        high=high,
        linear=linear,
        unseen=unseen,
        scored=scored,
        recovered=recovered,
    )


def _point(predictions, baseline, data, unseen) -> tuple:
    """Return what is known of one size, from the splits that leave unseen samples."""
    count, weights = unseen.sum(axis=1), unseen * data.weights
    squares = (weights * (predictions - data.y) ** 2).sum(axis=1)
    total = weights.sum(axis=1)
    errors = squares[count > 0] / total[count > 0]
    linear = (weights * (baseline - data.y) ** 2).sum() / total.sum()
    return (
        squares.sum() / total.sum(),
        np.percentile(errors, BAND),
        linear,
        count.sum(),
        len(errors),
        (errors < EXACT).sum(),
    )


def _sizes(total: int, size: int) -> np.ndarray:
    """Return sizes around the threshold and above, up to nine tenths of the rows."""
    largest = total - max(3, total // 10)
    around = [size // 2, size - 2, size - 1, size, size + 1, size + 2]
    above = [round(size * factor) for factor in (1.25, 1.5, 2, 3, 5, 8, 13, 21, 34)]
    wanted = {n for n in (*around, *above, largest) if 2 <= n <= largest}
    return np.array(sorted(wanted))


def _orders(groups, splits, key) -> np.ndarray:
    """Draw one random order of the samples per split; groups stay together."""
    rng = numpy_rng(key)
    labels, index = np.unique(groups, return_inverse=True)
    ranks = [rng.permutation(len(labels))[index.ravel()] for _ in range(splits)]
    return np.array([np.argsort(rank, kind="stable") for rank in ranks])


def _split(orders, groups, n) -> tuple[np.ndarray, np.ndarray]:
    """Return masks of the first `n` samples, and of groups without any of them."""
    chosen = np.zeros(orders.shape, bool)
    np.put_along_axis(chosen, orders[:, :n], True, axis=1)
    used = [np.isin(groups, groups[row]) for row in chosen]
    return chosen, ~np.array(used)


def _predictions(data, widths, chosen, restarts, key) -> np.ndarray:
    if widths.width == 0:
        return _linear(data, chosen, simple_features(widths.name))
    networks = best_networks(
        widths.width,
        data,
        chosen,
        restarts=restarts,
        polish=widths.exact,
        key=key,
    )
    return networks.predictions


def _linear(data, chosen, features) -> np.ndarray:
    fits = [linear_fit(data, row, features) for row in chosen]
    return data.response(np.array([predict_one(model, data.x) for model in fits]))
