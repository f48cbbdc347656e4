"""The methods besides least squares that find a low-rank matrix with given entries."""

from collections.abc import Callable
from typing import Any, get_args, Literal, NamedTuple

import numpy as np

from ._dynamics._flow import factorisation_flow
from ._dynamics._glrl import glrl
from ._dynamics._product_spectrum import learned_rank
from ._entries._observed import Observed
from ._fit._least_squares import EXACT
from ._fit._levenberg_marquardt import misfit
from ._fit._nuclear_norm import minimum_nuclear_norm
from ._fit._units import relative_misfit

CompletionMethod = Literal["least-squares", "flow", "greedy", "nuclear"]
METHODS = get_args(CompletionMethod)
Fill = Literal["determined", "all"]
STARTS = 4
SCALES = (1e-4, 1e-8)  # relative to the square root of the spectral norm of the data


class Filling(NamedTuple):
    """Factors of a completed matrix, with the evidence that its method gives."""

    rank: int | None
    left: Any = None
    right: Any = None
    residual: float = float("nan")
    converged: bool = False
    spread: np.ndarray | None = None
    exponent: np.ndarray | None = None
    gap: float | None = None
    note: str | None = None


def by_flow(observed: Observed, width, starts, key) -> Filling:
    """Return what gradient flow from small initialisation learns, for several seeds."""
    size = observed.norm() or 1.0
    flow = factorisation_flow(
        observed.dense(0.0) / size,
        observed.mask,
        width=width,
        scales=SCALES,
        seeds=starts,
        key=key,
    )
    done = flow.converged[1]
    if not done.any() and width is None:
        return Filling(None, note="no run fitted the observed entries.")
    # Choose the lowest rank among the runs at the smallest scale.
    ranks = np.where(done, flow.rank[1], 1 + min(observed.shape))
    chosen = int(np.argmin(ranks)) if done.any() else int(np.argmin(flow.loss[1]))
    values = size * flow.values[1, chosen]
    made = _truncated(observed, values, width)
    spread = size * flow.values[1][done].std(axis=0) if done.any() else None
    return made._replace(
        converged=bool(done[chosen]),
        spread=spread,
        exponent=flow.rank_gap_exponent(),
    )


def by_greed(observed: Observed, max_rank, starts, key) -> Filling:
    """Return what greedy low-rank learning finds."""
    size = observed.norm() or 1.0
    path = glrl(observed.dense(0.0) / size, observed.mask, max_rank=max_rank)
    if not path.converged and max_rank is None:
        return Filling(None, note="greedy low-rank learning fitted at no rank.")
    left = size * path.left
    residual = _residual(observed, left, path.right)
    return Filling(path.rank, left, path.right, residual, path.converged)


def by_nuclear_norm(observed: Observed, rank, starts, key) -> Filling:
    """Return the completion of minimum nuclear norm."""
    completion = minimum_nuclear_norm(observed.dense(0.0), observed.mask)
    made = _truncated(observed, completion.values, rank)
    gap = float(completion.gap)
    return made._replace(gap=gap, converged=gap <= 1e-6)


def _truncated(observed: Observed, values, rank) -> Filling:
    """Return factors of a full matrix, at its numerical rank or at a given rank."""
    learned = learned_rank(values)
    if rank is None and learned.value is None:
        return Filling(None, note=f"the rank of the result is unclear: {learned.note}")
    k = max(learned.value or 0, 1) if rank is None else rank
    u, s, vt = np.linalg.svd(values, full_matrices=False)
    left, right = u[:, :k] * np.sqrt(s[:k]), np.sqrt(s[:k])[:, None] * vt[:k]
    residual = _residual(observed, left, right)
    note = None
    if residual > 1e3 * EXACT and rank is not None:
        note = f"The method gave no matrix of rank {rank}; its result was truncated."
    return Filling(k, left, right, residual, True, note=note)


def _residual(observed: Observed, left, right) -> float:
    return relative_misfit(observed, misfit(observed, left, right.T))


OTHERS: dict[CompletionMethod, Callable[..., Filling]] = {
    "flow": by_flow,
    "greedy": by_greed,
    "nuclear": by_nuclear_norm,
}
