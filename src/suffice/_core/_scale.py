"""The scale of data: whose products stay in the range of float64.

Data are checked where they enter a chapter that squares them. Ranks need no check: they
are decided after rows and columns are divided by powers of two.
"""

import numpy as np

from ._types import Numbers

LARGEST = 2.0**200  # 1.6e60: products of five such numbers are finite in float64


def check_scale(name: str, *arrays: Numbers, smallest: float = 1 / LARGEST) -> None:
    """Check that products of numbers of this size stay in the range of float64.

    Args:
        name: The argument, for the message.
        *arrays: Its arrays; only their largest entry counts.
        smallest: Least size of this entry; 0 for outputs of a model, which may be tiny.

    Raises:
        ValueError: The largest entry is neither 0 nor between 6e-61 and 1.6e60.
    """
    size = max(map(_largest, arrays), default=0.0)
    if size and not smallest <= size <= LARGEST:
        raise ValueError(
            f"{name} has a largest entry of {size:.3g}, and products of such numbers "
            f"leave the range of float64; expected one between {1 / LARGEST:.0e} and "
            f"{LARGEST:.0e}. Multiply {name} by a constant."
        )


def _largest(array) -> float:
    array = np.asarray(array)
    if array.dtype.kind not in "fiuc":
        return 0.0  # keys, strings and truth values have no size
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0.0))
