"""A traced function as a flat list of equations whose operands can be recorded."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.extend.core as jex

from suffice._core import called_program, jumps
from suffice.tangent._precision._traits import lowest_unit


@dataclasses.dataclass(frozen=True)
class Constant:
    """An operand whose value was known when the function was traced."""

    value: Any


@dataclasses.dataclass(frozen=True)
class Equation:
    """One primitive operation; operands and results are numbered slots.

    Attributes:
        primitive: The JAX primitive.
        params: Its static parameters.
        operands: A slot number, or a `Constant`, for each operand.
        results: A slot number for each result.
        shapes: The abstract value of each result.
    """

    primitive: jex.Primitive
    params: dict[str, Any]
    operands: tuple[int | Constant, ...]
    results: tuple[int, ...]
    shapes: tuple[Any, ...]

    def run(self, values: Sequence[Any]) -> Sequence[Any]:
        """Apply the primitive to the values of its operands."""
        bound = self.primitive.get_bind_params(self.params)
        functions, params = bound if isinstance(bound, tuple) else ((), bound)
        out = self.primitive.bind(*functions, *values, **params)
        return out if self.primitive.multiple_results else [out]


@dataclasses.dataclass(frozen=True)
class Program:
    """A function in which every call is inlined.

    Attributes:
        inputs: Slots of the arguments, flattened.
        equations: In order of execution.
        outputs: A slot or a `Constant` for each result.
        unit: Unit roundoff of the least precise floating type.
        pieces: Whether its derivative can jump.
    """

    inputs: tuple[int, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[int | Constant, ...]
    unit: float
    pieces: bool

    def run(
        self,
        arguments: Sequence[Any],
        shifts: dict[int, Any],
        watch: Callable[[int, Sequence[Any]], None],
    ) -> list[Any]:
        """Execute the program, with shifts added to chosen results.

        Args:
            arguments: One value per input.
            shifts: The number of an equation, and the array added to its result.
            watch: Called with the number and the operands of each shifted equation.

        Returns:
            One value per output.
        """
        slots = dict(zip(self.inputs, arguments, strict=True))

        def read(atom):
            return atom.value if isinstance(atom, Constant) else slots[atom]

        for place, equation in enumerate(self.equations):
            values = [read(atom) for atom in equation.operands]
            results = equation.run(values)
            if place in shifts:
                watch(place, values)
                results = [results[0] + shifts[place]]
            slots.update(zip(equation.results, results, strict=True))
        return [read(atom) for atom in self.outputs]


def trace(function: Callable, *arguments: Any) -> Program:
    """Trace a function of pytrees and inline every call inside it."""
    closed = jax.make_jaxpr(function)(*arguments)
    writer = _Writer()
    inputs = tuple(writer.new() for _ in closed.jaxpr.invars)
    outputs = writer.write(closed.jaxpr, closed.consts, inputs)
    unit = lowest_unit(closed.jaxpr)
    pieces = any(True for _ in jumps(closed.jaxpr))
    return Program(inputs, tuple(writer.equations), outputs, unit, pieces)


class _Writer:
    def __init__(self):
        self.equations: list[Equation] = []
        self._count = 0

    def new(self) -> int:
        self._count += 1
        return self._count - 1

    def write(self, jaxpr, constants, inputs) -> tuple[int | Constant, ...]:
        names: dict[Any, int | Constant] = dict(zip(jaxpr.invars, inputs, strict=True))
        names |= zip(jaxpr.constvars, map(Constant, constants), strict=True)

        def read(atom):
            return Constant(atom.val) if isinstance(atom, jex.Literal) else names[atom]

        for eqn in jaxpr.eqns:
            operands = tuple(map(read, eqn.invars))
            # A function that brings its derivative is kept whole, so that this is used.
            body = called_program(eqn, with_derivative=False)
            if body is None:
                results = tuple(self.new() for _ in eqn.outvars)
                shapes = tuple(var.aval for var in eqn.outvars)
                self.equations.append(
                    Equation(eqn.primitive, eqn.params, operands, results, shapes)
                )
            else:
                results = self.write(*body, operands)
            names |= zip(eqn.outvars, results, strict=True)
        return tuple(map(read, jaxpr.outvars))
