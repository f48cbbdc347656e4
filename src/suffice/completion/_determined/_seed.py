"""A small dense part of a mask that is rigid, from which the rest grows."""

import numpy as np

from suffice.completion._entries._mask import Mask

ROUNDS = 3  # rounds in which rows and columns are chosen in turn


def dense_part(
    mask: Mask, rank: int, unknowns: int
) -> tuple[np.ndarray, np.ndarray, Mask]:
    """Return the rows and columns of a dense part with a number of unknowns.

    What is rigid or unique in a part is so in the whole mask, because further entries
    only take freedom away. So a large mask need not be eliminated as a whole.

    Args:
        mask: The observed entries.
        rank: Rank of the matrix.
        unknowns: Largest number of factors of the rows and columns of the part.

    Returns:
        The rows, the columns, and the mask on them.
    """
    share = unknowns / (rank * sum(mask.shape))
    count = [max(int(share * size), rank + 1) for size in mask.shape]
    rows = _densest(mask.degrees[0], count[0])
    columns = np.arange(mask.shape[1])
    for _ in range(ROUNDS):
        columns = _densest(mask.by_row[rows].sum(0), count[1])
        rows = _densest(mask.by_column[columns].sum(0), count[0])
    return rows, columns, mask.part(rows, columns)


def _densest(degrees: np.ndarray, count: int) -> np.ndarray:
    order = np.argsort(-np.asarray(degrees).ravel(), kind="stable")
    return np.sort(order[:count])
