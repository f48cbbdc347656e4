"""Batches of a task, and the stream of batches that training reads."""

from typing import NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax
from jaxtyping import Array, Int, Key


class Batch(NamedTuple):
    """Sequences, the tokens that follow them, and facts about them.

    Attributes:
        tokens: Sequences of tokens, `(size, length)`.
        label: The token after the last position, `(size,)`.
        meta: Further arrays with first axis `size`, which no model reads; the task
            documents their names.
    """

    tokens: Int[Array, "size length"]
    label: Int[Array, " size"]
    meta: dict[str, Array]


@runtime_checkable
class Task(Protocol):
    """The interface of a task that training and evaluation use.

    A task should be a frozen dataclass: it can be hashed, so JAX compiles once per
    task.
    """

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of sequences; `train` is one of them."""
        ...

    def batch(self, key: Key[Array, ""], size: int, group: str = "train") -> Batch:
        """Draw sequences of a group, which depend on the key only."""
        ...


@runtime_checkable
class SizedTask(Task, Protocol):
    """A task that also says how large a model must be."""

    @property
    def vocab(self) -> int:
        """Number of tokens, answers included."""
        ...

    @property
    def length(self) -> int:
        """Tokens of a sequence."""
        ...


class Stream(eqx.Module):
    """Fresh sequences of a task at every step, the `data` of `training.learn`.

    Attributes:
        task: The task that draws the sequences.
        size: Number of sequences per step.
        group: Name of the group.

    Examples:
        >>> Stream(AnchorTask.exception(), 256)          # doctest: +SKIP
    """

    task: Task = eqx.field(static=True)
    size: int = eqx.field(static=True)
    group: str = eqx.field(static=True, default="train")

    def __call__(
        self, key: Key[Array, ""], step: Int[Array, ""] | int
    ) -> tuple[Int[Array, "size length"], Int[Array, " size"]]:
        """Return tokens and labels of one step."""
        batch = self.task.batch(jax.random.fold_in(key, step), self.size, self.group)
        return batch.tokens, batch.label
