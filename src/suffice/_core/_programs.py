"""Traced JAX programs, run one operation after the other."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, jaxpr_as_fun, Literal


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


# Operations that do nothing but call a program, by their names in JAX 0.10 and 0.12.
_CALLS = frozenset({"jit", "call", "closed_call", "eval_jaxpr", "remat2"})
_WITH_DERIVATIVE = frozenset({"custom_jvp_call", "custom_vjp_call"})


def called_program(
    eqn: Any, *, with_derivative: bool = True
) -> tuple[Jaxpr, Sequence[Any]] | None:
    """The program that an equation calls, and its constants; None if it is no call.

    An operation that is not known may use the programs inside it in any way, so it is
    no call.

    Args:
        eqn: The equation.
        with_derivative: Whether a function that brings a derivative of its own counts.
    """
    names = _CALLS | _WITH_DERIVATIVE if with_derivative else _CALLS
    if eqn.primitive.name not in names:
        return None
    (body,) = (v for v in eqn.params.values() if isinstance(v, ClosedJaxpr | Jaxpr))
    if isinstance(body, ClosedJaxpr):
        return body.jaxpr, body.consts
    return body, ()


def all_equations(jaxpr: Jaxpr) -> Iterator[Any]:
    """The equations of a program and of all programs inside it."""
    for eqn in jaxpr.eqns:
        yield eqn
        for inner in inner_programs(eqn):
            yield from all_equations(inner)


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


def scan_counts(eqn: Any) -> tuple[int, int]:
    """How many operands of a scan are the same in all steps, and how many it carries.

    The shapes tell, whatever the parameters of the primitive are called: what is
    carried keeps its shape, what is read or stacked has an axis of steps more.
    """
    body = eqn.params["jaxpr"].jaxpr
    carried = _alike(eqn.outvars, body.outvars)
    read = len(body.invars) - _alike(eqn.invars, body.invars)
    return len(body.invars) - carried - read, carried


def _alike(outside: Iterable[Any], inside: Iterable[Any]) -> int:
    pairs = zip(outside, inside, strict=True)
    return sum(a.aval.shape == b.aval.shape for a, b in pairs)


def is_gaussian(eqn: Any) -> bool:
    """Whether an equation is JAX's `exp(-x^2)`, which is computed by splitting bits.

    The derivatives of `erf` and GELU call it, without a name once they are batched; it
    is known by that it splits bits, and by its values.
    """
    if eqn.primitive.name != "custom_jvp_call" or len(eqn.invars) != 1:
        return False
    body = eqn.params["call_jaxpr"].jaxpr
    if all(inner.primitive.name != "bitcast_convert_type" for inner in body.eqns):
        return False
    (variable,) = eqn.outvars
    shape, dtype = variable.aval.shape, variable.aval.dtype
    x = np.linspace(-2, 2, max(1, math.prod(shape))).reshape(shape).astype(dtype)
    (found,) = jaxpr_as_fun(eqn.params["call_jaxpr"])(x)
    rounding = 64 * float(jnp.finfo(dtype).eps)
    return np.allclose(
        found, np.exp(-(x.astype(np.float64) ** 2)), rtol=rounding, atol=0
    )
