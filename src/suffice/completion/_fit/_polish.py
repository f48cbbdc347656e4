"""Matrices with offsets, polished by Levenberg-Marquardt."""

import numpy as np

from suffice.completion._entries._observed import Observed

from ._alternating_least_squares import balanced
from ._levenberg_marquardt import LARGEST, polish
from ._offset_model import has, LowRank


def polished(
    observed: Observed,
    model: LowRank,
    weights: np.ndarray,
    steps: int,
    tolerance: float,
) -> LowRank:
    """Return a nearby minimum of the weighted errors, without a ridge.

    Offsets are products with a factor that is held at 1. A matrix whose system would be
    too large is returned as it is.

    Args:
        observed: The entries.
        model: Where to begin.
        weights: Factor of every error.
        steps: Largest number of steps.
        tolerance: Relative gain of a step at which they end.
    """
    has_rows, has_columns = has(model.offsets)
    r, extra = model.rank, has_rows + has_columns
    if not r + extra or (r + extra) * min(observed.shape) > LARGEST:
        return model
    ones = np.ones((observed.shape[0], 1)), np.ones((observed.shape[1], 1))
    left = [model.left, model.row[:, None]][: 1 + has_rows] + [ones[0]][:has_columns]
    right = [model.right, ones[1]][: 1 + has_rows]
    right += [model.column[:, None]][:has_columns]
    held = np.zeros(r + extra, bool), np.zeros(r + extra, bool)
    held[0][r + has_rows :] = held[1][r : r + has_rows] = True
    end = polish(
        observed,
        np.hstack(left),
        np.hstack(right).T,
        ridge=0.0,
        max_steps=steps,
        tolerance=tolerance,
        weights=weights,
        held=held,
    )
    a, b = (
        balanced(end.left[:, :r], end.right[:r]) if r else (model.left, model.right.T)
    )
    row = end.left[:, r] if has_rows else model.row
    column = end.right[r + has_rows] if has_columns else model.column
    return LowRank(model.offsets, a, b.T, row, column)
