"""Designs of a given number of rows, by greedy choice and exchange."""

from collections.abc import Iterator

import numpy as np

from ._information import Goal

PASSES = 10
BETTER = 1e-9


def greedy(goal: Goal) -> Iterator[tuple[int, np.ndarray]]:
    """Candidates in the order of their gain per cost, with the information after each.

    The order has no end; every beginning of it is a design.
    """
    information = goal.before + goal.ridge
    while True:
        gains = goal.gains(np.linalg.inv(information))
        best = int(np.argmax(gains / goal.cost))
        information = information + _one(goal, best)
        yield best, information


def exchanged(goal: Goal, size: int) -> list[int]:
    """A design of `size` rows: the greedy one, improved by exchanging single rows.

    Source:
        Fedorov, Theory of Optimal Experiments, 1972.
    """
    order = greedy(goal)
    chosen = [next(order)[0] for _ in range(size)]
    for _ in range(PASSES):
        before = list(chosen)
        for place in range(size):
            rest = chosen[:place] + chosen[place + 1 :]
            information = goal.before + goal.ridge
            information = information + sum(_one(goal, index) for index in rest)
            gains = goal.gains(np.linalg.inv(information)) / goal.cost
            best = int(np.argmax(gains))
            if gains[best] > gains[chosen[place]] + BETTER:
                chosen[place] = best
        if chosen == before:
            break
    return chosen


def ordered(goal: Goal, chosen: list[int]) -> list[int]:
    """The rows of a design in the order of their gain per cost."""
    information, left, order = goal.before + goal.ridge, list(chosen), []
    while left:
        gains = goal.gains(np.linalg.inv(information)) / goal.cost
        best = max(left, key=lambda index: gains[index])
        left.remove(best)
        order.append(best)
        information = information + _one(goal, best)
    return order


def _one(goal: Goal, index: int) -> np.ndarray:
    row = goal.slopes[:, index]
    return np.einsum("voi,voj->vij", row, row)
