"""The rank levels that training visits, compared with the best matrix of each rank."""

import dataclasses
from typing import Any

import numpy as np

from suffice._core import Numbers, Result
from suffice._core.literature import bases
from suffice.completion._fit._fit_rank import fit_rank

from ._factorisation_flow import FactorisationFlow


@dataclasses.dataclass(frozen=True)
class Level:
    """One plateau of training.

    Attributes:
        rank: Rank of `A B` on the plateau.
        time: Flow time at which the gradient is smallest.
        loss: Half the sum of squared errors at this time.
        best: Half the sum of squared errors of the best known matrix of this rank.
        reached: Whether `loss` and `best` agree.
    """

    rank: int
    time: float
    loss: float
    best: float
    reached: bool


@dataclasses.dataclass(frozen=True)
class Traversal(Result):
    """The levels of one run, lowest rank first.

    Attributes:
        levels: One level per rank at which training rested.
        final_rank: Rank at the end of the run.
        final_loss: Loss at the end.
    """

    grounds = bases.LEVELS

    levels: tuple[Level, ...]
    final_rank: int
    final_loss: float

    @property
    def reached(self) -> bool:
        """Whether every plateau is the best matrix of its rank.

        Then the first rank that fits is the least possible (arXiv:2405.13721, the
        condition that characterises the dynamics).
        """
        return all(level.reached for level in self.levels)

    def headline(self) -> str:
        """Say in one sentence which ranks were visited and whether they are optimal."""
        ranks = ", ".join(str(level.rank) for level in self.levels) or "no rank"
        how = "each" if self.reached else "not each"
        return (
            f"Training rested at {ranks} and ended at rank {self.final_rank}; {how} "
            "plateau is the best matrix of its rank."
        )

    def shown(self) -> dict[str, Any]:
        """Return the loss of every plateau and the best loss of its rank."""
        return {
            f"rank {level.rank}": f"loss {level.loss:.5g}, best {level.best:.5g}"
            for level in self.levels
        }


def traversal(
    flow: FactorisationFlow,
    values: Numbers,
    mask: Numbers,
    *,
    run: tuple[int, ...] | None = None,
    starts: int = 20,
    rtol: float = 0.02,
) -> Traversal:
    """Return the ranks at which a recorded run rested, and the loss of each.

    A plateau is a local minimum of the gradient norm. The smaller the initialisation,
    the closer the run passes to the critical point: a scale of 1e-8 agrees to a few per
    mille, 1e-40 to five digits.

    Args:
        flow: A flow made with `record=True`.
        values: The matrix that the flow was given.
        mask: The mask that the flow was given.
        run: Index of the run; None takes the first seed at the smallest scale.
        starts: Number of starts of the search for the best matrix of each rank.
        rtol: Largest relative excess of the plateau loss over the best loss at which
            the two count as equal.

    Returns:
        One level per rank, lowest rank first, and the end of the run.

    Raises:
        ValueError: The flow was not recorded.

    Examples:
        >>> values, mask = np.diag([2.0, 1.0]), np.ones((2, 2), bool)
        >>> small = {"scales": (1e-8,), "record": True}
        >>> flow = sf.completion.factorisation_flow(values, mask, **small)
        >>> path = sf.completion.traversal(flow, values, mask)
        >>> [level.rank for level in path.levels], path.final_rank
        ([1], 2)
    """
    if flow.path is None:
        raise ValueError("flow has no path; pass record=True to factorisation_flow.")
    if run is None:
        run = (*(0,) * (flow.loss.ndim - 2), int(np.argmin(flow.scales)), 0)
    flattest: dict[int, Any] = {}
    for plateau in flow.path.plateaus(*run):
        known = flattest.get(plateau.rank)
        if known is None or plateau.gradient < known.gradient:
            flattest[plateau.rank] = plateau
    levels = []
    for rank in sorted(set(flattest) - {0, min(np.shape(mask))}):
        best = fit_rank(values, mask, rank=rank, starts=starts).loss
        loss = flattest[rank].loss
        agree = loss <= (1 + rtol) * best
        levels.append(Level(rank, flattest[rank].time, loss, best, agree))
    return Traversal(tuple(levels), int(flow.rank[run]), float(flow.loss[run]))
