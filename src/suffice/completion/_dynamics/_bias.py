"""A prediction of rank and nuclear norm after training, from the mask alone."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import Int

from suffice._core import Hidden, Result
from suffice._core.literature import bases
from suffice.completion._determined._generic_rank import generic_rank_bounds
from suffice.completion._entries._graph import Components, components, Connectivity
from suffice.completion._entries._mask import Mask, MaskLike, read_mask

Answer = Literal["yes", "no", "conditional"]


@dataclasses.dataclass(frozen=True)
class BiasPrediction(Result):
    """Whether training from small initialisation will minimise rank or nuclear norm.

    The statements hold as the scale of the initialisation goes to 0, for generic
    values, when training fits the observed entries.

    Attributes:
        connectivity: Class of the observation graph.
        nuclear_norm: Whether the nuclear norm will be the least possible: `yes`, or
            `conditional`: only if every component is completed with least norm.
        least_rank: Whether the rank will be the least possible: `no` when the ranks of
            the components add up to more, `conditional`: only if every plateau is the
            best matrix of its rank, `yes` where every entry is observed.
        component_ranks: Least rank `k_c` of each component, which training cannot
            fall below.
        rank: Rank of the trained matrix if every component reaches its least rank,
            `min(width, Σ k_c)`.
        minimum_rank: Least rank of any completion, `max k_c`.
        width: Number of columns of `A`.
        alignment: Expected squared cosine between the leading directions of two
            components, `1 / width`. It makes the entries between components random.
        graph: The component of every row and column.
    """

    grounds = bases.BIAS

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
        """Return the prediction in one sentence."""
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
    mask: MaskLike, *, rank: int | None = None, width: int | None = None
) -> BiasPrediction:
    r"""Predict whether training will minimise the rank or the nuclear norm.

    As the initialisation vanishes, the factors of each component `c` of the
    observation graph become balanced separately, for any mask:

        |W|_* = Σ_c |W_cc|_*,    rank W = min(width, Σ_c k_c)

    The nuclear norm is therefore the least possible exactly when the block of every
    component has least norm, for instance when the components are complete. With two
    or more components the ranks add up, and the rank is in general not the least. The
    entries between two components depend on the seed: the squared cosine of the
    leading directions of the components has expectation `1 / width`.

    Use it before training; `factorisation_flow` trains, and `complete` with
    `method="flow"` fills entries.

    Args:
        mask: True where an entry is observed; see `mask_report` for the other forms.
        rank: Rank of the matrix that the values come from, at least 1; None stands for
            generic values.
        width: Number of columns of `A`, at least 1; None takes the smaller side of the
            matrix.

    Returns:
        The prediction with the ranks of the components.

    Raises:
        ValueError: The mask cannot be read, or rank or width is not positive.

    Source:
        arXiv:2405.13721, minimum nuclear norm on disconnected masks with complete
        components and minimum rank on connected ones; the laws for ranks and cosines
        are derived and verified here.

    Examples:
        >>> print(sf.completion.predict_bias(np.eye(2, dtype=bool)).headline())
        Disconnected with complete components: training will have the least nuclear norm
        but rank 2 where 1 is possible.
    """
    observed = read_mask(mask)
    width = min(observed.shape) if width is None else width
    if width < 1 or (rank is not None and rank < 1):
        raise ValueError(f"rank is {rank}, width is {width}; expected at least 1.")
    graph = components(observed)
    ranks = np.array(
        [_least_rank(observed, graph, c, rank) for c in range(graph.count)]
    )
    total, least = int(min(width, ranks.sum())), int(ranks.max())
    kind = graph.connectivity
    all_complete = kind in (Connectivity.complete, Connectivity.disconnected_complete)
    if total > least:
        rank_answer: Answer = "no"
    else:
        rank_answer = "yes" if kind is Connectivity.complete else "conditional"
    return BiasPrediction(
        connectivity=kind,
        nuclear_norm="yes" if all_complete else "conditional",
        least_rank=rank_answer,
        component_ranks=ranks,
        rank=total,
        minimum_rank=least,
        width=int(width),
        alignment=1.0 / width,
        graph=graph,
    )


def _least_rank(mask: Mask, graph: Components, component: int, rank) -> int:
    """Return the least rank of a generic completion of one component."""
    rows = np.flatnonzero(graph.row == component)
    columns = np.flatnonzero(graph.col == component)
    part = mask.part(rows, columns)
    _, high = generic_rank_bounds(part, None)
    return high if rank is None else min(high, rank)
