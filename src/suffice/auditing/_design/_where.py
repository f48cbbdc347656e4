"""Where one may measure next: the region or the candidates of the user."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice.auditing._table import Table

from ._fill import candidates
from ._region import Region


@dataclasses.dataclass(frozen=True, eq=False)
class Where:
    """Candidates to measure next.

    Attributes:
        x: One candidate per row, in the units of the table.
        cost: Cost of each; None where all cost the same.
        again: Whether a candidate may be measured more than once.
        source: Origin of the candidates, in words.
    """

    x: Float[np.ndarray, "pool dim"]
    cost: Float[np.ndarray, " pool"] | None
    again: bool
    source: str

    def without(self, rows: Float[np.ndarray, "n dim"]) -> "Where":
        """Return the candidates that are no rows, for a law without noise.

        Nothing is learned from measuring such a law twice at one place.
        """
        known = set(map(tuple, rows.tolist()))
        new = np.array([tuple(point) not in known for point in self.x.tolist()])
        if not new.any():
            return self
        cost = None if self.cost is None else self.cost[new]
        return dataclasses.replace(self, x=self.x[new], cost=cost, again=False)


def where(
    table: Table,
    region: Region | None,
    pool: Float[np.ndarray, "pool dim"] | None,
    cost: Float[np.ndarray, " pool"] | None,
) -> Where:
    """Return the candidates of the user, or fill the region.

    Raises:
        ValueError: Both a region and a pool are given, a cost without a pool, or costs
            that are not positive; or the region is empty or names no input.
    """
    if pool is None:
        if cost is not None:
            raise ValueError("cost is given without a pool; the costs are those of it.")
        own = region is not None and region.declared
        source = "the region that you declared" if own else "the region of the data"
        return Where(candidates(table, region), None, True, source)
    if region is not None:
        raise ValueError(
            "region and pool are both given; the pool lists every candidate, so leave "
            "the region out."
        )
    dim = table.x.shape[1]
    if pool.ndim != 2 or pool.shape[1] != dim or not len(pool):
        raise ValueError(
            f"pool has shape {pool.shape}; expected (m, {dim}), one candidate per row."
        )
    if cost is not None and not (len(cost) == len(pool) and (cost > 0).all()):
        raise ValueError(
            f"cost has {len(cost)} values, the least of them "
            f"{cost.min(initial=np.inf):g}; expected {len(pool)} positive ones, one "
            "for each candidate."
        )
    return Where(pool, cost, False, "your pool")
