"""What the arguments of a completion may be."""

import numpy as np

from ._determined._border import OFFSETS
from ._entries._mask import check_rank
from ._entries._observed import Observed
from ._filling import METHODS


def check_options(rank, offsets, method, fill, ridge, max_rank, observed: Observed):
    """Raise a ValueError for an option that is unknown or out of range."""
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(METHODS)}.")
    if offsets not in ("auto", *OFFSETS):
        known = ", ".join(map(repr, ("auto", *OFFSETS)))
        raise ValueError(f"offsets is {offsets!r}; expected one of {known}.")
    if method != "least-squares" and offsets not in ("auto", "none"):
        raise ValueError(
            f"offsets is {offsets!r} with method {method!r}; only 'least-squares' fits "
            "offsets."
        )
    plain = method != "least-squares" or offsets == "none"
    if rank != "auto" and (plain or rank != 0):
        check_rank(rank, observed.shape)
    if fill not in ("determined", "all"):
        raise ValueError(f"fill is {fill!r}; expected 'determined' or 'all'.")
    number = isinstance(ridge, (int, float)) and not isinstance(ridge, bool)
    if ridge != "auto" and not (number and 0 <= ridge < np.inf):
        raise ValueError(
            f"ridge is {ridge!r}; expected a finite number >= 0 or 'auto'."
        )
    if max_rank < 1:
        raise ValueError(f"max_rank is {max_rank}; expected at least 1.")


def check_bounds(bounds, observed: Observed):
    """Raise a ValueError for bounds out of order, or that leave entries outside."""
    if bounds is None:
        return
    low, high = bounds
    least, most = observed.values.min(), observed.values.max()
    if not low < high or least < low or most > high:
        raise ValueError(
            f"bounds are {low:g} and {high:g}, and the entries lie between {least:g} "
            f"and {most:g}; expected bounds in order that hold every entry."
        )
