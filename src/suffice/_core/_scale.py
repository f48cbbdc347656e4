"""The scale of data: what float64 can square, and scaling that changes no digit."""

import numpy as np

from ._types import Numbers

LARGEST = 2.0**200  # 1.6e60: products of five such numbers are finite in float64


def check_scale(name: str, *arrays: Numbers) -> None:
    """Check that products of numbers of this size stay in the range of float64.

    Args:
        name: The argument, for the message.
        *arrays: Its arrays; only their largest entry counts.

    Raises:
        ValueError: The largest entry is neither 0 nor between 6e-61 and 1.6e60.
    """
    size = max(map(_largest, arrays), default=0.0)
    if size and not 1 / LARGEST <= size <= LARGEST:
        raise ValueError(
            f"{name} has a largest entry of {size:.3g}, and products of such numbers "
            f"leave the range of float64; expected one between {1 / LARGEST:.0e} and "
            f"{LARGEST:.0e}. Multiply {name} by a constant."
        )


def power_of_two(values: Numbers) -> int:
    """The exponent `e` for which `values / 2^e` has its largest entry in [1/2, 1).

    Division by a power of two changes no digit, so that an answer for scaled data,
    scaled back, is bitwise the same for data in other units. It is 0 for zeros.
    """
    return int(np.frexp(_largest(values))[1])


def _largest(array) -> float:
    array = np.asarray(array)
    if array.dtype.kind not in "fiuc":
        return 0.0  # keys, strings and truth values have no size
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0.0))
