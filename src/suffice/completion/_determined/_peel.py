"""Peeling: an entry that gives a row or column no more than its own unknowns."""

import numpy as np

from suffice.completion._entries._mask import Mask

CORE = np.iinfo(np.int64).max


def peel(mask: Mask, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """When every row and column is peeled off; `CORE` for those that stay.

    Rows or columns with at most `rank` entries to what is left are removed, half a
    round of rows after half a round of columns, until the `(rank + 1)`-core remains.
    Removing one with `d` entries lowers the rank of the completion matrix by exactly
    `d` and changes nothing about the entries between the others.

    Returns:
        Level of every row and of every column. The entries of a row that count when
        it is removed are those with columns of a higher level, and vice versa.

    Source:
        Derived and verified here; 0-extensions of rigidity theory.
    """
    sides = (mask.by_row, mask.by_column)
    degree = [d.astype(np.int64) for d in mask.degrees]
    levels = [np.full(len(d), CORE) for d in degree]
    todo = [np.flatnonzero(d <= rank) for d in degree]
    level = 0
    while len(todo[0]) or len(todo[1]):
        side = level % 2
        gone, other = todo[side], 1 - side
        levels[side][gone] = level
        todo[side] = np.empty(0, np.int64)
        level += 1
        if not len(gone):
            continue
        touched = neighbours(sides[side], gone)
        touched = touched[levels[other][touched] == CORE]
        found, times = np.unique(touched, return_counts=True)
        low = degree[other][found] - times <= rank
        fresh = low & (degree[other][found] > rank)
        degree[other][found] -= times
        todo[other] = np.concatenate([todo[other], found[fresh]])
    return levels[0], levels[1]


def neighbours(graph, vertices: np.ndarray) -> np.ndarray:
    """The neighbours of some vertices, one list after the other."""
    starts, stops = graph.indptr[vertices], graph.indptr[vertices + 1]
    sizes = stops - starts
    offsets = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return graph.indices[offsets + np.arange(sizes.sum())].astype(np.int64)
