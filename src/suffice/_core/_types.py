"""Types of arguments that many functions take."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy.typing as npt
from jaxtyping import ArrayLike, PyTree

Model = Callable[[Any], Any]
"""A callable pytree from one input to its outputs, or an ensemble of them."""

Inputs = PyTree
"""Inputs stacked along the leading axis: one array, or a pytree of arrays."""

Numbers = npt.ArrayLike | ArrayLike | Sequence[Any]
"""What `numpy.asarray` reads: NumPy, JAX or torch arrays, tables, nested lists."""
