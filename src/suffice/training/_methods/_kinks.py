"""Kinks along a path: where the gradient of a network jumps.

A ReLU network is smooth except where an input of its activation is zero. If the forces
on both sides of such a kink agree on the direction across it, the flow goes through; if
they point at each other, it slides along the kink with a velocity that is the gradient
on neither side; if they point away, its continuation is not unique. Gradient flow is
defined by the gradient in the first case only.

The numbers that are zero at a kink are the *switches* of a model. They are read off its
program: the differences of operands in `max`, `min`, `abs`, `sign` and comparisons, at
any depth of inner functions, but not inside loops and branches. A model whose
activation is known to be smooth has none.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr
from jaxtyping import Array, Bool, Float

from suffice._core import run_program
from suffice.models import Convolution, DeepNetwork, TwoLayer

from ._problem import Problem

_NEAR = 1e-9  # distance from a kink, relative to the parameters, that is no distance
_RECORDED = (TwoLayer, DeepNetwork, Convolution)  # smooth up to their activation
_PAIRS = ("max", "min", "gt", "ge", "lt", "le")
_SINGLE = ("abs", "sign")
_LOOPS = ("scan", "while", "cond")


def switches(problem: Problem, theta: Float[Array, " p"]) -> Float[Array, " switches"]:
    """The numbers whose signs determine the smooth piece of the outputs at a point."""
    model = problem.family.rest
    if isinstance(model, _RECORDED) and model.activation.smooth:
        return jnp.zeros(0)
    program = jax.make_jaxpr(problem.outputs)(theta)
    if not _has_switches(program.jaxpr):
        return jnp.zeros(0)
    found: list[jax.Array] = []
    _run(program.jaxpr, program.consts, [theta], found)
    return jnp.concatenate([jnp.zeros(0), *map(jnp.ravel, found)])


def crossed(
    before: Float[Array, " switches"], after: Float[Array, " switches"]
) -> Bool[Array, " switches"]:
    """Which switches changed their sign."""
    return (before > 0) != (after > 0)


class Crossing(NamedTuple):
    """What a step of a flow finds at kinks."""

    met: jax.Array  # whether it crosses one
    turned: jax.Array  # whether the force behind one points back: the flow slides

    @classmethod
    def of(cls, problem: Problem, theta: Float[Array, " p"], step: Any) -> "Crossing":
        """The kinks between a point and those that a step from there evaluates."""

        def at(point):
            return switches(problem, point)

        def between(point, force):
            now, speed = jax.jvp(at, (point,), (force,))
            flipped = crossed(before, now)
            back = jnp.where(now > 0, speed, -speed) < 0
            return jnp.any(flipped), jnp.any(flipped & back)

        before = at(theta)
        met, turned = jax.vmap(between)(step.points, step.forces)
        return cls(jnp.any(met), jnp.any(turned))


def near_kink(problem: Problem, theta: Float[Array, " p"]) -> Bool[Array, ""]:
    """Whether a kink lies within rounding of a point, along its gradient."""
    gradient = problem.gradient(theta)[1]
    norm = jnp.linalg.norm(gradient)
    move = _NEAR * jnp.linalg.norm(theta) / jnp.where(norm > 0, norm, 1.0) * gradient
    sides = switches(problem, theta - move), switches(problem, theta + move)
    return jnp.any(crossed(*sides))


def _run(jaxpr: Jaxpr, consts, inputs, found: list[jax.Array]) -> list[Any]:
    """Run a program and collect the switches on the way."""
    return run_program(jaxpr, consts, inputs, lambda eqn, v: _step(eqn, v, found))


def _step(eqn, operands, found):
    if (inner := _inner(eqn)) is not None:
        return _run(inner.jaxpr, inner.consts, operands, found)
    if _is_switch(eqn):
        pair = eqn.primitive.name in _PAIRS
        found.append(operands[0] - (operands[1] if pair else 0.0))
    results = eqn.primitive.bind(*operands, **eqn.params)
    return results if eqn.primitive.multiple_results else [results]


def _has_switches(jaxpr: Jaxpr) -> bool:
    """Whether a program has any, so that most programs need not be run."""
    inner = [program for eqn in jaxpr.eqns if (program := _inner(eqn)) is not None]
    return any(map(_is_switch, jaxpr.eqns)) or any(
        _has_switches(program.jaxpr) for program in inner
    )


def _is_switch(eqn) -> bool:
    floating = jnp.issubdtype(eqn.invars[0].aval.dtype, jnp.floating)
    return eqn.primitive.name in (*_PAIRS, *_SINGLE) and floating


def _inner(eqn) -> ClosedJaxpr | None:
    """The program of a function that is called, but not that of a loop or branch."""
    programs = [leaf for leaf in eqn.params.values() if isinstance(leaf, ClosedJaxpr)]
    if len(programs) == 1 and eqn.primitive.name not in _LOOPS:
        return programs[0]
    return None
