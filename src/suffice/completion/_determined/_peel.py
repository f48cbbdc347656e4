"""Peeling of rows and columns that have no more entries than unknowns."""

import numpy as np

from suffice.completion._entries._mask import Mask

CORE = np.iinfo(np.int64).max


def peel(mask: Mask, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Return at which level every row and column is peeled, `CORE` for those that stay.

    Rows (at even levels) and columns (at odd levels) that have at most `rank` entries
    in the remaining matrix are removed in turn, until the `(rank + 1)`-core remains.
    Removing a row with `d` remaining entries lowers the rank of the completion matrix
    by exactly `d`, and does not change what is determined about the other rows.

    Returns:
        Level of every row and of every column. An entry of a row still remains when
        the row is removed if its column has a higher level, and vice versa.

    Source:
        Derived and verified here; these are the 0-extensions of rigidity theory.
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
        vertices, times = np.unique(touched, return_counts=True)
        low = degree[other][vertices] - times <= rank
        fresh = low & (degree[other][vertices] > rank)
        degree[other][vertices] -= times
        todo[other] = np.concatenate([todo[other], vertices[fresh]])
    return levels[0], levels[1]


def neighbours(graph, vertices: np.ndarray) -> np.ndarray:
    """Return the neighbours of some vertices, the lists concatenated."""
    starts, stops = graph.indptr[vertices], graph.indptr[vertices + 1]
    sizes = stops - starts
    offsets = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return graph.indices[offsets + np.arange(sizes.sum())].astype(np.int64)
