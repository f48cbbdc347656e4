"""The rules that name the answers of a transformer and their route."""

from typing import Any

import numpy as np

SOLUTIONS = ("unfit", "memorising", "symmetric", "inferential")
FIT, ANSWER, COMMUTE = 0.9, 0.5, 0.8
ROUTES = ("open", "symmetric", "both", "inferential")
SIDE = 0.5  # least size of a score of the mechanism that takes a side


def solution(
    seen: Any,
    inferential: Any,
    symmetric: Any,
    commutativity: Any,
    *,
    labelled: Any,
    fit: float = FIT,
    answer: float = ANSWER,
    commute: float = COMMUTE,
) -> Any:
    """An index into `SOLUTIONS` for every transformer, in the form of the shares.

    Args:
        seen: Accuracy on the seen pair that is answered worst. A mean over the pairs
            would pass a transformer that never learned the exception among them.
        inferential: Share of inferential answers on the unseen pair.
        symmetric: Share of the answers that the reverse pair is given.
        commutativity: Share of equal answers to the pair and its reverse.
        labelled: Whether training shows the reverse pair, one truth or one for every
            transformer; else only `commutativity` tells that both are answered alike.
        fit: Least accuracy on every seen pair.
        answer: Least share of one answer.
        commute: Least share of equal answers.
    """
    by_label = (symmetric >= answer) & labelled
    as_reverse = by_label | (commutativity >= commute) & np.logical_not(labelled)
    ranked = np.maximum(1 + as_reverse, 3 * (inferential >= answer))
    return ranked * (seen >= fit)


def route(score: Any) -> Any:
    """An index into `ROUTES` for every score of `knock_out`, in the form of the scores.

    A score of at least `SIDE` is a side, `inferential` above zero and `symmetric`
    below; between them answers depend on `both`, and nan is `open`.
    """
    known = score == score  # nan is not
    return (1 + (score > -SIDE) + (score >= SIDE)) * known
