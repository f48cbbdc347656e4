"""Least-squares networks from many starts: the best of each selection of samples."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from suffice._core import partition
from suffice.training import Fit, fit

from ._candidates import predict, starts

RIDGE = 1e-6
POLISHED_BELOW = 1e-3
EXACT = 1e-10
ROUNDS = 6


class Best(eqx.Module):
    """The best network found for each selection of samples.

    Attributes:
        models: An ensemble, one member per selection.
        loss: Mean squared error of each on its own samples.
        predictions: Its output at every input.
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

    A small ridge keeps noisy fits finite; where the fit is close to perfect, the ridge
    is taken away and the fit polished, so that a noise-free law is met to rounding.
    While some selections are fitted exactly and others are not, the others have only
    met bad local minima: new starts are drawn, a fixed number of times.

    Args:
        width: Number of hidden neurons.
        x: Standardised inputs.
        y: Standardised targets.
        chosen: One row per selection, true where a sample is used.
        restarts: Starts per selection and round.
        polish: Whether an exact fit is looked for; useless where noise is known.
        key: Random key.
    """
    best = None
    for attempt in range(ROUNDS):
        own = jax.random.fold_in(key, attempt)
        more = _round(width, x, y, chosen, restarts, polish, own)
        best = more if best is None else _better(best, more)
        exact = best.loss < EXACT
        if not polish or exact.all() or not exact.any():
            break
    assert best is not None
    return best


def _round(width, x, y, chosen, restarts, polish, key) -> Best:
    weights = np.repeat(chosen.astype(float), restarts, axis=0)
    models = starts(width, x.shape[1], len(weights), key)
    found = fit(models, x, y, weights=weights, ridge=RIDGE)
    if polish and found.loss.min() < POLISHED_BELOW:
        found = _lower(found, fit(found.models, x, y, weights=weights))
    table = found.loss.reshape(len(chosen), restarts)
    index = np.arange(len(chosen)) * restarts + table.argmin(axis=1)
    models = _members(found.models, index)
    return Best(models, found.loss[index], np.asarray(predict(models, x)))


def _lower(first: Fit, second: Fit) -> Fit:
    # Without a ridge a noisy fit may run away; it is polished only if that helped.
    return second if np.nanmin(second.loss) < EXACT else first


def _members(models, index):
    params, rest = partition(models)
    return eqx.combine(jax.tree.map(lambda leaf: leaf[index], params), rest)


def _better(one: Best, other: Best) -> Best:
    take = other.loss < one.loss

    def pick(a, b):
        return np.where(take.reshape((-1,) + (1,) * (a.ndim - 1)), b, a)

    left, rest = partition(one.models)
    models = eqx.combine(jax.tree.map(pick, left, partition(other.models)[0]), rest)
    loss = pick(one.loss, other.loss)
    return Best(models, loss, pick(one.predictions, other.predictions))
