"""Orders of candidate inputs that depend on the target."""

from typing import Any

import jax
import numpy as np

from suffice.samples import plan
from suffice.samples._shared import tangent_basis

_NEW = 1e-6  # relative size below which a row adds no direction to a span


def planned_order(target: Any, pool: np.ndarray) -> np.ndarray:
    """Return all candidates in planned order, the most informative first."""
    return plan(target, pool=pool, size=len(pool), key=jax.random.key(0)).order


def conditioned_order(target: Any, candidates: np.ndarray) -> np.ndarray:
    """Return candidates in their order, but early uninformative ones at the end.

    Until the chosen candidates span all tangent directions of the target, a candidate
    that adds no direction is put behind them.
    """
    domain = getattr(target, "domain", None)
    basis = tangent_basis(target, candidates, domain=domain, key=jax.random.key(0))
    rows = basis.values
    rank = rows.shape[2]
    span = np.zeros((0, rank))
    chosen = []
    for index, row in enumerate(rows):
        if len(span) == rank:
            break
        new = _outside(row, span)
        if len(new):
            chosen.append(index)
            span = np.concatenate([span, new])
    waiting = np.setdiff1d(np.arange(len(rows)), chosen)
    return np.concatenate([np.array(chosen, int), waiting])


def _outside(row: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Return orthonormal directions of the rows of an input outside a span."""
    rest = row - (row @ span.T) @ span
    rest = rest - (rest @ span.T) @ span
    _, sigma, v = np.linalg.svd(rest, full_matrices=False)
    return v[sigma > _NEW * np.linalg.norm(row)]
