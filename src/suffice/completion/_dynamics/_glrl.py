"""Greedy low-rank learning, the limit of training from vanishing initialisation."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from suffice._core import Numbers, Result
from suffice._core.literature import bases
from suffice.completion._entries._observed import as_observed, Observed
from suffice.completion._fit._alternating_least_squares import balanced
from suffice.completion._fit._levenberg_marquardt import polish

from ._flow import factorisation_flow
from ._saddle import inner_hessian, residual_matrix

SEED = 1e-4  # size of a new direction, relative to the root of the residual's norm


@dataclasses.dataclass(frozen=True)
class Stage:
    """One rank level of greedy low-rank learning.

    Attributes:
        rank: Width of the factors.
        loss: Half the sum of squared errors at the end of the stage.
        residual: Singular values of the residual at the end of the stage.
        curvature: Least eigenvalue of the Hessian inside the row space, relative to the
            largest absolute eigenvalue; negative at a saddle.
        steps: Number of steps of the flow.
        rested: Whether the flow fitted the entries, or its relative gradient fell below
            1e-9.
    """

    rank: int
    loss: float
    residual: Float[np.ndarray, " k"]
    curvature: float
    steps: int
    rested: bool


@dataclasses.dataclass(frozen=True)
class GreedyPath(Result):
    """The critical points that greedy low-rank learning visits, and the final factors.

    Attributes:
        left: Final `A`, shape `(rows, rank)`.
        right: Final `B`, shape `(rank, columns)`.
        stages: One stage per rank, in increasing order.
        converged: Whether the last stage fits the observed entries.
        mode: `strict` or `robust`, see `glrl`.
    """

    grounds = bases.GREEDY

    left: Float[np.ndarray, "rows rank"]
    right: Float[np.ndarray, "rank columns"]
    stages: tuple[Stage, ...]
    converged: bool
    mode: Literal["strict", "robust"]

    @property
    def rank(self) -> int:
        """Rank of the last stage."""
        return self.stages[-1].rank if self.stages else 0

    def product(self) -> Float[np.ndarray, "rows columns"]:
        """Return the completed matrix `A B`."""
        return self.left @ self.right

    def headline(self) -> str:
        """Say in one sentence at which rank it stopped, and whether it fits."""
        end = "fits the observed entries" if self.converged else "did not fit"
        return f"Greedy low-rank learning {end} at rank {self.rank}."

    def shown(self) -> dict[str, Any]:
        """Return the loss of every rank."""
        return {f"rank {stage.rank}": f"loss {stage.loss:.4g}" for stage in self.stages}


def glrl(
    values: Numbers,
    mask: Numbers,
    *,
    mode: Literal["strict", "robust"] = "robust",
    max_rank: int | None = None,
    tolerance: float = 1e-20,
    max_steps: int = 4000,
) -> GreedyPath:
    r"""Learn a matrix rank by rank, each time along the top direction of the residual.

    Stage `k` adds the top singular pair of `-R` as a small new column of `A` and row of
    `B`, and follows gradient flow of width `k` to a critical point. Gradient flow of
    full width from vanishing initialisation visits the same points as long as that
    singular value is simple and each critical point is a minimum among the matrices of
    its rank. On a disconnected mask the second condition fails.

    Use it for the limit of small initialisation; `factorisation_flow` follows training
    from an initialisation of finite size.

    Args:
        values: The matrix, shape `(rows, columns)`.
        mask: True where an entry is observed, in the shape of `values`.
        mode: What happens at a saddle inside a rank level. `strict` raises the rank
            next, as described. `robust` first leaves the saddle along its most negative
            curvature.
        max_rank: Largest rank, from 1 to the smaller side of the matrix; None takes the
            smaller side.
        tolerance: Learning stops when the loss falls below this fraction of half the
            sum of squared observed values.
        max_steps: Limit on the number of steps of each stage.

    Returns:
        The final factors, and every stage with its loss. `converged` says whether the
        factors fit; a stage that does not come to rest raises no error.

    Raises:
        ValueError: The entries cannot be read, the mode is unknown, or `max_rank` is
            out of range.

    Source:
        Li, Luo, Lyu 2020 (arXiv:2012.09839), applied to rectangular matrices through
        `[A; B^T]`; the conditions are those of arXiv:2405.13721. The stages use the
        flow only, since Newton steps diverge there; the last stage is polished by
        Levenberg-Marquardt once it fits.

    Examples:
        >>> values = np.outer([1.0, 2.0], [1.0, 3.0])
        >>> mask = np.array([[True, True], [True, False]])
        >>> print(sf.completion.glrl(values, mask).headline())
        Greedy low-rank learning fits the observed entries at rank 1.
    """
    if mode not in ("strict", "robust"):
        raise ValueError(f"mode is {mode!r}; expected 'strict' or 'robust'.")
    observed = as_observed(values, mask)
    m, n = observed.shape
    limit = min(m, n) if max_rank is None else max_rank
    if not 1 <= limit <= min(m, n):
        raise ValueError(f"max_rank is {limit}; expected 1 to {min(m, n)}.")
    goal = tolerance * np.sum(observed.values**2) / 2
    a, b = np.zeros((m, limit)), np.zeros((limit, n))
    stages = []
    for k in range(1, limit + 1):
        _append(observed, a, b, k)
        a, b, stage = _stage(observed, a, b, k, mode, tolerance, max_steps)
        stages.append(stage)
        if stage.loss <= goal:
            break
    k = len(stages)
    a, b = balanced(a[:, :k], b[:k])
    if stages and stages[-1].loss <= 1e8 * goal:
        polished = polish(observed, a, b, ridge=0.0, max_steps=20, tolerance=0.0)
        a, b = polished.left, polished.right
    final = np.sum(residual_matrix(observed, a, b) ** 2) / 2
    return GreedyPath(a, b, tuple(stages), bool(final <= goal), mode)


def _append(observed, a, b, k):
    """Set column `k` along the top singular pair of minus the residual, in place."""
    u, s, vt = np.linalg.svd(-residual_matrix(observed, a, b))
    size = SEED * np.sqrt(s[0])
    a[:, k - 1] = size * u[:, 0]
    b[k - 1] = size * vt[0]


def _stage(observed: Observed, a, b, k, mode, tolerance, max_steps):
    """Follow the flow of width `k` to a critical point, leaving saddles if robust."""
    values, mask = observed.dense(0.0), observed.mask
    steps = 0
    while True:
        # Unused columns are zero and stay zero as long as the factors are not rotated.
        # All stages then have one shape and are compiled once.
        flow = factorisation_flow(
            values,
            mask,
            width=a.shape[1],
            scales=(1.0,),
            initial=(a, b),
            tolerance=tolerance,
            stationary=1e-9,
            max_steps=max_steps,
            rotation=False,
        )
        a, b = np.array(flow.left[0, 0]), np.array(flow.right[0, 0])
        steps += int(flow.steps[0, 0])
        rested = bool(flow.converged[0, 0] or flow.stationary[0, 0])
        curvatures, directions = np.linalg.eigh(
            inner_hessian(observed, a[:, :k], b[:k])
        )
        least = float(curvatures[0] / np.abs(curvatures).max())
        saddle = least < -1e-6 and not flow.converged[0, 0]
        if mode == "strict" or not saddle or not rested or steps >= max_steps:
            break
        move = directions[:, 0].reshape(-1, k)
        size = SEED * np.sqrt(np.abs(a).max())
        a[:, :k] += size * move[: len(a)]
        b[:k] += size * move[len(a) :].T
    r = residual_matrix(observed, a, b)
    s = np.linalg.svd(r, compute_uv=False)
    return a, b, Stage(k, float(np.sum(r**2) / 2), s, least, steps, rested)
