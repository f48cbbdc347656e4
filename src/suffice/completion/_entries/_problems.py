"""Dense masks and values of one problem, or of several of one shape."""

from typing import Any

import numpy as np

from suffice._core import check_scale, given


def read_problems(
    values: Any, mask: Any
) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Return masks and matrices with a first axis of problems.

    Returns:
        Masks and matrices, shape `(problems, rows, columns)`, and the shape of the
        leading axis as it was given: `()` or `(problems,)`.

    Raises:
        ValueError: The shapes do not agree, a mask is empty, or a value is not finite
            where observed.
    """
    masks, matrices = given(mask), given(values, float)
    if masks.dtype != bool or masks.ndim not in (2, 3) or masks.shape != matrices.shape:
        raise ValueError(
            f"mask has shape {masks.shape} and type {masks.dtype}, values have shape "
            f"{matrices.shape}; expected a boolean mask (rows, columns) or (problems, "
            "rows, columns) and values of the same shape."
        )
    lead = masks.shape[:-2]
    masks = masks.reshape(-1, *masks.shape[-2:])
    matrices = matrices.reshape(masks.shape)
    if not masks.any(axis=(1, 2)).all():
        raise ValueError(
            "mask observes no entry of some problem; expected at least one per problem."
        )
    if not np.isfinite(matrices[masks]).all():
        raise ValueError(
            f"values has {np.sum(~np.isfinite(matrices[masks]))} observed entries "
            "that are not finite."
        )
    check_scale("values", matrices[masks])
    return masks, matrices, lead
