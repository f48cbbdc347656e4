"""A traced program, evaluated in double precision whatever types it names."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr

from suffice._core import called_program, is_gaussian, run_program, scan_counts


class NotPromoted(ValueError):
    """A program looks at the bits of its numbers, so that no other type will do."""


def promoted(program: ClosedJaxpr, *inputs: Any) -> list:
    """Evaluate a program with every floating type replaced by float64.

    Casts to a lower type become the identity, so that the result is that of the same
    formulas in double precision. Derivative rules of the user's own are lost: promote
    the gradient, in which they are already applied.

    Raises:
        NotPromoted: The program reinterprets the bits of floats.
    """
    return _run(program.jaxpr, program.consts, inputs)


def _run(jaxpr: Jaxpr, consts: Sequence[Any], inputs: Sequence[Any]) -> list:
    consts, inputs = list(map(_wide, consts)), list(map(_wide, inputs))
    return run_program(
        jaxpr, consts, inputs, _equation, literal=lambda atom: _wide(atom.val)
    )


def _wide(value: Any) -> Any:
    low = jnp.issubdtype(jnp.result_type(value), jnp.floating)
    return jnp.asarray(value, jnp.float64) if low else value


def _equation(eqn: Any, values: list) -> Sequence[Any]:
    name, params = eqn.primitive.name, eqn.params
    if name in _CONTROL:
        return _CONTROL[name](values, eqn)
    if is_gaussian(eqn):
        return [jnp.exp(-(values[0] ** 2))]
    if (called := called_program(eqn)) is not None:
        return _run(*called, values)
    if name == "reduce_precision":
        return values
    if name == "bitcast_convert_type":
        raise NotPromoted(f"the operation {name!r} depends on the type of its operand.")
    changed = {key: _wide_type(value) for key, value in params.items()}
    if not isinstance(changed.get("precision"), jax.lax.Precision | tuple | None):
        changed["precision"] = None
    out = eqn.primitive.bind(*values, **changed)
    return out if eqn.primitive.multiple_results else [out]


def _wide_type(value: Any) -> Any:
    named = isinstance(value, np.dtype | type)
    if named and jnp.issubdtype(value, jnp.floating):
        return np.dtype(np.float64)
    return value


def _scan(values: list, eqn: Any) -> Sequence[Any]:
    params, (kept, carried) = eqn.params, scan_counts(eqn)
    end = kept + carried

    def step(carry, xs):
        out = promoted(params["jaxpr"], *values[:kept], *carry, *xs)
        return out[:carried], out[carried:]

    carry, stacked = jax.lax.scan(
        step, values[kept:end], values[end:], params["length"], params["reverse"]
    )
    return [*carry, *stacked]


def _while(values: list, eqn: Any) -> Sequence[Any]:
    params = eqn.params
    first, second = params["cond_nconsts"], params["body_nconsts"]
    asked, changed = values[:first], values[first : first + second]
    return jax.lax.while_loop(
        lambda state: promoted(params["cond_jaxpr"], *asked, *state)[0],
        lambda state: promoted(params["body_jaxpr"], *changed, *state),
        values[first + second :],
    )


def _cond(values: list, eqn: Any) -> Sequence[Any]:
    branches = [
        lambda *operands, branch=branch: promoted(branch, *operands)
        for branch in eqn.params["branches"]
    ]
    return jax.lax.switch(values[0], branches, *values[1:])


_CONTROL = {"scan": _scan, "while": _while, "cond": _cond}
