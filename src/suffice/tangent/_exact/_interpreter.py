"""An interpreter of traced JAX programs over the numbers of any ring.

A program traced by `jax.make_jaxpr` is a list of primitive operations. Here they act on
NumPy arrays of Python objects: integers modulo a prime, rational numbers, real or
complex balls. Applied to the traced gradient of a model this gives its tangent matrix
exactly, for any model that JAX can differentiate.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from suffice._core import (
    called_program,
    is_gaussian,
    live_equations,
    run_program,
    scan_counts,
)

from ._primitives import MOVES, PLAIN, RULES
from ._ring import elementwise, NotExact, object_array, Ring


def evaluate_exactly(
    program: ClosedJaxpr,
    ring: Ring,
    *inputs: np.ndarray,
    constants: Mapping[float, Any] | None = None,
) -> list[np.ndarray]:
    """Evaluate a traced program over a ring.

    Elements of the ring are held in object arrays, integers and booleans (indices,
    masks) in ordinary arrays. A floating-point constant of the program is an exact
    dyadic rational: `1 / sqrt(2)` inside a GELU, for example, is the nearest double and
    not the irrational number.

    Args:
        program: A program from `jax.make_jaxpr`.
        ring: The ring of the numbers.
        *inputs: One array per input of the program.
        constants: Elements of the ring that replace scalar literals of the program.

    Returns:
        One array per output.

    Raises:
        NotExact: A primitive has no meaning in the ring, is not supported, or compares
            numbers that the ring cannot order.
    """
    run = _Run(ring, constants or {})
    consts = [ring.array(c) for c in program.consts]
    return run.jaxpr(program.jaxpr, consts, inputs)


@dataclasses.dataclass(frozen=True)
class _Run:
    """One evaluation: the ring, and the literals that are replaced by its elements."""

    ring: Ring
    constants: Mapping[float, Any]

    def jaxpr(
        self, jaxpr: Jaxpr, consts: Sequence[np.ndarray], inputs: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        return run_program(
            jaxpr,
            consts,
            inputs,
            self.equation,
            literal=self.literal,
            equations=live_equations(jaxpr),  # a gradient computes more
        )

    def literal(self, atom: Literal) -> np.ndarray:
        value = np.asarray(atom.val, _dtype(atom))
        if value.ndim == 0 and value.item() in self.constants:
            return object_array([self.constants[value.item()]], ())
        return self.ring.array(value)

    def equation(self, eqn, values: list[np.ndarray]) -> Sequence[np.ndarray]:
        name = eqn.primitive.name
        if name == "scan":
            return self.scan(eqn, values)
        if name == "cond":
            branch = eqn.params["branches"][int(values[0])]
            return self.jaxpr(branch.jaxpr, self.consts(branch), values[1:])
        if is_gaussian(eqn):
            square = np.multiply(values[0], values[0])
            return self.arithmetic(eqn, "exp", [np.negative(square)])
        if (called := called_program(eqn)) is not None:
            body, consts = called
            return self.jaxpr(body, [self.ring.array(c) for c in consts], values)
        if name in ("eq", "ne") and eqn.invars[0] is eqn.invars[1]:
            # JAX tests x != x to detect NaN; an element of a ring equals itself.
            return [np.full(values[0].shape, name == "eq")]
        if not any(v.dtype == object for v in values) and not _floats(eqn.outvars):
            return _plain(eqn, values)
        return self.arithmetic(eqn, name, values)

    def arithmetic(self, eqn, name: str, values: list[np.ndarray]):
        if name in MOVES:
            return _moved(eqn, values)
        if (rule := RULES.get(name)) is not None:
            return [self.settled(rule(self.ring, eqn, values))]
        if (function := self.ring.functions.get(name)) is not None:
            return [self.settled(elementwise(function)(*values))]
        raise NotExact(
            f"the model uses the operation {name!r}, which has no exact meaning for "
            f"{self.ring.name}; use a numerical rank, or rewrite the model without it."
        )

    def settled(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        if array.dtype != object:
            return array
        return np.asarray(self.ring.settle(array), object)

    def consts(self, closed: ClosedJaxpr) -> list[np.ndarray]:
        return [self.ring.array(c) for c in closed.consts]

    def scan(self, eqn, values):
        body, steps = eqn.params["jaxpr"], range(eqn.params["length"])
        same, carried = scan_counts(eqn)
        fixed, carry = values[:same], values[same : same + carried]
        xs, stacked = values[same + carried :], []
        for step in reversed(steps) if eqn.params["reverse"] else steps:
            now = [np.asarray(x[step]) for x in xs]
            out = self.jaxpr(body.jaxpr, self.consts(body), [*fixed, *carry, *now])
            carry = out[:carried]
            stacked.append(out[carried:])
        if eqn.params["reverse"]:
            stacked.reverse()
        return [*carry, *(np.stack(column) for column in zip(*stacked, strict=True))]


def _floats(variables: Sequence) -> bool:
    return any(jax.numpy.issubdtype(_dtype(v), np.inexact) for v in variables)


def _dtype(variable: Any) -> np.dtype:
    return variable.aval.dtype


def _plain(eqn, values: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    name = eqn.primitive.name
    if name in PLAIN:
        out = PLAIN[name](*values)
        return [np.asarray(out).astype(_dtype(eqn.outvars[0]))]
    shortcut = MOVES.get(name)
    return [shortcut(eqn, *values)] if shortcut else _bind(eqn, values)


def _bind(eqn, values: Sequence[np.ndarray], **changed: Any) -> list[np.ndarray]:
    params = eqn.params | changed
    out = eqn.primitive.bind(*map(jax.numpy.asarray, values), **params)
    return [np.asarray(v) for v in (out if eqn.primitive.multiple_results else [out])]


def _moved(eqn, values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Move ring elements: JAX moves their positions, which then select them."""
    rings = [v for v in values if v.dtype == object]
    ends = np.cumsum([0, *(v.size for v in rings)])
    positions = iter(
        np.arange(start, start + v.size).reshape(v.shape)
        for start, v in zip(ends, rings, strict=False)
    )
    indices = [next(positions) if v.dtype == object else v for v in values]
    data = np.concatenate([v.ravel() for v in rings])
    shortcut = MOVES[eqn.primitive.name]
    # Positions outside of the array, which a gather would fill, are marked by -1.
    outside = {"fill_value": -1} if "fill_value" in eqn.params else {}
    out = [shortcut(eqn, *indices)] if shortcut else _bind(eqn, indices, **outside)
    if any(index.size and index.min() < 0 for index in out):
        raise NotExact(
            f"the operation {eqn.primitive.name!r} reads outside of an array; check "
            "that the integer inputs of the model are valid indices."
        )
    return [np.asarray(data[index], object).reshape(index.shape) for index in out]
