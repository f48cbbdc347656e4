"""A file of entries through completion, stability and what to observe next."""

import dataclasses

import jax
import numpy as np
from jaxtyping import Array, Key

from ._complete import complete, Completion, MAX_RANK
from ._design._next_entries import next_entries, NextEntries
from ._design._stability import DENSE_UNKNOWNS, stability_map, StabilityMap
from ._determined._mask_report import mask_report
from ._determined._solution import EntryStatus
from ._filling import STARTS
from ._fit._choose_rank import EXACT
from ._table import CompletedTable
from ._tables._entry_table import EntryTable

FEW_PROBES, LARGE = 16, 200_000  # noisy solutions behind the map of a large matrix
SMALL_SIDE, FEW_STARTS = 60, 2  # random starts are for matrices that are solved fast


def complete_table(
    table: EntryTable,
    *,
    rank: int | str = "auto",
    method: str = "least-squares",
    next_size: int = 5,
    max_rank: int = MAX_RANK,
    key: Key[Array, ""] | None = None,
) -> CompletedTable:
    """Complete the entries of a file, and say what they do not determine.

    Entries that the mask determines for almost every matrix of the rank, but not at
    the fitted values themselves (zeros can do that), are left open too.

    Args:
        table: See `read_entries`.
        rank: See `complete`.
        method: See `complete`.
        next_size: How many entries to observe next are listed; 0 for none.
        max_rank: Largest rank that `auto` tries.
        key: Random key; None takes `jax.random.key(0)`.

    Raises:
        ValueError: As `complete`.
    """
    if next_size < 0:
        raise ValueError(f"next is {next_size}; expected 0 or more.")
    key = jax.random.key(0) if key is None else key
    seen = table.observed
    found = complete(
        (seen.rows, seen.columns, seen.values),
        shape=seen.shape,
        rank=rank,
        method=method,
        max_rank=min(max_rank, *seen.shape),
        starts=STARTS if min(seen.shape) <= SMALL_SIDE else FEW_STARTS,
        key=key,
    )
    mask = (seen.rows, seen.columns, seen.shape)
    report = mask_report(mask, found.rank, key=key)
    stability, trouble = _stability(found, mask, key)
    found, opened = _open_here(found, stability)
    notes = [*table.notes, found.note if found.rank is not None else None, trouble]
    notes += [_sparse(found), opened, _caveat(found)]
    picks = _picks(found, mask, next_size, key)
    kept = tuple(note for note in notes if note)
    return CompletedTable(table, found, report, stability, picks, kept)


def _stability(found: Completion, mask, key) -> tuple[StabilityMap | None, str | None]:
    if found.left is None or found.right is None:
        return None, None
    probes = 64 if found.values.size <= LARGE else FEW_PROBES
    try:
        return stability_map(
            found.left, found.right, mask, probes=probes, key=key
        ), None
    except ValueError as error:
        return None, f"No map of how noise is amplified: {error}"


def _open_here(found: Completion, stability) -> tuple[Completion, str | None]:
    """Leave open what is determined in general but not at the fitted values."""
    if stability is None:
        return found, None
    loose = found.determined & np.isinf(stability.amplification)
    if not loose.any():
        return found, None
    values, status = found.values.copy(), found.status.copy()
    values[loose], status[loose] = np.nan, EntryStatus.undetermined
    note = (
        f"{int(loose.sum())} of the undetermined entries would be determined for "
        "almost every matrix of this rank, but not for this one: zeros or other "
        "coincidences in its values."
    )
    return dataclasses.replace(found, values=values, status=status), note


def _sparse(found: Completion) -> str | None:
    """How many entries are open because their row or column holds too few."""
    open_ = found.status == EntryStatus.undetermined
    if found.rank is None or not open_.any():
        return None
    few_rows, few_columns = (found.observed.sum(axis) < found.rank for axis in (1, 0))
    inside = int((open_ & (few_rows[:, None] | few_columns)).sum())
    if not inside:
        return None
    total = int(open_.sum())
    which = f"All {total}" if inside == total else f"{inside} of the {total}"
    return (
        f"{which} undetermined entries lie in rows or columns with fewer than "
        f"{found.rank} observed entries."
    )


def _caveat(found: Completion) -> str | None:
    if found.rank is None or found.residual <= EXACT or not found.determined.any():
        return None
    return (
        "Determined means that the observed entries fix the value at this rank, not "
        "that the value is accurate."
    )


def _picks(found: Completion, mask, size, key) -> NextEntries | None:
    place = found.determination
    if not size or place is None or place.deficit is None or found.observed.all():
        return None
    if place.deficit == 0:
        # Beyond the deficit picks lower the noise: at the fitted values, if affordable.
        if found.rank is None or found.rank * sum(mask[2]) > DENSE_UNKNOWNS:
            return None
        return next_entries(
            mask, place.rank, count=size, factors=_regular(found), key=key
        )
    large = place.rank * sum(mask[2]) > DENSE_UNKNOWNS
    count = min(size, place.deficit) if large else size
    return next_entries(mask, place.rank, count=count, key=key)


def _regular(found: Completion):
    """The factors, unless they have a smaller rank than they were asked for."""
    s = found.singular_values
    if s is None or found.rank is None or s[found.rank - 1] <= 1e-10 * s[0]:
        return None
    return found.left, found.right
