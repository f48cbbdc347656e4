"""The entry whose observation tells finitely many completions apart."""

import numpy as np

from suffice.completion._determined._closure import closure
from suffice.completion._determined._status import EntryStatus
from suffice.completion._entries._mask import Mask

CANDIDATES = 6  # entries that are tried
LARGEST = 20_000  # largest number of observed entries for which any is tried


def settling_entry(mask: Mask, rank: int, status: np.ndarray) -> tuple[int, int] | None:
    """Return an entry after which most entries are determined uniquely, or None.

    It is one of those that are determined up to finitely many values: its value is the
    one that is right, so that observing it excludes the others.

    Args:
        mask: The observed entries.
        rank: Rank of the matrix.
        status: Status of every entry, see `EntryStatus`.
    """
    finite = np.argwhere(status == EntryStatus.finite)
    if not len(finite) or mask.size > LARGEST:
        return None
    some = finite[:: max(1, len(finite) // CANDIDATES)][:CANDIDATES]
    shares = [
        closure(mask.with_entries(row[None], column[None]), rank).unique
        for row, column in some
    ]
    best = int(np.argmax(shares))
    before = float(
        np.mean(status[status != EntryStatus.observed] == EntryStatus.unique)
    )
    if shares[best] <= before:
        return None
    return int(some[best, 0]), int(some[best, 1])
