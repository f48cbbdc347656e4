"""Traced JAX programs, run one operation after the other."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jax.extend.core import Jaxpr, Literal


def run_program(
    jaxpr: Jaxpr,
    consts: Sequence[Any],
    inputs: Sequence[Any],
    step: Callable[[Any, list], Sequence[Any]],
    *,
    literal: Callable[[Literal], Any] = lambda atom: atom.val,
    equations: Iterable[Any] | None = None,
) -> list[Any]:
    """Run a traced program with operations of one's own, and return its outputs.

    Args:
        jaxpr: The program.
        consts: The values of its constants.
        inputs: The values of its inputs.
        step: Takes an equation and the values of its operands, returns its results.
        literal: The value of a number that is written into the program.
        equations: The equations to run, in order; None runs all of them.
    """
    names = [*jaxpr.constvars, *jaxpr.invars]
    values = dict(zip(names, [*consts, *inputs], strict=True))

    def read(atom):
        return literal(atom) if isinstance(atom, Literal) else values[atom]

    for eqn in jaxpr.eqns if equations is None else equations:
        results = step(eqn, [read(atom) for atom in eqn.invars])
        values.update(zip(eqn.outvars, results, strict=True))
    return [read(atom) for atom in jaxpr.outvars]
