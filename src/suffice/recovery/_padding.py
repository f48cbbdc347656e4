"""Sample sizes padded to a few shapes, so that few programs are compiled."""

import numpy as np


def padded_size(n: int) -> int:
    """The shape in which `n` samples are computed: 4, 6, 8, 12, 16, 24, 32, ...

    A rule of `n` alone, so that a run does not depend on which others there are. The
    added samples have weight zero and change a result by rounding only; the added
    work is below that of half as many samples again.
    """
    size = 4
    while size < n:
        size += size // 2 if (size & (size - 1)) == 0 else size // 3
    return size


def padded(values: np.ndarray, size: int) -> np.ndarray:
    """The samples along axis 1, the first repeated until there are `size`."""
    missing = size - values.shape[1]
    return np.concatenate([values, np.repeat(values[:, :1], missing, axis=1)], axis=1)


def weights(n: int, size: int) -> np.ndarray:
    """Weight one for samples and zero for padding."""
    return np.where(np.arange(size) < n, 1.0, 0.0)
