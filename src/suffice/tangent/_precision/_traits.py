"""What the program of a model shows: its precision, and whether it has pieces."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr

from suffice._core import all_equations, check_inputs, Inputs, jumps, Model, ravel
from suffice.tangent._jacobian import check_parameters, jacobian

from ._promoted import promoted

# By bits of the mantissa.
_TYPES = {24: "float32", 11: "float16", 8: "bfloat16"}


@dataclasses.dataclass(frozen=True)
class Traits:
    """What is known about the program of a model before it runs.

    Attributes:
        unit: Unit roundoff of the least precise floating type in which it computes.
        names: Names of its primitives.
        pieces: Whether its derivative can jump, so that samples can miss a piece.
        rows: The tangent matrix of a model at inputs, by this program; in double
            precision where it can be promoted.
        rounding: Unit roundoff of the results of `rows`.
    """

    unit: float
    names: frozenset[str]
    pieces: bool
    rows: Callable[[Model, Inputs], np.ndarray] = jacobian
    rounding: float = 2.0**-53

    @property
    def note(self) -> str | None:
        """What to say about the precision; None in double precision."""
        if self.unit <= 2.0**-53:
            return None
        bits = round(-np.log2(self.unit))
        name = _TYPES.get(bits, f"{bits} bits")
        if self.rounding == self.unit:
            return f"the model computes in {name}; let it compute in float64."
        return (
            f"this is the rank of the model in real arithmetic; it computes in {name}."
        )


def traced(
    model: Model, x: Inputs, derivative: Callable[[Callable], Callable] = jax.jacrev
) -> Traits:
    """Trace a model at one of its inputs.

    Args:
        model: Any callable pytree.
        x: Inputs stacked along the leading axis.
        derivative: What differentiates it, `jax.jacrev` or `jax.jacfwd`.
    """
    check_parameters(model)
    check_inputs(model, x)
    theta, rebuild = ravel(model)
    sample = jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(np.shape(a)[1:], jnp.result_type(a)), x
    )
    forward = jax.make_jaxpr(lambda v, p: rebuild(v)(p))(theta, sample)
    gradient = jax.make_jaxpr(
        lambda v, p: derivative(lambda vector: rebuild(vector)(p))(v)
    )(theta, sample)
    unit = lowest_unit(gradient.jaxpr)
    rows = _promoted_rows(gradient, theta, sample) if unit > 2.0**-53 else jacobian
    return Traits(
        unit=unit,
        names=frozenset(eqn.primitive.name for eqn in all_equations(forward.jaxpr)),
        pieces=any(True for _ in jumps(forward.jaxpr)),
        rows=rows or jacobian,
        rounding=2.0**-53 if rows else unit,
    )


def _promoted_rows(gradient: ClosedJaxpr, theta: Any, sample: Any) -> Callable | None:
    """The tangent matrix in double precision, or None for a program that resists."""

    def row(theta, point):
        return promoted(gradient, theta, *jax.tree.leaves(point))[0]

    try:
        jax.eval_shape(row, theta, sample)
    except (TypeError, ValueError, NotImplementedError):
        return None
    batched = jax.jit(jax.vmap(row, (None, 0)))

    def rows(model: Model, x: Inputs) -> np.ndarray:
        found = np.asarray(batched(ravel(model)[0], x))
        return found.reshape(-1, found.shape[-1])

    return rows


def lowest_unit(jaxpr: Jaxpr) -> float:
    """Unit roundoff of the least precise floating type in a program."""
    kinds = {np.dtype(np.float64), *_floating(jaxpr)}
    return max(float(jnp.finfo(kind).eps) / 2 for kind in kinds)


def _floating(jaxpr: Jaxpr) -> Iterator[np.dtype]:
    """Floating types of all variables of a program, and those that products prefer."""
    for eqn in all_equations(jaxpr):
        for variable in (*eqn.invars, *eqn.outvars):
            yield from _real(getattr(variable.aval, "dtype", None))
        yield from _real(eqn.params.get("preferred_element_type"))
        if eqn.primitive.name == "reduce_precision":
            yield from _narrow(eqn.params["mantissa_bits"])


def _real(dtype: Any) -> Iterator[np.dtype]:
    if dtype is not None and jnp.issubdtype(dtype, jnp.floating):
        yield np.dtype(dtype)


def _narrow(bits: int) -> Iterator[np.dtype]:
    kinds = (jnp.bfloat16, jnp.float16, jnp.float32)
    fits = [k for k in kinds if jnp.finfo(k).nmant >= bits]
    yield from (np.dtype(k) for k in fits[:1])
