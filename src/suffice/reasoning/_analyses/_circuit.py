"""The circuit by which a transformer takes steps along chains, in whichever layers."""

from collections.abc import Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from ._heads import HeadScores
from ._matching import KernelMatching, matching_matrix, Path, score_matching
from ._view import as_view, TransformerLike

Circuit = Literal["induction", "memorising", "other", "copy", "none"]
MATCH = 0.8  # smallest share of matching tokens that counts as matching
# Smallest attention to the previous token, or to the pair of a step; even attention
# gives the first token of a single pair a half.
ATTEND = 0.6
GENERAL = 0.5  # smallest share of matching random tokens, relative to trained ones


def name_circuit(
    scores: HeadScores, path: Path, hops: Sequence[KernelMatching]
) -> Circuit:
    """Return the name of the circuit along a path.

    Args:
        scores: Attention of every head, in distribution.
        path: The layers and heads that copy and match.
        hops: Matching along the path, one per step.
    """
    if _attention(scores, path) >= ATTEND:
        weakest = min(hops, key=lambda hop: float(hop.trained.top))
        trained = float(weakest.trained.top)
        if trained < MATCH:
            return "other"
        random = min(float(hop.random.top) for hop in hops)
        return "induction" if random >= GENERAL * trained else "memorising"
    return "copy" if float(jnp.max(scores.previous)) >= ATTEND else "none"


def best_path(
    model: TransformerLike, scores: HeadScores, hops: int, tokens: Int[Array, " n"]
) -> tuple[tuple[int, int], ...]:
    """Return the layers and heads that copy and match, from below to above.

    Among paths whose heads attend to what they need, it is the one whose weakest step
    matches best; if there is none, the path whose weakest head attends most.

    Args:
        model: A `Transformer` or any `View`.
        scores: Attention of every head, in distribution.
        hops: Number of steps on the path, less than the number of layers.
        tokens: The tokens, for instance those of the task.
    """
    x = as_view(model).embed[tokens]
    ends = [((layer, head),) for layer, head in _attending(scores.previous)]
    graded = [(1.0, path) for path in ends]
    for step in range(hops):
        heads = _attending(scores.induction[..., step])
        graded = [
            _longest(
                model, [e for e in graded if e[1][-1][0] < layer], (layer, head), x
            )
            for layer, head in heads
            if any(end[1][-1][0] < layer for end in graded)
        ]
    if graded:
        return max(graded, key=lambda end: end[0])[1]
    return _most_attending(scores, hops)


def _attending(attention):
    return [(int(i), int(j)) for i, j in np.argwhere(np.asarray(attention) >= ATTEND)]


def _longest(model, ends, head, x):
    """The best of the paths that one more head makes longer."""
    paths = [(least, (*path, head)) for least, path in ends]
    tops = [
        float(score_matching(matching_matrix(model, path, x)).top) for _, path in paths
    ]
    graded = [
        (min(least, top), path) for (least, path), top in zip(paths, tops, strict=True)
    ]
    return max(graded, key=lambda end: end[0])


def _most_attending(scores, hops):
    """The path of increasing layers whose least attention is largest."""
    steps = [scores.previous, *(scores.induction[..., step] for step in range(hops))]
    tables = [np.asarray(table) for table in steps]
    ends = {}
    for number, table in enumerate(tables):
        longer = {}
        room = len(table) - (hops - number)  # layers for the further steps
        for layer, head in np.ndindex(table[:room].shape):
            below = (
                [e for p, e in ends.items() if p[0] < layer] if number else [(1.0, ())]
            )
            if below:
                least, path = max(below, key=lambda end: end[0])
                here = (layer, head)
                longer[here] = (min(least, float(table[here])), (*path, here))
        ends = longer
    return max(ends.values(), key=lambda end: end[0])[1]


def _attention(scores, path):
    """The least attention along a path."""
    (layer, head), *steps = path
    read = [scores.induction[i, j, step] for step, (i, j) in enumerate(steps)]
    return min(map(float, (scores.previous[layer, head], *read)))
