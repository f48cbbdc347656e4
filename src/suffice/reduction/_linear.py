"""Reduction of models with sparse coefficients."""

import jax.numpy as jnp
import numpy as np

from suffice.models import Diagonal, SquareDifference

from ._result import Reduction


def reduce_diagonal(model: Diagonal, tolerance: float, radius: float) -> Reduction:
    """Distribute every coefficient equally over the layers; small ones become zero."""
    a = np.asarray(model.a)
    alive = np.all(a != 0, axis=0)
    with np.errstate(divide="ignore"):
        size = np.where(alive, np.log(np.abs(a)).sum(axis=0), -np.inf)
    kept, bound = _kept(size, tolerance, radius)
    root = np.exp(np.where(kept, size, -np.inf) / model.layers)
    balanced = np.tile(root, (model.layers, 1))
    balanced[0] *= np.prod(np.sign(a), axis=0)
    before = int(np.any(a != 0, axis=0).sum())
    return _finish(
        Diagonal(jnp.asarray(balanced)), kept, before, bound, tolerance, radius
    )


def reduce_squares(
    model: SquareDifference, tolerance: float, radius: float
) -> Reduction:
    """Write every coefficient as one square; small ones become zero."""
    a, b = np.asarray(model.a), np.asarray(model.b)
    root = np.sqrt(np.abs(a - b)) * np.sqrt(np.abs(a + b))  # no square underflows
    with np.errstate(divide="ignore"):
        kept, bound = _kept(2 * np.log(root), tolerance, radius)
    positive, root = np.abs(a) > np.abs(b), np.where(kept, root, 0.0)
    small = SquareDifference(
        jnp.asarray(np.where(positive, root, 0.0)),
        jnp.asarray(np.where(positive, 0.0, root)),
    )
    before = int(((a != 0) | (b != 0)).sum())
    return _finish(small, kept, before, bound, tolerance, radius)


def _kept(size, tolerance, radius):
    """Which coefficients are kept, by their logarithms, and a bound of the rest."""
    with np.errstate(divide="ignore"):
        floor = np.log(tolerance) + np.max(size, initial=-np.inf)
    kept = size > floor
    return kept, float(np.linalg.norm(np.exp(np.where(kept, -np.inf, size)))) * radius


def _finish(small, kept, before, bound, tolerance, radius):
    after = int(np.count_nonzero(kept))
    return Reduction(small, (after,), (before,), bound, "rigorous", radius, tolerance)
