"""Types of arguments that many functions take.

Only annotations name them: what reads files must not pay for JAX.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TYPE_CHECKING

import numpy.typing as npt

if TYPE_CHECKING:
    from jaxtyping import ArrayLike, PyTree
else:
    ArrayLike, PyTree = Annotated[Any, "an array"], Annotated[Any, "a pytree of arrays"]

Model = Callable[[Any], Any]
"""A callable pytree from one input to its outputs, or an ensemble of them."""

Inputs = PyTree
"""Inputs stacked along the leading axis: one array, or a pytree of arrays."""

Numbers = npt.ArrayLike | ArrayLike | Sequence[Any]
"""What `numpy.asarray` reads: NumPy, JAX or torch arrays, tables, nested lists."""
