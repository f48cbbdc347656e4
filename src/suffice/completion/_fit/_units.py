"""Tables whose columns have units of their own, and errors that respect them."""

import dataclasses

import numpy as np
from jaxtyping import Float, Int

from suffice.completion._determined._border import Offsets
from suffice.completion._entries._observed import Observed

from ._offset_model import has

CONSTANT = 1e-12  # relative deviation of values that do not vary
APART = 1e3  # ratio of the sizes of columns from which each is brought to its unit


def means_of(
    ends: Int[np.ndarray, " n"], values: Float[np.ndarray, " n"], count: int
) -> Float[np.ndarray, " count"]:
    """Return the mean of the values of each row or column; 0 where there are none."""
    number = np.maximum(np.bincount(ends, minlength=count), 1)
    return np.bincount(ends, values, count) / number


def in_units(observed: Observed) -> tuple[Observed, Float[np.ndarray, " columns"]]:
    """Return the entries over their root mean square, and what they were divided by.

    Where the columns differ by orders of magnitude, each has a divisor of its own.
    """
    n = observed.shape[1]
    whole = float(np.sqrt(np.mean(observed.values**2))) or 1.0
    squares = (observed.values / whole) ** 2
    sizes = np.sqrt(means_of(observed.columns, squares, n))
    some = sizes[sizes > 0]
    apart = len(some) and some.max() > APART * some.min()
    scales = whole * (np.where(sizes > 0, sizes, 1.0) if apart else np.ones(n))
    values = observed.values / scales[observed.columns]
    return dataclasses.replace(observed, values=values), scales


def centred(
    observed: Observed, offsets: Offsets
) -> tuple[Observed, Float[np.ndarray, " columns"]]:
    """Return the entries less the means of their columns, and these means.

    A model with offsets of columns fits both alike, but far from 0 its digits would be
    lost. For a model without them nothing is subtracted.
    """
    n = observed.shape[1]
    if not has(offsets)[1]:
        return observed, np.zeros(n)
    means = means_of(observed.columns, observed.values, n)
    values = observed.values - means[observed.columns]
    return dataclasses.replace(observed, values=values), means


def relative_misfit(observed: Observed, errors: Float[np.ndarray, " n"]) -> float:
    """Return the largest error of a row or a column, relative to what varies in it.

    The error of the whole table would not tell whether its small columns are met, nor
    would its size where all values lie far from 0.
    """
    whole = np.linalg.norm(observed.values) or 1.0
    values, found = observed.values / whole, 0.0
    sides = (observed.rows, observed.columns)
    for ends, count in zip(sides, observed.shape, strict=True):
        mean = means_of(ends, values, count)
        size, varied, error = (
            np.sqrt(np.bincount(ends, part**2, count))
            for part in (values, values - mean[ends], errors / whole)
        )
        size = np.where(varied > CONSTANT * size, varied, size)
        found = max(found, float((error / np.where(size > 0, size, 1.0)).max()))
    return found
