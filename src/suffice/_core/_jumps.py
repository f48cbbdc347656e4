"""The operations of a traced program at which its derivative can jump."""

from collections.abc import Iterator, Set
from typing import Any

import jax.numpy as jnp
from jax.extend.core import Jaxpr, Literal

from ._programs import inner_programs, is_gaussian, live_equations

_LOOPS = frozenset({"scan", "while", "cond"})
# Operations whose derivative can jump where their operands meet.
_JUMPS = frozenset(
    {
        *("max", "min", "abs", "sign", "clamp", "sort", "argmax", "argmin", "top_k"),
        *("reduce_max", "reduce_min", "cummax", "cummin", "floor", "ceil", "round"),
        *("lt", "le", "gt", "ge", "eq", "ne", "rem", "while", "reduce_window_max"),
    }
)
# The body of `logaddexp`, which is smooth although it compares its arguments.
_LOGADDEXP = tuple(
    ["max", "sub", "ne", "add", "abs", "neg", "exp", "log1p", "add", "select_n"]
)


def jumps(jaxpr: Jaxpr, fixed: Set = frozenset()) -> Iterator[Any]:
    """The equations on floats at which the derivative of the outputs can jump.

    Those of inner programs are among them. Operations on constants do not count, such
    as the test of a variance whether it has degrees of freedom, nor do those whose
    results only shift the computation, as the maximum that a softmax subtracts.

    Args:
        jaxpr: The program.
        fixed: Those of its inputs that are constants.
    """
    fixed = _constants(jaxpr, fixed)
    for eqn in live_equations(jaxpr, but={"stop_gradient"}):
        if _is_logaddexp(eqn) or is_gaussian(eqn):
            continue
        for program in inner_programs(eqn):
            yield from jumps(program, _passed(eqn, program, fixed))
        if eqn.primitive.name in _JUMPS and _compares(eqn) and not _fixed(eqn, fixed):
            yield eqn


def _is_logaddexp(eqn: Any) -> bool:
    if eqn.primitive.name != "custom_jvp_call":
        return False
    body = next(inner_programs(eqn))
    return tuple(inner.primitive.name for inner in body.eqns) == _LOGADDEXP


def _constants(jaxpr: Jaxpr, fixed: Set) -> Set:
    """The variables of a program that depend on none of its other inputs."""
    known = {*jaxpr.constvars, *fixed}
    for eqn in jaxpr.eqns:
        if _fixed(eqn, known):
            known.update(eqn.outvars)
    return known


def _fixed(eqn: Any, known: Set) -> bool:
    return all(isinstance(v, Literal) or v in known for v in eqn.invars)


def _passed(eqn: Any, program: Jaxpr, known: Set) -> Set:
    """The inputs of an inner program that are constants; of loops none is."""
    one_to_one = len(program.invars) == len(eqn.invars)
    if eqn.primitive.name in _LOOPS or not one_to_one:
        return frozenset()
    pairs = zip(program.invars, eqn.invars, strict=True)
    return frozenset(v for v, a in pairs if isinstance(a, Literal) or a in known)


def _compares(eqn: Any) -> bool:
    """Whether an operation looks at floats other than to find what is not a number."""
    if eqn.primitive.name in ("eq", "ne") and eqn.invars[0] is eqn.invars[1]:
        return False
    return any(is_floating(variable) for variable in eqn.invars)


def is_floating(variable: Any) -> bool:
    """Whether a variable of a program holds real floats."""
    dtype = getattr(variable.aval, "dtype", None)
    return dtype is not None and jnp.issubdtype(dtype, jnp.floating)
