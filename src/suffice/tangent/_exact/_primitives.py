"""The JAX primitives, as functions of NumPy arrays of ring elements."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from ._ring import elementwise, NotExact, Ring

Rule = Callable[[Ring, Any, list[np.ndarray]], Any]


def _product(ring, eqn, values):
    (lhs_sum, rhs_sum), (lhs_batch, rhs_batch) = eqn.params["dimension_numbers"]
    lhs, rhs = values
    a, b = _grouped(lhs, lhs_batch, lhs_sum), _grouped(rhs, rhs_batch, rhs_sum)
    batch = tuple(lhs.shape[i] for i in lhs_batch)
    free = [
        tuple(n for i, n in enumerate(v.shape) if i not in (*batched, *summed))
        for v, batched, summed in ((lhs, lhs_batch, lhs_sum), (rhs, rhs_batch, rhs_sum))
    ]
    if len(a) == 1 and a.shape[-1] > 1:
        out = ring.matmul(a[0], b[0].T)
    else:
        out = np.add.reduce(a[:, :, None, :] * b[:, None, :, :], axis=-1)
    return np.asarray(out, object).reshape(batch + free[0] + free[1])


def _grouped(array, batched, summed):
    """The array with axes in the order (batch, free, summed), each group flattened."""
    batched, summed = [int(i) for i in batched], [int(i) for i in summed]
    free = [i for i in range(array.ndim) if i not in batched + summed]
    sizes = [[array.shape[i] for i in group] for group in (batched, free, summed)]
    moved = array.transpose(batched + free + summed)
    return moved.reshape([int(np.prod(size)) for size in sizes])


def _scatter_add(ring, eqn, values):
    """Add updates at the positions from which the transposed gather reads them."""
    operand, indices, updates = values

    def place(u):
        zeros = jax.numpy.zeros(operand.shape)
        return eqn.primitive.bind(zeros, jax.numpy.asarray(indices), u, **eqn.params)

    _, read = jax.vjp(place, jax.numpy.zeros(updates.shape))
    # Positions count from 1, so an update that is out of bounds reads 0.
    ones = 1.0 + np.arange(operand.size, dtype=float).reshape(operand.shape)
    targets = np.asarray(read(jax.numpy.asarray(ones))[0]).astype(np.int64).ravel()
    kept, out = targets > 0, operand.ravel().copy()
    np.add.at(out, targets[kept] - 1, updates.ravel()[kept])
    return out.reshape(operand.shape)


def _compare(accept: tuple[int, ...]) -> Rule:
    def rule(ring, eqn, values):
        if ring.order is None:
            raise NotExact(
                f"the model compares numbers ({eqn.primitive.name}), but {ring.name} "
                "have no order; use real points, or an activation without branches."
            )
        signs = elementwise(ring.order)(*values)
        return np.isin(signs.astype(int), accept)

    return rule


def _select(ring, eqn, values):
    which, *cases = values
    out = np.broadcast_to(cases[0], np.broadcast_shapes(which.shape, cases[0].shape))
    for k, case in enumerate(cases[1:], start=1):
        out = np.where(which == k, case, out)
    return out


def _reduce(ufunc: np.ufunc) -> Rule:
    def rule(ring, eqn, values):
        return ufunc.reduce(values[0], axis=tuple(eqn.params["axes"]))

    return rule


def _reduce_by(name: str) -> Rule:
    def rule(ring, eqn, values):
        if name not in ring.functions:
            raise NotExact(f"the model takes a {name}imum, but {ring.name} have none.")
        ufunc, out = np.frompyfunc(ring.functions[name], 2, 1), values[0]
        for axis in sorted(eqn.params["axes"], reverse=True):
            out = ufunc.reduce(out, axis=axis)
        return out

    return rule


def _cumulate(ufunc: np.ufunc) -> Rule:
    def rule(ring, eqn, values):
        axis, back = eqn.params["axis"], eqn.params["reverse"]
        array = np.flip(values[0], axis) if back else values[0]
        out = ufunc.accumulate(array, axis=axis)
        return np.flip(out, axis) if back else out

    return rule


def _integer_pow(ring, eqn, values):
    (base,), exponent = values, eqn.params["y"]
    one = ring.array(np.ones(base.shape))
    if exponent == 0:
        return one
    size = abs(exponent)
    result = base
    for bit in bin(size)[3:]:
        result = ring.settle(np.multiply(result, result))
        if bit == "1":
            result = ring.settle(np.multiply(result, base))
    return ring.divide(one, result) if exponent < 0 else result


def _one_minus_square(ring, eqn, values):
    (value,) = values
    one = ring.array(np.ones(value.shape))
    return np.multiply(one - value, one + value)  # balls stay narrow near 1


def _convert(ring, eqn, values):
    """Convert integers to elements of the ring; elements are not rounded."""
    (value,) = values
    target = eqn.params["new_dtype"]
    if not jax.numpy.issubdtype(target, np.inexact):
        raise NotExact(f"the model converts {ring.name} to {target}.")
    return value if value.dtype == object else ring.array(value.astype(object))


def _iota(ring, eqn, values):
    shape, axis = eqn.params["shape"], eqn.params["dimension"]
    return ring.array(np.indices(shape)[axis].astype(object))


RULES: dict[str, Rule] = {
    "add": lambda ring, eqn, values: np.add(*values),
    "add_any": lambda ring, eqn, values: np.add(*values),
    "sub": lambda ring, eqn, values: np.subtract(*values),
    "mul": lambda ring, eqn, values: np.multiply(*values),
    "neg": lambda ring, eqn, values: np.negative(*values),
    "square": lambda ring, eqn, values: np.multiply(values[0], values[0]),
    "one_minus_square": _one_minus_square,
    "div": lambda ring, eqn, values: ring.divide(*values),
    "integer_pow": _integer_pow,
    "dot_general": _product,
    "reduce_sum": _reduce(np.add),
    "reduce_max": _reduce_by("max"),
    "reduce_min": _reduce_by("min"),
    "cumsum": _cumulate(np.add),
    "scatter-add": _scatter_add,
    "scatter_add": _scatter_add,
    "select_n": _select,
    "convert_element_type": _convert,
    "reduce_precision": lambda ring, eqn, values: values[0],
    "iota": _iota,
    "eq": _compare((0,)),
    "ne": _compare((-1, 1)),
    "lt": _compare((-1,)),
    "le": _compare((-1, 0)),
    "gt": _compare((1,)),
    "ge": _compare((0, 1)),
    "is_finite": lambda ring, eqn, values: np.ones(values[0].shape, bool),
}


def _broadcast(eqn, index):
    shape = eqn.params["shape"]
    middle = [1] * len(shape)
    for axis, size in zip(eqn.params["broadcast_dimensions"], index.shape, strict=True):
        middle[int(axis)] = size
    return np.broadcast_to(index.reshape(middle), shape)


def _slice(eqn, index):
    starts, stops = eqn.params["start_indices"], eqn.params["limit_indices"]
    steps = eqn.params["strides"] or (1,) * index.ndim
    return index[tuple(map(slice, starts, stops, steps))]


# Primitives that move data. For None, JAX itself moves an array of positions. The
# others are written in NumPy, because JAX compiles again for every shape.
MOVES: dict[str, Callable[..., np.ndarray] | None] = {
    "reshape": lambda eqn, index: index.reshape(eqn.params["new_sizes"]),
    "transpose": lambda eqn, index: index.transpose(eqn.params["permutation"]),
    "broadcast_in_dim": _broadcast,
    "squeeze": lambda eqn, index: index.squeeze(eqn.params["dimensions"]),
    "expand_dims": lambda eqn, index: np.expand_dims(index, eqn.params["dimensions"]),
    "slice": _slice,
    "concatenate": lambda eqn, *i: np.concatenate(i, axis=eqn.params["dimension"]),
    "rev": lambda eqn, index: np.flip(index, eqn.params["dimensions"]),
    "copy": lambda eqn, index: index,
    "copy_p": lambda eqn, index: index,
    "stop_gradient": lambda eqn, index: index,
    "split": None,
    "stack": None,
    "unstack": None,
    "pad": None,
    "dynamic_slice": None,
    "dynamic_update_slice": None,
    "gather": None,
    "scatter": None,
}

# Primitives on indices and masks, which are ordinary integers and booleans; JAX itself
# evaluates those that are not listed.
PLAIN: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "neg": np.negative,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "not": np.invert,
    "max": np.maximum,
    "min": np.minimum,
    "select_n": lambda *values: _select(None, None, values),
    "convert_element_type": lambda value: value,
}
