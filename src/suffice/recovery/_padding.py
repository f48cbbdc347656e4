"""Sample sizes padded to a few shapes, so that few programs are compiled."""

import numpy as np


def padded_size(n: int) -> int:
    """Return the padded number of samples: 4, 6, 8, 12, 16, 24, 32, ...

    It depends on `n` only, so that a run does not depend on the other runs. The added
    samples have weight zero and change a result by rounding only; above 4 there are
    fewer than `n / 2` of them.
    """
    size = 4
    while size < n:
        size += size // 2 if (size & (size - 1)) == 0 else size // 3
    return size


def padded(values: np.ndarray, size: int) -> np.ndarray:
    """Return `size` samples along axis 1, the first one repeated as padding."""
    missing = size - values.shape[1]
    return np.concatenate([values, np.repeat(values[:, :1], missing, axis=1)], axis=1)


def weights(n: int, size: int) -> np.ndarray:
    """Return weight one for samples and zero for padding."""
    return np.where(np.arange(size) < n, 1.0, 0.0)
