"""Search for a critical point nearby."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ._objective import Derivatives

Evaluate = Callable[[np.ndarray], Derivatives]


class Polished(NamedTuple):
    """Parameters `(runs, p)` after the search, and the norm of their gradient."""

    theta: np.ndarray
    gradient: np.ndarray
    steps: int


def polish(evaluate: Evaluate, theta: np.ndarray, *, max_steps: int = 200) -> Polished:
    r"""Move each row of parameters to a nearby critical point of any index.

    Levenberg-Marquardt on `|grad L|^2` in the eigenbasis of the Hessian,

        step = -V Λ (Λ² + μ)⁻¹ Vᵀ g,

    which does not move along the kernel of the Hessian. Steps are accepted or rejected
    for each row separately. A row ends when its gradient is at rounding level, or when
    no step lowers it.
    """
    theta = np.array(theta)
    now = writable(evaluate(theta))
    size = np.linalg.norm(now.gradient, axis=1)
    damping = 1e-4 * np.linalg.norm(now.hessian, axis=(1, 2)) ** 2
    running = np.isfinite(size)
    steps = 0
    while running.any() and steps < max_steps:
        steps += 1
        rows = np.flatnonzero(running)
        values, vectors = np.linalg.eigh(now.hessian[rows])
        step = np.einsum("rpq,rp->rq", vectors, now.gradient[rows])
        step *= values / (values**2 + damping[rows, None])
        trial = theta[rows] - np.einsum("rpq,rq->rp", vectors, step)
        new = evaluate(trial)
        norm = np.linalg.norm(new.gradient, axis=1)
        better = norm < size[rows]
        taken = rows[better]
        theta[taken], size[taken] = trial[better], norm[better]
        for old, fresh in zip(now, new, strict=True):
            old[taken] = fresh[better]
        top = np.max(np.abs(values), axis=1)
        damping[rows] *= np.where(better, 0.1, 10.0)
        floor = 1e-15 * top * np.maximum(1.0, np.linalg.norm(theta[rows], axis=1))
        stuck = damping[rows] > 1e8 * top**2
        running[rows] = ~((size[rows] <= floor) | stuck)
        damping[rows] = np.maximum(damping[rows], (1e-13 * top) ** 2)
    return Polished(theta, size, steps)


def writable(derivatives: Derivatives) -> Derivatives:
    """Copies of the derivatives that may be changed in place."""
    return Derivatives(*(np.array(part) for part in derivatives))
