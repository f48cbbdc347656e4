"""Kinks along a path: where the gradient of a network jumps.

A ReLU network is smooth except where an input of its activation is zero. If the forces
on both sides of such a kink agree on the direction across it, the flow goes through; if
they point at each other, it slides along the kink with a velocity that is the gradient
on neither side; if they point away, its continuation is not unique. Gradient flow is
defined by the gradient in the first case only.

The numbers that are zero at a kink are the *switches* of a model. They are read off its
program, at any depth of inner functions, but not inside loops and branches: differences
of compared numbers, and how far each number is above the others in a maximum over axes.
A model whose activation is known to be smooth has none.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr
from jaxtyping import Array, Bool, Float

from suffice._core import called_program, jumps, run_program
from suffice.models import Convolution, DeepNetwork, TwoLayer

from ._problem import Problem

_NEAR = 1e-9  # distance from a kink, relative to the parameters, that is no distance
_RECORDED = (TwoLayer, DeepNetwork, Convolution)  # smooth up to their activation


def switches(problem: Problem, theta: Float[Array, " p"]) -> Float[Array, " switches"]:
    """The numbers whose signs determine the smooth piece of the outputs at a point."""
    found = [jnp.zeros(0)]
    if not _is_smooth(problem):
        program, places = _kinks(problem, theta)
        if places:  # most programs need not be run
            _run(program.jaxpr, program.consts, [theta], places, found)
    return jnp.concatenate(found)


def all_seen(problem: Problem, theta: Float[Array, " p"]) -> bool:
    """Whether every kink of the outputs has a switch."""
    if _is_smooth(problem):
        return True
    program, places = _kinks(problem, theta)
    return places <= set(_reached(program.jaxpr))


def _is_smooth(problem: Problem) -> bool:
    model = problem.family.rest
    return isinstance(model, _RECORDED) and model.activation.smooth


def _kinks(problem: Problem, theta: Float[Array, " p"]) -> tuple[ClosedJaxpr, set[int]]:
    """The program of the outputs, and the identities of its equations with kinks."""
    program = jax.make_jaxpr(problem.outputs)(theta)
    return program, {id(eqn) for eqn in jumps(program.jaxpr)}


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


def _run(jaxpr: Jaxpr, consts, inputs, places: set[int], found: list) -> list[Any]:
    """Run a program and collect the switches at some of its equations."""

    def step(eqn, operands):
        if (called := called_program(eqn)) is not None:
            return _run(*called, operands, places, found)
        name = eqn.primitive.name
        if id(eqn) in places and name in _SWITCHES:
            found.append(jnp.ravel(_SWITCHES[name](eqn.params, *operands)))
        results = eqn.primitive.bind(*operands, **eqn.params)
        return results if eqn.primitive.multiple_results else [results]

    return run_program(jaxpr, consts, inputs, step)


def _reached(jaxpr: Jaxpr) -> Iterator[int]:
    """The identities of the equations at which `_run` finds switches."""
    for eqn in jaxpr.eqns:
        if (called := called_program(eqn)) is not None:
            yield from _reached(called[0])
        elif eqn.primitive.name in _SWITCHES:
            yield id(eqn)


def _itself(params, value):
    return value


def _difference(params, first, second):
    return first - second


def _to_the_ends(params, low, value, high):
    return jnp.stack([value - low, value - high])


def _lead(params, values):
    """How far each number is above the largest of the others."""
    axes = tuple(params["axes"])
    if math.prod(values.shape[axis] for axis in axes) < 2:
        return jnp.zeros(0)
    top = values.max(axes, keepdims=True)
    others = jnp.where(values == top, -jnp.inf, values).max(axes, keepdims=True)
    return values - jnp.where(values == top, others, top)


_SWITCHES: dict[str, Callable[..., jax.Array]] = {
    **dict.fromkeys(("abs", "sign"), _itself),
    **dict.fromkeys(("max", "min", "gt", "ge", "lt", "le", "eq", "ne"), _difference),
    "clamp": _to_the_ends,
    **dict.fromkeys(("reduce_max", "argmax"), _lead),
    **dict.fromkeys(("reduce_min", "argmin"), lambda params, v: _lead(params, -v)),
}
