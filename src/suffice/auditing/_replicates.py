"""Repeated measurements: samples that share their inputs."""

import numpy as np
from jaxtyping import Float, Int

from ._standard import Standard


def group_means(
    values: Float[np.ndarray, " n"], groups: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " m"]:
    """Return the mean of the values of each group."""
    return np.bincount(groups, values) / np.bincount(groups)


def pure_error(data: Standard) -> tuple[float, int]:
    """Return the squared distances of repeats from their means, and their freedom.

    No model is involved. The degrees of freedom are the rows minus the distinct inputs.
    """
    means = group_means(data.y, data.groups)
    squares = float(((data.y - means[data.groups]) ** 2).sum())
    return squares, len(data.y) - len(means)
