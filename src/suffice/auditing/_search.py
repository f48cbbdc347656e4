"""Least-squares fits of networks from many starts, for many selections of samples."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from suffice._core import partition
from suffice.training import fit

from ._candidates import parameters, predict, starts

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
        loss: Mean squared error of each member on its selection.
        predictions: Outputs of each member at all inputs.
    """

    models: Any
    loss: Float[np.ndarray, " selections"]
    predictions: Float[np.ndarray, "selections n"]


def best_networks(
    width: int,
    x: Float[np.ndarray, "n dim"],
    y: Float[np.ndarray, " n"],
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
        x: Standardised inputs.
        y: Standardised targets.
        chosen: One row per selection, True where a sample is used.
        restarts: Number of starts per selection and round; fewer where they would take
            long.
        polish: Whether exact fits are attempted; pass False where noise is known.
        key: Random key.
    """
    count = parameters(width, x.shape[1])
    restarts = affordable(restarts, len(chosen), len(y), count)
    best = None
    for attempt in range(ROUNDS):
        round_key = jax.random.fold_in(key, attempt)
        new = _round(width, x, y, chosen, restarts, polish, round_key)
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


def _round(width, x, y, chosen, restarts, polish, key) -> Best:
    models = starts(width, x.shape[1], len(chosen) * restarts, key)
    models, loss = _fitted(models, x, y, chosen, RIDGE)
    if polish and loss.min() < POLISHED_BELOW:
        # Without a ridge a noisy fit may diverge, so only an exact fit is accepted.
        polished, lower = _fitted(models, x, y, chosen, 0.0)
        if lower.min() < EXACT:
            models, loss = polished, lower
    table = loss.reshape(len(chosen), restarts)
    index = np.arange(len(chosen)) * restarts + table.argmin(axis=1)
    best = _members(models, index)
    return Best(best, loss[index], np.asarray(predict(best, x)))


def _fitted(models, x, y, chosen, ridge) -> tuple[Any, np.ndarray]:
    """Fit all starts of all selections; a failed fit has an infinite loss."""
    each = len(jax.tree.leaves(models)[0]) // len(chosen)
    block = max(32, 2 ** int(np.ceil(np.log2(chosen.sum(axis=1).max()))))
    if 2 * block > len(y):
        weights = np.repeat(chosen.astype(float), each, axis=0)
        fits = fit(models, x, y, weights=weights, ridge=ridge)
        return fits.models, _losses(fits.loss)
    # Small selections of a large table are fitted to their rows alone, padded to
    # one shape.
    parts, losses = [], []
    for place, row in enumerate(chosen):
        rows = np.flatnonzero(row)
        weights = np.arange(block) < len(rows)
        rows = np.concatenate([rows, np.repeat(rows[:1], block - len(rows))])
        members = _members(models, np.arange(place * each, (place + 1) * each))
        fits = fit(
            members, x[rows], y[rows], weights=weights.astype(float), ridge=ridge
        )
        parts.append(partition(fits.models)[0])
        losses.append(_losses(fits.loss))
    joined = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
    return eqx.combine(joined, partition(models)[1]), np.concatenate(losses)


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
