"""Which entries can be observed, and at which cost."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice.completion._entries._mask import Mask, read_mask


@dataclasses.dataclass(frozen=True, eq=False)
class Offer:
    """Which entries can be observed, and their costs.

    Attributes:
        costs: Cost of every entry, infinite where it cannot be observed; None stands
            for the cost 1 everywhere.
        available: The entries that can be observed; None stands for all entries.
    """

    costs: Float[np.ndarray, "rows columns"] | None
    available: Mask | None

    def block(self, rows: slice) -> np.ndarray | bool:
        """Return which entries of consecutive rows can be observed."""
        finite = True if self.costs is None else np.isfinite(self.costs[rows])
        return finite if self.available is None else finite & self.available.block(rows)

    def has(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return which of some entries can be observed."""
        affordable = np.isfinite(self.cost(rows, columns))
        if self.available is None or not len(rows):
            return affordable
        return affordable & (
            np.asarray(self.available.by_row[rows, columns]).ravel() > 0
        )

    def cost(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the costs of some entries."""
        return np.ones(len(rows)) if self.costs is None else self.costs[rows, columns]


def read_offer(cost: Any, available: Any, mask: Mask) -> Offer:
    """Check costs and availability, and return them together.

    Raises:
        ValueError: A shape differs from that of the mask, or a cost is NaN or negative.
    """
    costs = None if cost is None else np.asarray(cost, float)
    if costs is not None:
        _check_shape("cost", costs.shape, mask)
        bad = np.isnan(costs) | (costs < 0)
        if bad.any():
            i, j = (int(v) for v in np.argwhere(bad)[0])
            raise ValueError(
                f"cost has {int(bad.sum())} entries that are negative or NaN, the "
                f"first is {costs[i, j]} at ({i}, {j}); expected costs >= 0, infinite "
                "where an entry cannot be observed."
            )
    usable = None if available is None else read_mask(available, "available")
    if usable is not None:
        _check_shape("available", usable.shape, mask)
    return Offer(costs, usable)


def read_targets(targets: Any, mask: Mask) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the targets that are not observed."""
    wanted = read_mask(targets, "targets")
    _check_shape("targets", wanted.shape, mask)
    is_observed = np.asarray(mask.by_row[wanted.rows, wanted.columns]).ravel() > 0
    return wanted.rows[~is_observed], wanted.columns[~is_observed]


def _check_shape(name: str, shape: tuple[int, ...], mask: Mask) -> None:
    if shape != mask.shape:
        raise ValueError(
            f"{name} has shape {shape}; expected {mask.shape}, the shape of the mask."
        )
