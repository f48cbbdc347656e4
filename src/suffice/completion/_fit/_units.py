"""Tables whose columns have units of their own, and errors that respect them."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice.completion._entries._observed import Observed

APART = 1e3  # ratio of the sizes of columns from which each is brought to its unit


def in_units(observed: Observed) -> tuple[Observed, Float[np.ndarray, " columns"]]:
    """Return the entries over their root mean square, and what they were divided by.

    Where the columns differ by orders of magnitude, each has a divisor of its own.
    """
    n = observed.shape[1]
    whole = float(np.sqrt(np.mean(observed.values**2))) or 1.0
    count = np.maximum(np.bincount(observed.columns, minlength=n), 1)
    squares = np.bincount(observed.columns, (observed.values / whole) ** 2, n)
    sizes = np.sqrt(squares / count)
    some = sizes[sizes > 0]
    apart = len(some) and some.max() > APART * some.min()
    scales = whole * (np.where(sizes > 0, sizes, 1.0) if apart else np.ones(n))
    values = observed.values / scales[observed.columns]
    return dataclasses.replace(observed, values=values), scales


def relative_misfit(observed: Observed, errors: Float[np.ndarray, " n"]) -> float:
    """Return the largest relative error of a row or a column.

    The error of the whole table would not tell whether its small columns are met.
    """
    whole = np.linalg.norm(observed.values) or 1.0
    found = 0.0
    for ends, count in zip(
        (observed.rows, observed.columns), observed.shape, strict=True
    ):
        size, error = (
            np.sqrt(np.bincount(ends, (part / whole) ** 2, count))
            for part in (observed.values, errors)
        )
        found = max(found, float((error / np.where(size > 0, size, 1.0)).max()))
    return found
