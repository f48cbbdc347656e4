"""The error that is wanted; apart from what answers, since it needs no JAX."""

import math


def wanted(want: float | int | str, unit: float) -> float:
    """Return a wanted error in the unit of the target.

    Args:
        want: A number, or a share of the standard deviation of the target such as
            `10%`.
        unit: Standard deviation of the target.

    Raises:
        ValueError: It is no positive number.
    """
    text = str(want).strip()
    share = text.endswith("%")
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError(
            f"want is {want!r}; expected a positive error in the unit of the target, "
            "or a share of its standard deviation such as 10%."
        )
    return value / 100 * unit if share else value
