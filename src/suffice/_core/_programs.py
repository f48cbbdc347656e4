"""Traced JAX programs, run one operation after the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal


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


def inner_programs(eqn: Any) -> Iterator[Jaxpr]:
    """The programs inside an equation: the body of a call, loop or branch."""
    for value in jax.tree.leaves(
        eqn.params, is_leaf=lambda v: isinstance(v, ClosedJaxpr | Jaxpr)
    ):
        if isinstance(value, ClosedJaxpr):
            yield value.jaxpr
        elif isinstance(value, Jaxpr):
            yield value


def live_equations(jaxpr: Jaxpr, *, but: Set[str] = frozenset()) -> list[Any]:
    """The equations whose results reach an output, in order.

    Args:
        jaxpr: The program.
        but: Names of operations that let nothing through.
    """
    needed = {v for v in jaxpr.outvars if not isinstance(v, Literal)}
    kept = []
    for eqn in reversed(jaxpr.eqns):
        if eqn.primitive.name not in but and needed.intersection(eqn.outvars):
            kept.append(eqn)
            needed.update(v for v in eqn.invars if not isinstance(v, Literal))
    return kept[::-1]
