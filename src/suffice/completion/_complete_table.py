"""Completion of a file of entries, with its noise and the next entries to observe."""

from typing import Literal

import jax
import numpy as np
from jaxtyping import Array, Key

from suffice._core import Progress, silent

from ._complete import complete, MAX_RANK
from ._completion import Completion
from ._design._next_entries import next_entries, NextEntries
from ._design._settling import settling_entry
from ._design._stability import DENSE_UNKNOWNS, stability_at, StabilityMap
from ._determined._border import bordered, Offsets
from ._determined._mask_report import mask_report
from ._determined._status import EntryStatus
from ._entries._mask import read_mask
from ._filling import CompletionMethod, STARTS
from ._fit._offset_model import has
from ._table import CompletedTable
from ._tables._entry_table import EntryTable

FEW_PROBES, LARGE = 16, 200_000  # fewer noisy solutions above this many entries
HUGE = 4_000_000  # cells above which the amplification is not computed
SMALL_SIDE, FEW_STARTS = 60, 2  # fewer starts for matrices with a longer side


def complete_table(
    table: EntryTable,
    *,
    rank: int | Literal["auto"] = "auto",
    offsets: Offsets | Literal["auto"] = "auto",
    method: CompletionMethod = "least-squares",
    bounds: tuple[float, float] | None = None,
    next_size: int = 5,
    max_rank: int = MAX_RANK,
    key: Key[Array, ""] | None = None,
    progress: Progress = silent,
) -> CompletedTable:
    """Complete the entries of a file, with the noise and the next entries to observe.

    Use `complete` for entries that are not in a file.

    Args:
        table: The entries, read by `read_entries`.
        rank: Rank of the matrix, or `auto`, see `complete`.
        offsets: `none`, `columns`, `rows`, `both` or `auto`, see `complete`.
        method: `least-squares`, `flow`, `greedy` or `nuclear`, see `complete`.
        bounds: Least and largest value of an entry; filled values are moved into them.
        next_size: Number of entries to observe next that are listed, at least 0.
        max_rank: Largest rank that `auto` tries, at least 1.
        key: Random key; None takes `jax.random.key(0)`.
        progress: Called with the work that is done.

    Returns:
        The completion with the labels of the file, its stability and the next entries.

    Raises:
        ValueError: As in `complete`, or `next_size` is negative.

    Examples:
        >>> import pandas as pd
        >>> pd.DataFrame({"a": [1, 2], "b": [2, None]}).to_csv("m.csv", index=False)
        >>> table = sf.completion.read_entries("m.csv")
        >>> done = sf.completion.complete_table(table, rank=1, offsets="none")
        >>> done.completion.values.round(3).tolist()
        [[1.0, 2.0], [2.0, 4.0]]
    """
    if next_size < 0:
        raise ValueError(f"next is {next_size}; expected 0 or more.")
    key = jax.random.key(0) if key is None else key
    observed = table.observed
    completion = complete(
        (observed.rows, observed.columns, observed.values),
        shape=observed.shape,
        rank=rank,
        offsets=offsets,
        method=method,
        bounds=bounds,
        max_rank=max_rank,
        starts=STARTS if min(observed.shape) <= SMALL_SIDE else FEW_STARTS,
        key=key,
        progress=progress,
    )
    mask = (observed.rows, observed.columns, observed.shape)
    report = mask_report(mask, completion.rank or None, key=key)
    stability, trouble = _stability(completion, mask, key)
    notes = [
        *table.notes,
        completion.note if completion.rank is not None else None,
        trouble,
    ]
    notes += [_sparse(completion), _choices(table, completion), _caveat(completion)]
    picks = _picks(completion, mask, next_size, key)
    kept = tuple(note for note in notes if note)
    return CompletedTable(table, completion, report, stability, picks, kept)


def _stability(
    completion: Completion, mask, key
) -> tuple[StabilityMap | None, str | None]:
    if completion.model is None or completion.values.size > HUGE:
        return None, None
    factors = completion.model.standard().tangent()
    if not factors[0].shape[1]:
        return None, None
    probes = 64 if completion.values.size <= LARGE else FEW_PROBES
    try:
        return stability_at(*factors, read_mask(mask), probes=probes, key=key), None
    except ValueError as error:
        return None, f"The amplification of noise could not be computed: {error}"


def _sparse(completion: Completion) -> str | None:
    """Return how many entries lie in rows or columns with too few observed entries."""
    open_ = completion.status == EntryStatus.undetermined
    if completion.rank is None or not open_.any():
        return None
    in_rows, in_columns = has(completion.offsets)
    least = completion.rank + in_rows, completion.rank + in_columns
    few_rows, few_columns = (
        completion.observed.sum(axis) < count
        for axis, count in zip((1, 0), least, strict=True)
    )
    inside = int((open_ & (few_rows[:, None] | few_columns)).sum())
    if not inside:
        return None
    total = int(open_.sum())
    which = f"All {total}" if inside == total else f"{inside} of the {total}"
    return (
        f"{which} undetermined entries lie in rows or columns with fewer than "
        f"{max(least)} observed entries."
    )


def _choices(table: EntryTable, completion: Completion) -> str | None:
    """Say that filled values are one of finitely many, and which entry would settle."""
    count = int((completion.status == EntryStatus.finite).sum())
    if not count or completion.rank is None:
        return None
    values = "value of 1 entry is" if count == 1 else f"values of {count} entries are"
    text = f"The filled {values} one of finitely many that the observed entries allow"
    inner = bordered(read_mask(completion.observed), completion.offsets)
    rank = completion.rank + (completion.offsets != "none")
    entry = settling_entry(inner, rank, completion.status)
    if entry is None:
        return f"{text}."
    row, column = table.rows[entry[0]], table.columns[entry[1]]
    return f"{text}; observing ({row}, {column}) would tell them apart."


def _caveat(completion: Completion) -> str | None:
    if (
        completion.rank is None
        or completion.exact is not None
        or completion.met
        or not completion.determined.any()
    ):
        return None
    return (
        "Determined means that the observed entries fix the value at this rank, not "
        "that the value is accurate."
    )


def _picks(completion: Completion, mask, size, key) -> NextEntries | None:
    determination = completion.determination
    if (
        not size
        or determination is None
        or determination.deficit is None
        or completion.rank is None
        or completion.observed.all()
    ):
        return None
    inner = bordered(read_mask(mask), completion.offsets)
    rank = completion.rank + (completion.offsets != "none")
    large = rank * sum(inner.shape) > DENSE_UNKNOWNS
    if determination.deficit == 0:
        # Nothing is missing: the entries lower the noise at the fitted values, if this
        # can be computed.
        factors = _regular(completion)
        return (
            None
            if large
            else next_entries(inner, rank, count=size, factors=factors, key=key)
        )
    count = min(size, determination.deficit) if large else size
    return next_entries(inner, rank, count=count, key=key)


def _regular(completion: Completion) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the factors, unless their rank is below the rank of the completion."""
    model = completion.model
    if completion.offsets != "none" or model is None or model.rank != completion.rank:
        return None
    return model.left, model.standard().right.T
