"""The fast Walsh-Hadamard transform."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import hadamard

from suffice._core import given

_BITS = 5  # bits of a block; 32 x 32 matrices were the fastest in measurements


def walsh_hadamard(values: Any) -> Float[np.ndarray, "..."]:
    """Return the sums `Σ_x (-1)^(x·s) f(x)` over the points of a cube, for every `s`.

    Points and results are numbered by their bits along the first axis. Applied twice,
    the transform multiplies by the number of points. It costs `d 2^d` operations.

    Args:
        values: `2^d` values along the first axis, float64; further axes are
            transformed independently.

    Raises:
        ValueError: The number of values is not a power of two.
    """
    values = given(values, np.float64)
    size = len(values) if values.ndim else 0
    if size < 1 or size & (size - 1):
        raise ValueError(
            f"values have shape {values.shape}; expected a power of two along "
            "the first axis, one value for every point of a cube."
        )
    shape, transformed = values.shape, 1
    while transformed < size:
        block = min(2**_BITS, size // transformed)
        parts = values.reshape(transformed, block, -1)
        values = np.matmul(hadamard(block, float), parts)
        transformed *= block
    return values.reshape(shape)
