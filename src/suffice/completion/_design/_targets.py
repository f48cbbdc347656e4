"""A small set of entries that determines some targets."""

import numpy as np

from suffice.completion._determined._flex import draw_flex, Flex
from suffice.completion._determined._solution import Solution

from ._offer import Offer
from ._pick import independent, support

Entries = tuple[np.ndarray, np.ndarray]

MOST_FREEDOM = 2000
CANDIDATES = 5000
CHUNK = 4096
TRIES = 8


def reach(
    solution: Solution,
    freedom: int,
    wanted: Entries,
    some: Entries,
    basis: Entries,
    offer: Offer,
    rng: np.random.Generator,
) -> tuple[Entries | None, int]:
    """Choose available entries that determine the targets, at a low cost.

    Several orders of the candidates are tried: the targets first, the cheapest first,
    and random orders. Each gives an independent set, from which the entries that the
    targets do not need are dropped; the cheapest set is returned. Every order contains
    `basis`, which determines whatever the available entries can determine, so a target
    that is not reached cannot be reached.

    Returns:
        The chosen entries, None when the targets cannot be determined; and a lower
        bound of their number, the rank that the targets themselves would add.

    Raises:
        ValueError: There are more than 2000 flexes.
    """
    if freedom > MOST_FREEDOM:
        raise ValueError(
            f"targets at rank {solution.rank} meet a deficit of {freedom}, more than "
            f"{MOST_FREEDOM}; take a smaller rank, or leave targets out."
        )
    parts = solution.mask, solution.rank, solution.levels, solution.parts
    flex = draw_flex(*parts, rng, count=max(freedom, 1))
    goal = _goal(flex, wanted)
    if not len(goal):
        return (np.empty(0, np.int64), np.empty(0, np.int64)), 0
    direct = offer.has(*wanted)
    best = None
    for attempt in range(TRIES):
        entries = _ordered(attempt, wanted, direct, some, basis, offer, rng)
        changes = flex.changes(*entries)
        chosen = independent(changes)
        needed = support(changes[chosen], goal)
        if needed is None:
            continue
        kept = chosen[needed]
        picks = entries[0][kept], entries[1][kept]
        price = float(offer.cost(*picks).sum()), len(kept)
        if best is None or price < best[0]:
            best = price, picks
        if offer.costs is None and len(kept) == len(goal):
            break
    return (None if best is None else best[1]), len(goal)


def _goal(flex: Flex, wanted: Entries) -> np.ndarray:
    """Return independent rows that span the row space of all targets."""
    freedom = flex.da.shape[2]
    rows = np.zeros((0, freedom))
    for start in range(0, len(wanted[0]), CHUNK):
        cut = slice(start, start + CHUNK)
        changes = flex.changes(wanted[0][cut], wanted[1][cut])
        both = np.concatenate([rows, changes])
        rows = both[independent(both)]
    return rows


def _ordered(attempt, wanted, direct, some, basis, offer, rng) -> Entries:
    mixed = rng.permutation(len(some[0]))[:CANDIDATES]
    rows, columns = (
        np.concatenate([w[direct][:CANDIDATES], s[mixed], every])
        for w, s, every in zip(wanted, some, basis, strict=True)
    )
    if attempt == 0:
        return rows, columns
    if attempt == 1:
        order = np.argsort(offer.cost(rows, columns), kind="stable")
    else:
        order = rng.permutation(len(rows))
    return rows[order], columns[order]
