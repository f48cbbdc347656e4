"""The rule that names the solution a transformer found for composite functions."""

from typing import Any

import numpy as np

SOLUTIONS = ("unfit", "memorising", "symmetric", "inferential")
FIT, ANSWER, COMMUTE = 0.9, 0.5, 0.8


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
        seen: Accuracy on seen pairs.
        inferential: Share of inferential answers on the unseen pair.
        symmetric: Share of the answers that the reverse pair is given.
        commutativity: Share of equal answers to the pair and its reverse.
        labelled: Whether training shows the reverse pair, one truth or one for every
            transformer; else only `commutativity` tells that both are answered alike.
        fit: Least accuracy on seen pairs.
        answer: Least share of one answer.
        commute: Least share of equal answers.
    """
    by_label = (symmetric >= answer) & labelled
    as_reverse = by_label | (commutativity >= commute) & np.logical_not(labelled)
    ranked = np.maximum(1 + as_reverse, 3 * (inferential >= answer))
    return ranked * (seen >= fit)
