"""The one door for arrays of users: what is missing in them becomes NaN."""

from typing import Any

import numpy as np
import numpy.typing as npt


def given(values: Any, dtype: npt.DTypeLike | None = None) -> np.ndarray:
    """What `numpy.asarray` reads, with NaN for every entry that is missing.

    `numpy.asarray` itself takes the number that is hidden under the mask of a masked
    array, and makes objects of the nullable columns of pandas.

    Args:
        values: An array, a masked array, a table or column of pandas, nested lists.
        dtype: Type of the result; None keeps that of the values, or takes float64 where
            entries are missing.

    Raises:
        ValueError: The values are complex and `dtype` is real.
    """
    if dtype is not None and np.iscomplexobj(values):
        raise ValueError(
            "the values are complex numbers; expected real ones, such as real and "
            "imaginary parts side by side."
        )
    if isinstance(values, np.ma.MaskedArray):
        whole = not np.ma.getmaskarray(values).any()
        values = values.data if whole else np.ma.filled(values.astype(float), np.nan)
    elif hasattr(values, "to_numpy") and _is_nullable(values):
        missing = np.asarray(values.isna()).any()
        kind = float if missing or "b" not in _kinds(values) else bool
        values = values.to_numpy(dtype=kind, na_value=np.nan if missing else False)
    return np.asarray(values, dtype)


def _is_nullable(values: Any) -> bool:
    """Whether a table or column has numbers or booleans of the types of pandas."""
    own = [not isinstance(kind, np.dtype) for kind in _dtypes(values)]
    return any(own) and _kinds(values) <= set("iufb")


def _kinds(values: Any) -> set[str]:
    return {getattr(dtype, "kind", "") for dtype in _dtypes(values)}


def _dtypes(values: Any) -> list[Any]:
    return list(values.dtypes) if np.ndim(values) == 2 else [values.dtype]
