"""A study of when transformers infer composite anchor functions."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp

from suffice.reasoning._analyses._behaviour import answer_rates
from suffice.reasoning._analyses._complexity import (
    condensed_share,
    ordinality,
    participation_ratio,
    query_weights,
    stable_rank,
)
from suffice.reasoning._analyses._flow import information_flow
from suffice.reasoning._analyses._knock_out import knock_out
from suffice.reasoning._analyses._loss import answers
from suffice.reasoning._analyses._pairs import pair_accuracies, seen_pairs
from suffice.reasoning._analyses._vectors import anchor_values, auc, last_vectors
from suffice.reasoning._analyses._view import as_view
from suffice.reasoning._tasks._anchors import AnchorTask

from ._decoder import Decoder, Recipe
from ._study import (
    check_positive,
    evaluation_key,
    record_steps,
    TransformerStudy,
)

_MEANINGS = {
    "loss": "mean loss of the steps since the previous record, nan at step 0",
    "seen": "accuracy on seen pairs, training keys",
    "worst": "accuracy on the seen pair that is answered worst, training keys",
    "tested": "accuracy on seen pairs, test keys",
    "inferential": "share of inferential answers on the unseen pair",
    "symmetric": "share of symmetric answers on the unseen pair",
    "commutativity": "share of equal answers to the unseen pair and its reverse",
    "flow_seen": "attention along the inferential (1) or symmetric (-1) route, seen",
    "flow_unseen": "the same on the unseen pair",
    "mechanism": "answers depend on the inferential (1) or the symmetric (-1) route",
    "answer_vectors": "probability that cosines tell equal answers, last position",
    "anchor_vectors": "the same of what the first anchor gives, at that anchor",
    "condensed": "share of |cosines| of query weights of layer 0 above 0.7",
    "stable_rank": "stable rank of the query weights of layer 0",
    "participation": "participation ratio of the embeddings of the values",
    "ordinality": "rank correlation of a principal component with the value",
}
Preset = Literal["exception", "both-masked", "nine-anchors", "doubling"]
LABELLED: tuple[Preset, ...] = ("exception", "doubling")  # those that show (3, 4)
_COMPARED = 300  # number of sequences whose vectors are compared in pairs


@dataclasses.dataclass(frozen=True)
class Composition:
    """A preset of `AnchorTask`, as plain fields.

    Attributes:
        preset: `exception`: (3, 4) has its own map, and (4, 3) is unseen;
            `both-masked`: both are unseen; `nine-anchors`: both are unseen among nine
            anchors; `doubling`: the anchor 4 doubles, so that the order matters, and
            (4, 3) is unseen.
        length: Number of tokens of a sequence.
        values: Keys and noise are uniform on `range(*values)`.
        modulus: `code` splits keys modulo the length, `paper` modulo the positions.

    Examples:
        >>> task = sf.reasoning.Composition("exception").task()
        >>> task.unseen, dict(task.override)
        (((4, 3),), {(3, 4): -6})
    """

    preset: Preset = "both-masked"
    length: int = 9
    values: tuple[int, int] = (20, 100)
    modulus: Literal["code", "paper"] = "code"

    def task(self) -> AnchorTask:
        """Return the task; equal fields give the same object."""
        return _task(self)


@functools.lru_cache(maxsize=64)
def _task(composition: Composition) -> AnchorTask:
    make = getattr(AnchorTask, composition.preset.replace("-", "_"))
    return make(
        length=composition.length,
        values=composition.values,
        modulus=composition.modulus,
    )


@dataclasses.dataclass(frozen=True)
class CompositionStudy(TransformerStudy):
    """A study of whether transformers infer the unseen pair (4, 3).

    It is run by `suffice.sweeps.sweep`. Phase diagrams vary the rate of initialisation,
    the number of layers, the width, the recipe and the seed. Behaviour (the answers on
    the unseen pair) and mechanism (the route on which answers to seen pairs depend) are
    recorded separately, since either route may give either answer.

    Attributes:
        task: The pairs, seen and unseen.
        model: The transformer, of at least two layers.
        training: The recipe of the training.
        grid: Dotted path of a field -> its values, such as
            `{"model.rate": (0.3, 0.5, 0.8, 1.0), "model.layers": (2, 3)}`.
        seeds: Number of seeds, counted from 0, at every point of the grid.
        key: An integer, from which with the seed all random numbers follow.
        evaluated: Number of sequences of each group for the evaluation.
        block: Largest number of seeds of one cell, the unit of work.

    Source:
        arXiv:2405.05409, Figures 2 and 6. The paper keeps the best of nine learning
        rates for each answer; here every run counts, at its last step.

    Examples:
        >>> from suffice.reasoning import CompositionStudy, Decoder
        >>> grid = {"model.rate": (0.3, 0.5, 0.8)}
        >>> study = CompositionStudy(model=Decoder(layers=3), grid=grid, seeds=5)
        >>> {"inferential", "symmetric", "mechanism"} <= set(study.variables())
        True
    """

    meanings = _MEANINGS

    task: Composition = dataclasses.field(default_factory=Composition)
    model: Decoder = dataclasses.field(default_factory=Decoder)
    training: Recipe = dataclasses.field(default_factory=Recipe)
    grid: Mapping[str, tuple] = dataclasses.field(default_factory=dict)
    seeds: int = 1
    key: int = 0
    evaluated: int = 1000
    block: int = 1

    def __post_init__(self):
        check_positive("evaluated", self.evaluated)
        record_steps(self.training.steps)
        if self.model.layers < 2:
            raise ValueError(
                f"model.layers is {self.model.layers}; expected at least 2, since the "
                "routes to tell apart pass through two layers."
            )

    def measured(self):
        """Return the task that is learned, and a function that measures a model."""
        task = self.task.task()
        return task, eqx.Partial(_measured, task, *_evaluation(self, task))


def _evaluation(study: CompositionStudy, task: AnchorTask) -> tuple[Any, ...]:
    """Return batches of the groups, the reverse of the unseen pair, and seen pairs."""
    keys = {g: evaluation_key(study.key, g) for g in ("train", "test", "4,3")}
    batches = [task.batch(key, study.evaluated, g) for g, key in keys.items()]
    reverse = task.batch(keys["4,3"], study.evaluated, "3,4")
    few = task.batch(keys["train"], _COMPARED)
    pairs = seen_pairs(task, key=keys["train"], size=study.evaluated)
    return *batches, reverse, few, pairs


def _measured(
    task: AnchorTask, train, test, unseen, reverse, few, pairs, model: Any
) -> dict[str, Any]:
    asked = answer_rates(model, unseen)
    alike = answers(model, unseen.tokens) == answers(model, reverse.tokens)
    query, embed = query_weights(model), as_view(model).embed[jnp.arange(*task.values)]
    columns = {
        "seen": answer_rates(model, train).given,
        "worst": jnp.min(pair_accuracies(model, *pairs)),
        "tested": answer_rates(model, test).given,
        "inferential": asked.inferential,
        "symmetric": asked.symmetric,
        "commutativity": jnp.mean(alike),
        "flow_seen": information_flow(model, train).score,
        "flow_unseen": information_flow(model, unseen).score,
        "mechanism": knock_out(model, train).score,
        "answer_vectors": auc(last_vectors(model, few), few.label),
        "anchor_vectors": auc(anchor_values(model, few), few.meta["partial"]),
        "condensed": condensed_share(query),
        "stable_rank": stable_rank(query),
        "participation": participation_ratio(embed),
        "ordinality": ordinality(embed),
    }
    return {name: jnp.asarray(value, float) for name, value in columns.items()}
