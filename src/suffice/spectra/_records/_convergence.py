"""The step from which on an error stays small, and the order of frequencies."""

import numpy as np
from jaxtyping import Bool, Float, Shaped
from scipy.stats import kendalltau


def last_exit(
    error: Float[np.ndarray, "*runs step"],
    at: Shaped[np.ndarray, " step"],
    threshold: float,
) -> Float[np.ndarray, "*runs"]:
    """Return the step from which on an error stays below a threshold.

    It is interpolated in the logarithm of the step between the last record above the
    threshold and the next one, but linearly from step 0. It is the first record where
    the error is never above the threshold, and nan where the last error is above it.
    """
    rows = error.reshape(-1, error.shape[-1])
    steps = [_last_exit(row, at, threshold) for row in rows]
    return np.array(steps).reshape(error.shape[:-1])


def _last_exit(row: np.ndarray, at: np.ndarray, threshold: float) -> float:
    above = np.flatnonzero(~(row < threshold))  # nan counts as above
    if not above.size:
        return float(at[0])
    last = above[-1]
    if last == len(row) - 1:
        return float("nan")
    start, end = float(at[last]), float(at[last + 1])
    if not np.isfinite(row[last]):
        return end
    share = (row[last] - threshold) / (row[last] - row[last + 1])
    if start == 0:
        return float(share * end)
    return float(start * (end / start) ** share)


def order_index(
    frequency: Float[np.ndarray, " frequency"],
    steps: Float[np.ndarray, "run set frequency"],
    error: Float[np.ndarray, "run set frequency"],
    present: Bool[np.ndarray, "set frequency"],
) -> tuple[Float[np.ndarray, "run set"], Float[np.ndarray, "run set"]]:
    """Return the rank correlation of frequency and step, and the last frequency.

    Args:
        frequency: The frequencies.
        steps: Step at which each frequency is learned, nan for never.
        error: Errors at the end, by which frequencies that are never learned are
            ranked.
        present: Which frequencies the labels contain; the others have no rank.
    """
    order = np.full(steps.shape[:2], np.nan)
    last = np.full(steps.shape[:2], np.nan)
    for place in np.ndindex(order.shape):
        when = np.where(np.isnan(steps[place]), np.inf, steps[place])
        kept = present[place[1]]
        if len(np.unique(when[kept])) > 1:
            order[place] = kendalltau(frequency[kept], when[kept]).statistic
        if not np.isnan(error[place]).any():
            last[place] = frequency[np.lexsort((error[place], when))[-1]]
    return order, last
