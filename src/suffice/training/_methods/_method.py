"""The interface of a training method.

A method is a frozen dataclass of plain fields, declared with `@training_method`. It
describes one member: `start` makes its state and `advance` attempts one step. The
driver maps both over the slots of a tile. When the outcome of a state is no longer
`RUNNING`, it stores the state and gives the slot to the next member of the queue.
"""

import dataclasses
from typing import Any, dataclass_transform, Protocol, runtime_checkable

import jax
from jaxtyping import Array, Float, Int

from ._problem import Problem

RUNNING = -1  # the outcome of a state that is not finished


class State(Protocol):
    """The fields of every state, as arrays; methods may add fields."""

    theta: Float[Array, " p"]
    loss: Float[Array, ""]
    time: Float[Array, ""]
    steps: Int[Array, ""]  # attempted steps, rejected ones included
    rejected: Int[Array, ""]
    outcome: Int[Array, ""]  # RUNNING or an Outcome


@runtime_checkable
class Method(Protocol):
    """A training method for one member, in code that JAX can trace."""

    def start(self, problem: Problem, theta: Float[Array, " p"]) -> Any:
        """The state before the first step; `diverged` when the loss is not finite."""
        ...

    def advance(self, problem: Problem, state: Any) -> Any:
        """The state after one attempted step, with its outcome."""
        ...


@dataclass_transform(frozen_default=True)
def training_method(cls: type) -> type:
    """Make a class a training method: a frozen dataclass and a pytree of JAX.

    Fields annotated `float` or `int` may change without a new compilation; all others
    (names, choices, `int | None`) are part of the compiled program. `__post_init__` may
    check values: it does not run while JAX traces.
    """
    cls = dataclasses.dataclass(frozen=True)(cls)
    fields = dataclasses.fields(cls)
    numbers = tuple(f.name for f in fields if f.type in (float, int))
    choices = tuple(f.name for f in fields if f.name not in numbers)

    def flatten(method):
        return (
            tuple(getattr(method, name) for name in numbers),
            tuple(getattr(method, name) for name in choices),
        )

    def unflatten(chosen, values):
        method = object.__new__(cls)
        items = (*zip(numbers, values, strict=True), *zip(choices, chosen, strict=True))
        for name, value in items:
            object.__setattr__(method, name, value)
        return method

    jax.tree_util.register_pytree_node(cls, flatten, unflatten)
    return cls
