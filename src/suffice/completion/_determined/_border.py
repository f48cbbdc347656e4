"""Offsets of rows and columns: the mask of one rank more that answers for them."""

from typing import Any, get_args, Literal

import numpy as np

from suffice.completion._entries._mask import check_rank, make_mask, Mask

Offsets = Literal["none", "columns", "rows", "both"]
OFFSETS: tuple[Offsets, ...] = get_args(Offsets)


def bordered(mask: Mask, offsets: Offsets) -> Mask:
    """Return the mask that at one rank more answers for the model with offsets.

    A matrix `1 b' + L` has rank `L` plus 1 together with a column of ones, and scaling
    of the rows makes a generic column one of ones. With offsets of both sides the
    tangent space of the model is, up to a scaling of rows and columns, that of all
    matrices of one rank more.

    Source:
        Derived and verified here, against Jacobians modulo a prime.
    """
    m, n = mask.shape
    if offsets == "columns":
        rows, columns, shape = np.arange(m), np.full(m, n), (m, n + 1)
    elif offsets == "rows":
        rows, columns, shape = np.full(n, m), np.arange(n), (m + 1, n)
    else:
        return mask
    both = np.concatenate([mask.rows, rows]), np.concatenate([mask.columns, columns])
    return make_mask(*both, shape)


def inner_shape(mask: Mask, offsets: Offsets) -> tuple[int, int]:
    """Return the shape of the matrix without its border."""
    m, n = mask.shape
    return m - (offsets == "rows"), n - (offsets == "columns")


def check_model(rank: Any, offsets: Any, mask: Mask) -> int:
    """Return the rank as an integer.

    Raises:
        ValueError: The offsets are unknown, or no matrix of this shape has this rank.
    """
    if offsets not in OFFSETS:
        raise ValueError(
            f"offsets is {offsets!r}; expected one of {', '.join(map(repr, OFFSETS))}."
        )
    if offsets == "none":
        return check_rank(rank, mask.shape)
    m, n = mask.shape
    most = min(m - (offsets != "rows"), n - (offsets != "columns"))
    whole = isinstance(rank, (int, np.integer)) and not isinstance(rank, bool)
    if not whole or not 0 <= rank <= most:
        raise ValueError(
            f"rank is {rank!r}; expected a whole number from 0 to {most}, the largest "
            f"rank of a {m} x {n} matrix besides its offsets ({offsets})."
        )
    return int(rank)
