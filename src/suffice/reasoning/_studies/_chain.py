"""A study of how transformers reason along chains."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from suffice.reasoning._analyses._heads import head_scores
from suffice.reasoning._analyses._loss import answers
from suffice.reasoning._analyses._matching import (
    matching,
    positional_matching,
    serial_path,
)
from suffice.reasoning._tasks._chains import ChainTask

from ._decoder import Decoder, Recipe
from ._study import (
    check_positive,
    evaluation_key,
    record_steps,
    TransformerStudy,
)

_CIRCUIT = {
    "positional": "attention that positions send to the first token of a pair, layer 0",
    "match": "share of tokens that match themselves best, least of all hops",
    "match_random": "the same for random tokens of the same norms",
    "match_score": "matching score, least of all hops",
    "attention_inside": "attention of the last position to the hop's pair, least",
    "attention_outside": "the same out of distribution",
}
_MEANINGS = {
    "loss": "mean loss of the steps since the previous record, nan at step 0",
    "inside": "accuracy in distribution",
    "outside": "accuracy out of distribution: pairs that never occur in training",
    **_CIRCUIT,
}


@dataclasses.dataclass(frozen=True)
class ChainStudy(TransformerStudy):
    """A study of whether transformers take steps along chains of unseen pairs.

    It is run by `suffice.sweeps.sweep`. Step `l` is analysed in layer `l`, counted from
    layer 0, which copies the first token of a pair to the second. Where there are fewer
    layers, or several heads, the scores of matching are nan and only accuracies are
    recorded. An accuracy out of distribution far below that in distribution, early in
    training, shows a shortcut: the model recognises trained pairs by the difference of
    the neighbours.

    Attributes:
        task: The chains and the number of steps.
        model: The transformer.
        training: The recipe of the training.
        grid: Dotted path of a field -> its values, such as
            `{"model.rate": (0.3, 0.5, 0.8), "model.norm": ("post", "pre")}`.
        seeds: Number of seeds, counted from 0, at every point of the grid.
        key: An integer, from which with the seed all random numbers follow.
        evaluated: Number of sequences of each group for the evaluation.
        block: Largest number of seeds of one cell, the unit of work.

    Source:
        arXiv:2405.15302.

    Examples:
        >>> from suffice.reasoning import ChainStudy, ChainTask
        >>> study = ChainStudy(ChainTask(steps=1), grid={"model.norm": ("post", "pre")})
        >>> {"inside", "outside", "match_score"} <= set(study.variables())
        True
    """

    meanings = _MEANINGS

    task: ChainTask = dataclasses.field(
        default_factory=lambda: ChainTask(steps=2, pairs=4, tokens=(20, 61))
    )
    model: Decoder = dataclasses.field(
        default_factory=lambda: Decoder(layers=3, width=64, hidden=128)
    )
    training: Recipe = dataclasses.field(default_factory=Recipe)
    grid: Mapping[str, tuple] = dataclasses.field(default_factory=dict)
    seeds: int = 1
    key: int = 0
    evaluated: int = 1000
    block: int = 1

    def __post_init__(self):
        check_positive("evaluated", self.evaluated)
        record_steps(self.training.steps)

    def measured(self):
        """Return the task that is learned, and a function that measures a model."""
        task = self.task
        keys = {g: evaluation_key(self.key, g) for g in (*task.groups, "random")}
        return task, eqx.Partial(_measured, task, self.evaluated, keys)


def _measured(task: ChainTask, size: int, keys: Any, model: Any) -> dict[str, Any]:
    inside, outside = (task.batch(keys[g], size, g) for g in task.groups)
    columns = {
        "inside": jnp.mean(answers(model, inside.tokens) == inside.label),
        "outside": jnp.mean(answers(model, outside.tokens) == outside.label),
        **_circuit(task, keys["random"], model, inside, outside),
    }
    return {name: jnp.asarray(value, float) for name, value in columns.items()}


def _circuit(task, key, model, inside, outside):
    """Return the scores of the serial circuit at its weakest step."""
    if model.heads > 1 or model.layers <= task.steps:
        return dict.fromkeys(_CIRCUIT, jnp.nan)
    tokens, hops = jnp.arange(*task.tokens), range(1, task.steps + 1)
    each = [matching(model, serial_path(hop), tokens, key=key) for hop in hops]

    def attended(batch):
        attention = head_scores(model, batch).induction[:, 0]
        return jnp.min(jnp.stack([attention[hop, hop - 1] for hop in hops]))

    def least(pick):
        return jnp.min(jnp.stack([pick(hop) for hop in each]))

    return {
        "positional": positional_matching(model, 2 * task.pairs),
        "match": least(lambda hop: hop.trained.top),
        "match_random": least(lambda hop: hop.random.top),
        "match_score": least(lambda hop: hop.trained.score),
        "attention_inside": attended(inside),
        "attention_outside": attended(outside),
    }
