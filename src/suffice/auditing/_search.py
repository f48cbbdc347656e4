"""Least-squares fits of networks from many starts, for many selections of samples."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from suffice._core import partition
from suffice.training import fit

from ._candidates import parameters, predict, starts
from ._standard import Standard
from ._targets._response import Deviance, prior

RIDGE = 1e-6
POLISHED_BELOW = 1e-3
EXACT = 1e-10
ROUNDS = 6
WORK = 6e10
FEWEST_STARTS = 4


class Best(eqx.Module):
    """The best fitted network for each selection of samples.

    Attributes:
        models: An ensemble, one member per selection.
        loss: Mean squared error of each member on its selection; the mean deviance for
            classes and counts.
        predictions: Targets that each member predicts at all inputs, in standard units.
    """

    models: Any
    loss: Float[np.ndarray, " selections"]
    predictions: Float[np.ndarray, "selections n"]


def best_networks(
    width: int,
    data: Standard,
    chosen: Bool[np.ndarray, "selections n"],
    *,
    restarts: int,
    polish: bool = True,
    key: Key[Array, ""],
) -> Best:
    """Fit networks of one width to each selection of samples, from many starts.

    A small ridge keeps noisy fits finite. Where the fit is nearly perfect, it is
    polished without the ridge, so that a noise-free law is fitted to rounding. If some
    selections are fitted exactly and others are not, the others are in bad local
    minima, and further rounds of new starts follow, at most five.

    Args:
        width: Number of hidden neurons.
        data: The table in standard units.
        chosen: One row per selection, True where a sample is used.
        restarts: Number of starts per selection and round; fewer where they would take
            long.
        polish: Whether exact fits are attempted; pass False where noise is known.
        key: Random key.
    """
    count = parameters(width, data.x.shape[1])
    restarts = affordable(restarts, len(chosen), len(data.y), count)
    polish = polish and data.kind == "number"
    best = None
    for attempt in range(ROUNDS):
        round_key = jax.random.fold_in(key, attempt)
        new = _round(width, data, chosen, restarts, polish, round_key)
        best = new if best is None else _better(best, new)
        exact = best.loss < EXACT
        if not polish or exact.all() or not exact.any():
            break
    assert best is not None
    return best


def affordable(restarts: int, selections: int, n: int, parameters: int) -> int:
    """Return a number of starts for which a call takes ten seconds on two cores.

    Args:
        restarts: Largest number of starts.
        selections: Number of selections.
        n: Number of samples.
        parameters: Number of parameters.
    """
    each = 200 * selections * n * 2 * parameters**2
    return max(min(restarts, FEWEST_STARTS), min(restarts, int(WORK / each)))


def _round(width, data, chosen, restarts, polish, key) -> Best:
    models = starts(width, data.x.shape[1], len(chosen) * restarts, key)
    ridge = RIDGE
    if data.kind != "number":
        ridge = np.repeat(prior((chosen * data.weights).sum(axis=1)), restarts)
    models, loss = _fitted(models, data, chosen, ridge)
    if polish and loss.min() < POLISHED_BELOW:
        # Without a ridge a noisy fit may diverge, so only an exact fit is accepted.
        polished, lower = _fitted(models, data, chosen, 0.0)
        if lower.min() < EXACT:
            models, loss = polished, lower
    table = loss.reshape(len(chosen), restarts)
    index = np.arange(len(chosen)) * restarts + table.argmin(axis=1)
    best = _members(models, index)
    values = np.asarray(predict(best, data.x))
    return Best(best, loss[index], data.response(values))


def _fitted(models, data, chosen, ridge) -> tuple[Any, np.ndarray]:
    """Fit all starts of all selections; a failed fit has an infinite loss."""
    each = len(jax.tree.leaves(models)[0]) // len(chosen)
    block = max(32, 2 ** int(np.ceil(np.log2(chosen.sum(axis=1).max()))))
    everything = np.arange(len(data.y))
    if 2 * block > len(data.y):
        weights = np.repeat(chosen * data.weights, each, axis=0)
        return _least_squares(models, data, everything, weights, ridge)
    # Small selections of a large table are fitted to their rows alone, padded to
    # one shape.
    parts, losses = [], []
    ridge = np.broadcast_to(ridge, len(chosen) * each)
    for place, row in enumerate(chosen):
        rows = np.flatnonzero(row)
        used = np.arange(block) < len(rows)
        rows = np.concatenate([rows, np.repeat(rows[:1], block - len(rows))])
        own = np.arange(place * each, (place + 1) * each)
        weights = used * data.weights[rows]
        fits = _least_squares(_members(models, own), data, rows, weights, ridge[own])
        parts.append(partition(fits[0])[0])
        losses.append(fits[1])
    joined = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
    return eqx.combine(joined, partition(models)[1]), np.concatenate(losses)


def _least_squares(models, data, rows, weights, ridge) -> tuple[Any, np.ndarray]:
    """Fit targets by their errors, classes and counts by deviance residuals."""
    if data.kind == "number":
        fits = fit(models, data.x[rows], data.y[rows], weights=weights, ridge=ridge)
        return fits.models, _losses(fits.loss)
    x = np.column_stack([data.x[rows], data.table.y[rows]])
    residuals = Deviance(models, data.kind)
    fits = fit(residuals, x, np.zeros(len(x)), weights=weights, ridge=ridge)
    return fits.models.model, _losses(fits.loss)


def _losses(loss) -> np.ndarray:
    return np.where(np.isfinite(loss), loss, np.inf)


def _members(models, index):
    params, rest = partition(models)
    return eqx.combine(jax.tree.map(lambda leaf: leaf[index], params), rest)


def _better(first: Best, second: Best) -> Best:
    take = second.loss < first.loss

    def pick(a, b):
        return np.where(take.reshape((-1,) + (1,) * (a.ndim - 1)), b, a)

    left, rest = partition(first.models)
    models = eqx.combine(jax.tree.map(pick, left, partition(second.models)[0]), rest)
    loss = pick(first.loss, second.loss)
    return Best(models, loss, pick(first.predictions, second.predictions))
