"""The numbers of a ring, as Python objects in NumPy arrays."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np


class NotExact(ValueError):
    """A traced program contains an operation that has no exact meaning in a ring."""


class Overlap(NotExact):
    """Two balls cannot be ordered at this precision; a higher one may decide."""


class Saturated(NotExact):
    """A ball cannot be told from the limit of a function that levels off."""


@dataclasses.dataclass(frozen=True)
class Ring:
    """The numbers over which a program is evaluated.

    Attributes:
        name: Name of the ring, as used in messages.
        convert: Makes an element of a Python int, float, Fraction or flint number;
            floats are used as exact dyadic rationals.
        functions: Elementwise functions by the name of the JAX primitive.
        settle: Normalises an array after arithmetic, e.g. by reduction modulo p.
        divide: Elementwise division of arrays.
        order: Sign of `a - b` as -1, 0 or 1; raises where it cannot be decided. None
            for a ring without an order.
        matmul: Product of two matrices of elements.
        erf_slope: The number `2 / sqrt(pi)`, which JAX's derivative of erf contains.
    """

    name: str
    convert: Callable[[Any], Any]
    functions: Mapping[str, Callable[..., Any]]
    settle: Callable[[np.ndarray], np.ndarray] = lambda array: array
    divide: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.divide
    order: Callable[[Any, Any], int] | None = None
    matmul: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.dot
    erf_slope: Callable[[], Any] | None = None

    def array(self, values: Any) -> np.ndarray:
        """An array of elements; arrays of integers or booleans are unchanged."""
        values = np.asarray(values)
        if values.dtype.kind in "biu":
            return values
        flat = [self.convert(v) for v in values.ravel().tolist()]
        return object_array(flat, values.shape)


def elementwise(function: Callable[..., Any]) -> Callable[..., np.ndarray]:
    """The elementwise form of a function of scalars, for object arrays."""

    def apply(*values: np.ndarray) -> np.ndarray:
        return np.asarray(np.frompyfunc(function, len(values), 1)(*values), object)

    return apply


def object_array(flat: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
    """An array whose elements are Python objects."""
    array = np.empty(len(flat), object)
    array[:] = flat
    return array.reshape(shape)
