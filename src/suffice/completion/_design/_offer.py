"""What can be observed, at which cost."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice.completion._entries._mask import Mask, read_mask


@dataclasses.dataclass(frozen=True, eq=False)
class Offer:
    """Which entries can be observed, and their costs.

    Attributes:
        costs: Cost of every entry, infinite where it cannot be observed; None: all 1.
        available: Entries that can be observed; None: all.
    """

    costs: Float[np.ndarray, "rows columns"] | None
    available: Mask | None

    def block(self, rows: slice) -> np.ndarray | bool:
        """Which entries of consecutive rows can be observed."""
        finite = True if self.costs is None else np.isfinite(self.costs[rows])
        return finite if self.available is None else finite & self.available.block(rows)

    def has(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Which of some entries can be observed."""
        found = np.isfinite(self.cost(rows, columns))
        if self.available is None or not len(rows):
            return found
        return found & (np.asarray(self.available.by_row[rows, columns]).ravel() > 0)

    def cost(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The costs of some entries."""
        return np.ones(len(rows)) if self.costs is None else self.costs[rows, columns]


def read_offer(cost: Any, available: Any, mask: Mask) -> Offer:
    """Check costs and availability.

    Raises:
        ValueError: Another shape than the mask's, NaN or a negative cost.
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
    """The entries that matter and are not observed."""
    wanted = read_mask(targets, "targets")
    _check_shape("targets", wanted.shape, mask)
    seen = np.asarray(mask.by_row[wanted.rows, wanted.columns]).ravel() > 0
    return wanted.rows[~seen], wanted.columns[~seen]


def _check_shape(name: str, shape: tuple[int, ...], mask: Mask) -> None:
    if shape != mask.shape:
        raise ValueError(
            f"{name} has shape {shape}; expected {mask.shape}, the shape of the mask."
        )
