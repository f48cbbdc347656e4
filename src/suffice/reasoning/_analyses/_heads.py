"""What heads attend to in a chain: the previous token, and the pair of a step."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from suffice._core import Result
from suffice._core.literature import bases
from suffice.reasoning._tasks._batch import Batch

from ._pytree import as_pytree
from ._view import run, TransformerLike


@as_pytree
@dataclasses.dataclass(frozen=True)
class HeadScores(Result):
    """Attention of every head to what an induction circuit reads, between 0 and 1.

    Attributes:
        previous: The previous-token score: mean attention of the second token of a pair
            to the first, by layer and head.
        induction: The induction score: mean attention of the last position to the pair
            of each step, by layer, head and step.
    """

    grounds = bases.MATCHING

    previous: Float[Array, "layers heads"]
    induction: Float[Array, "layers heads hops"]

    def headline(self) -> str:
        """Return the largest score of each kind in one sentence."""
        copies, reads = float(jnp.max(self.previous)), float(jnp.max(self.induction))
        return (
            f"One head gives {copies:.2f} of its attention to previous tokens, and one "
            f"{reads:.2f} to the pair of a step."
        )

    def shown(self) -> dict[str, Any]:
        """Return the heads with the largest scores."""
        scores = {"previous token": self.previous}
        steps = range(self.induction.shape[-1])
        scores |= {f"step {step + 1}": self.induction[..., step] for step in steps}
        return {name: _largest(values) for name, values in scores.items()}


def _largest(values):
    layer, head = jnp.unravel_index(jnp.argmax(values), values.shape)
    return f"{float(values[layer, head]):.3f}, layer {layer}, head {head}"


def head_scores(model: TransformerLike, batch: Batch) -> HeadScores:
    """Return what each head attends to on chains.

    A head with a previous-token score near 1 copies the first token of each pair to the
    second; above it, a head with an induction score near 1 for a step finds the pair of
    this step from the last position. Attention alone does not show by which weights a
    head finds it: use `matching` for this.

    Args:
        model: A `Transformer` or any `View`.
        batch: Sequences of a `ChainTask`, in or out of distribution.

    Raises:
        ValueError: The batch is not one of a `ChainTask`.

    Source:
        The two kinds of heads of arXiv:2209.11895; the scores on pairs of a chain are
        defined here.

    Examples:
        >>> task = sf.reasoning.ChainTask(steps=1, pairs=2, tokens=(20, 41))
        >>> model = sf.Transformer.normal(41, 5, 2, 8, key=jax.random.key(0))
        >>> batch = task.batch(jax.random.key(0), 10)
        >>> sf.reasoning.head_scores(model, batch).induction.shape
        (2, 1, 1)
    """
    if "slots" not in batch.meta:
        raise ValueError(
            f"batch has meta {', '.join(batch.meta) or 'without entries'}; expected a "
            "batch of a ChainTask, which has slots and order."
        )
    pattern, pairs = run(model, batch.tokens).pattern, batch.meta["order"].shape[1]
    return HeadScores(
        _to_first(pattern, pairs), _to_slots(pattern, batch.meta["slots"])
    )


def _to_first(pattern, pairs):
    second = jnp.arange(1, 2 * pairs, 2)
    return jnp.mean(pattern[..., second, second - 1], axis=(1, 3))


@jax.jit
def _to_slots(pattern, slots):
    pattern = pattern[..., -1, :]
    index = jnp.maximum(slots, 0)[None, :, None]  # layers, batch, heads, hops
    index = jnp.broadcast_to(index, (*pattern.shape[:3], slots.shape[1]))
    attention = jnp.take_along_axis(pattern, index, axis=-1)
    asked = (slots >= 0)[None, :, None]
    counts = jnp.sum(asked, axis=1)
    return jnp.sum(jnp.where(asked, attention, 0), axis=1) / jnp.maximum(counts, 1)
