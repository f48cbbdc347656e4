"""What training will make of a mask, said before training."""

import dataclasses
from typing import Any, Literal

import numpy as np
from jaxtyping import Int

from suffice._core import Hidden, Result
from suffice.completion._determined._generic_rank import generic_rank_bounds
from suffice.completion._entries._graph import Components, components, Connectivity
from suffice.completion._entries._mask import Mask, read_mask

Answer = Literal["yes", "no", "conditional"]


@dataclasses.dataclass(frozen=True)
class BiasPrediction(Result):
    """Which norm of the matrix small-initialisation training makes least, and why.

    The statements hold as the scale of the initialisation goes to 0, for generic
    values, when training fits the observed entries.

    Attributes:
        connectivity: Class of the observation graph.
        nuclear_norm: Whether the nuclear norm will be the least possible: `yes`, or
            `conditional` on each component's own completion being of least norm.
        least_rank: Whether the rank will be the least possible: `no` when components
            add up to more, `conditional` on every plateau being the best matrix of
            its rank, `yes` where nothing is open.
        component_ranks: Least rank of each component, `k_c`: what training reaches
            there at best.
        rank: Rank of the trained matrix if every component reaches its least rank,
            `min(width, Σ k_c)`.
        minimum_rank: Least rank of any completion, `max k_c`.
        width: Columns of `A`.
        alignment: Expected squared cosine between the leading directions of two
            components, `1 / width`: entries between components are random.
        graph: The component of every row and column.
    """

    connectivity: Connectivity
    nuclear_norm: Answer
    least_rank: Answer
    component_ranks: Int[np.ndarray, " components"]
    rank: int
    minimum_rank: int
    width: int
    alignment: float
    graph: Hidden[Components] = dataclasses.field(repr=False)

    def headline(self) -> str:
        """The prediction in one sentence."""
        kind = str(self.connectivity)
        kind = kind[0].upper() + kind[1:]
        if self.connectivity is Connectivity.complete:
            return "Every entry is observed: nothing is left to the bias of training."
        if self.connectivity is Connectivity.connected:
            return (
                f"{kind}: training will have the least rank, {self.rank}, if every "
                "plateau is the best matrix of its rank; its nuclear norm is in "
                "general not the least."
            )
        norm = (
            "will have the least nuclear norm"
            if self.nuclear_norm == "yes"
            else "has in general neither the least nuclear norm"
        )
        tie = "but" if self.nuclear_norm == "yes" else "nor the least rank:"
        return (
            f"{kind}: training {norm} {tie} rank {self.rank} where "
            f"{self.minimum_rank} is possible."
            if self.least_rank == "no"
            else f"{kind}: training {norm}; its rank will be {self.rank}."
        )


def predict_bias(
    mask: Any, *, rank: int | None = None, width: int | None = None
) -> BiasPrediction:
    r"""Say before training which of rank and nuclear norm training will make least.

    As the initialisation vanishes the factors of every component `c` of the
    observation graph become balanced by themselves, for any mask:

        |W|_* = Σ_c |W_cc|_*,    rank W = min(width, Σ_c k_c)

    so the nuclear norm is least exactly where every component's block is of least
    norm, as it is when the components are complete; the rank is not least as soon as
    two components share a width that could have served both. What lies between two
    components depends on the seed: the squared cosine of their leading directions has
    expectation `1 / width`.

    Args:
        mask: True where an entry is observed; see `mask_report` for the other forms.
        rank: Rank of the matrix the values come from; None for generic values.
        width: Columns of `A`; None takes the smaller side of the matrix.

    Raises:
        ValueError: The mask cannot be read, or rank or width is not positive.

    Source:
        arXiv:2405.13721, minimum nuclear norm on disconnected masks with complete
        components and minimum rank on connected ones; the laws for ranks and cosines
        derived and verified here.
    """
    found = read_mask(mask)
    width = min(found.shape) if width is None else width
    if width < 1 or (rank is not None and rank < 1):
        raise ValueError(f"rank is {rank}, width is {width}; expected at least 1.")
    graph = components(found)
    ranks = np.array([_least_rank(found, graph, c, rank) for c in range(graph.count)])
    total, least = int(min(width, ranks.sum())), int(ranks.max())
    kind = graph.connectivity
    whole = kind in (Connectivity.complete, Connectivity.disconnected_complete)
    if total > least:
        rank_answer: Answer = "no"
    else:
        rank_answer = "yes" if kind is Connectivity.complete else "conditional"
    return BiasPrediction(
        connectivity=kind,
        nuclear_norm="yes" if whole else "conditional",
        least_rank=rank_answer,
        component_ranks=ranks,
        rank=total,
        minimum_rank=least,
        width=int(width),
        alignment=1.0 / width,
        graph=graph,
    )


def _least_rank(mask: Mask, graph: Components, component: int, rank) -> int:
    """Least rank of a generic completion of one component."""
    rows = np.flatnonzero(graph.row == component)
    columns = np.flatnonzero(graph.col == component)
    part = mask.part(rows, columns)
    _, high = generic_rank_bounds(part, None)
    return high if rank is None else min(high, rank)
