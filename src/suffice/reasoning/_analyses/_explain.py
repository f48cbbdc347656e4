"""All analyses of a trained transformer on its task together."""

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import check_size
from suffice.reasoning._tasks._anchors import AnchorTask
from suffice.reasoning._tasks._batch import Task
from suffice.reasoning._tasks._chains import ChainTask
from suffice.reasoning._tasks._order import answer_available

from ._behaviour import answer_rates, deviations
from ._circuit import best_path, name_circuit
from ._complexity import (
    condensed_share,
    ordinality,
    participation_ratio,
    query_weights,
    stable_rank,
)
from ._flow import information_flow
from ._heads import head_scores
from ._knock_out import knock_out
from ._loss import answers
from ._matching import matching
from ._pairs import pair_accuracies, seen_pairs
from ._reasons import AnchorReasons, ChainReasons
from ._solution import FIT, route, ROUTES
from ._unseen import behaviour, unseen_pair
from ._view import as_view, TransformerLike


def explain(
    model: TransformerLike, task: Task, *, size: int = 1000, seed: int = 0
) -> AnchorReasons | ChainReasons:
    """Return what a transformer answers outside its training data, and how.

    It combines all analyses of this chapter; call a single one, such as `knock_out` or
    `matching`, for more control.

    Args:
        model: A `Transformer`, trained on the task, or any `View`.
        task: An `AnchorTask` with two anchors in a row and unseen pairs, or a
            `ChainTask`.
        size: Number of sequences of each group, at least 1.
        seed: Random seed of these sequences.

    Returns:
        Verdict, mechanism and the numbers behind them. The verdict on an unseen pair is
        `undecided`, with the reason, where composing and mirroring give one answer.

    Raises:
        ValueError: The task is of another kind or has no unseen pair, or the model
            cannot read its sequences.

    Examples:
        >>> task = sf.reasoning.ChainTask(steps=1, pairs=2, tokens=(1, 21))
        >>> model = sf.Transformer.normal(21, task.length, 2, 8, key=jax.random.key(0))
        >>> sf.reasoning.explain(model, task, size=20).verdict  # it was not trained
        'unfit'
    """
    view = as_view(model)
    _check(view, task, size)
    keys = jax.random.split(jax.random.key(seed), 4)
    if isinstance(task, AnchorTask):
        return _anchors(model, view, task, size, keys)
    return _chains(model, view, task, size, keys)


def _check(view, task, size):
    if not isinstance(task, AnchorTask | ChainTask):
        raise ValueError(
            f"task is a {type(task).__name__}; expected an AnchorTask or a ChainTask, "
            "whose answers are known. For another compare `answers` with its labels."
        )
    if size < 1:
        raise ValueError(f"size is {size}; expected at least 1.")
    held = len(view.embed), len(view.positions)
    if held[0] < task.vocab or held[1] < task.length:
        raise ValueError(
            f"model knows {held[0]} tokens and {held[1]} positions; expected at least "
            f"the {task.vocab} tokens and {task.length} positions of the task: give "
            "the task on which the model was trained, or one with fewer."
        )
    check_size(
        size * task.length * view.embed.shape[1],
        f"an explanation on {size} sequences of each group",
        "take a smaller size",
    )
    if isinstance(task, AnchorTask) and (not task.unseen or task.count != 2):
        raise ValueError(
            "the task must have two anchors in a row and a pair that is unseen."
        )


def _anchors(model, view, task, size, keys):
    groups = ("train", "test", "unseen")
    train, test, asked = (
        task.batch(k, size, g) for k, g in zip(keys, groups, strict=False)
    )
    cut, accuracy = knock_out(model, train), float(answer_rates(model, train).given)
    each = pair_accuracies(model, *seen_pairs(task, key=keys[0], size=size))
    worst = float(jnp.min(each))
    unseen = tuple(
        unseen_pair(model, task, pair, worst=worst, key=keys[2], size=size)
        for pair in _distinct(task.unseen)
    )
    query, embed = query_weights(model), view.embed[jnp.arange(*task.values)]
    return AnchorReasons(
        behaviour(worst, unseen),
        ROUTES[route(float(cut.score))],
        unseen,
        accuracy,
        worst,
        float(answer_rates(model, test).given),
        deviations(model, asked),
        information_flow(model, train),
        information_flow(model, asked),
        cut,
        float(condensed_share(query)),
        float(stable_rank(query)),
        float(participation_ratio(embed)),
        float(ordinality(embed)),
    )


def _distinct(pairs):
    return [(first, second) for first, second in dict.fromkeys(pairs)]


def _chains(model, view, task, size, keys):
    inside, outside = (
        task.batch(k, size, g) for k, g in zip(keys, task.groups, strict=False)
    )
    right = [np.asarray(answers(model, b.tokens) == b.label) for b in (inside, outside)]
    hops = min(task.steps, view.layers - 1)
    tokens = jnp.arange(*task.tokens)
    scores, away = head_scores(model, inside), head_scores(model, outside)
    path = best_path(model, scores, hops, tokens)
    each = tuple(
        matching(model, path[: hop + 2], tokens, key=keys[2]) for hop in range(hops)
    )
    is_available = answer_available(outside, view.layers)
    accuracy = [float(part.mean()) for part in right]
    fitted = "memorising" if accuracy[0] >= FIT else "unfit"
    return ChainReasons(
        "generalising" if accuracy[1] >= FIT else fitted,
        name_circuit(scores, path, each) if hops == task.steps else None,
        path,
        task.steps,
        accuracy[0],
        accuracy[1],
        float(is_available.mean()),
        float(right[1][is_available].mean()) if is_available.any() else float("nan"),
        scores,
        each,
        *(
            tuple(float(found.induction[*path[hop + 1], hop]) for hop in range(hops))
            for found in (scores, away)
        ),
    )
