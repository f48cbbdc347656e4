"""The rules that classify the answers of a transformer and their route."""

from typing import Any, get_args, Literal

import numpy as np

Solution = Literal["unfit", "memorising", "symmetric", "inferential", "mixed"]
Mechanism = Literal["open", "symmetric", "both", "inferential"]
SOLUTIONS: tuple[Solution, ...] = get_args(Solution)
FIT, ANSWER, COMMUTE = 0.9, 0.5, 0.8
RIVAL = 1 / 3  # largest share of one rule beside the other that names the answers
ROUTES: tuple[Mechanism, ...] = get_args(Mechanism)
SIDE = 0.5  # smallest |score| of `knock_out` that counts as one route


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
    """Return an index into `SOLUTIONS` for every transformer.

    A rule names the answers if it gives at least `answer` of them, and the other rule
    at most a third as many. Else they are mixed if both together give `answer`, and
    memorised if not.

    Args:
        seen: Accuracy on the seen pair with the lowest accuracy. A mean over the pairs
            would accept a transformer that never learned the exception among them.
        inferential: Share of inferential answers on the unseen pair.
        symmetric: Share of answers that equal the label of the reverse pair.
        commutativity: Share of equal answers to the pair and its reverse.
        labelled: Whether training shows the reverse pair, one value or one per
            transformer. If not, `commutativity` decides whether answers are symmetric.
        fit: Smallest accuracy on every seen pair.
        answer: Smallest share of one answer.
        commute: Smallest share of equal answers.
    """
    trained = symmetric * labelled
    # Slips of a composition commute too, so that equal answers beside mostly
    # inferential ones are no second rule.
    alike = (commutativity >= commute) & np.logical_not(labelled)
    mirrored = trained + alike * (commutativity - inferential)
    infers = (inferential >= answer) & (trained <= RIVAL * inferential)
    mirrors = (mirrored >= answer) & (inferential <= RIVAL * mirrored)
    mixes = (inferential + mirrored >= answer) & np.logical_not(infers | mirrors)
    return (1 + 1 * (mirrors > infers) + 2 * infers + 3 * mixes) * (seen >= fit)


def route(score: Any) -> Any:
    """Return an index into `ROUTES` for every score of `knock_out`.

    Scores of at least `SIDE` are `inferential`, scores of at most `-SIDE` are
    `symmetric`, scores between them are `both`, and nan is `open`.
    """
    known = score == score  # nan is not
    return (1 + (score > -SIDE) + (score >= SIDE)) * known
