"""Run the missing cells of a store."""

import contextlib
import errno
import random
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from suffice._core import Progress, require, silent, together

from ._grid import axes, points
from ._seeds import canonical
from ._store._computes import function_check
from ._store._entry import DONE, Entry, FAILED, Marker, SHORT
from ._store._status import Status, status
from ._store._store import MANIFEST, prepare, Store
from ._study import check_importable, Sweepable
from ._task import compute, Report, task_of


def sweep(
    study: Sweepable,
    store: str | Path,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    shard: tuple[int, int] | None = None,
    progress: Progress = silent,
) -> Status:
    """Compute every cell of a study that is missing in its store.

    A store is made, resumed or extended, and no sound number is replaced: the program
    may be stopped or killed at any time and called again. Where the study has a larger
    limit than in the last call, the runs that met it are computed again, and no others:
    the store is then that of the larger limit. Cells are computed in random
    order, so several calls may work on one store at the same time; the numbers do not
    depend on the process that computes them. Every finished cell is checked first; the
    call computes damaged cells again, and tries failed ones again.

    Only the process that calls `sweep` writes into the store. Workers receive the
    import path of the study's class, its fields and a cell; they need the same
    packages, but no shared disk.

    Args:
        study: A frozen dataclass as described by `Sweepable`.
        store: Folder of the store; it is made if it does not exist.
        workers: Number of local processes; with 0 this process computes.
        scheduler: Address of a Dask scheduler, such as `tls://host:8786`, whose
            workers compute the cells. Whoever can reach it can run code as you: see
            the page of this chapter.
        shard: `(i, k)` computes only every k-th cell, from the i-th on, counted from
            0. It serves job arrays whose jobs share the store.
        progress: Called at the start and after every cell as `progress(done, total,
            stage)` with the number of finished cells of this shard, the number of all
            its cells, and the text `cells` with the number of failed ones.

    Returns:
        The status of the whole store.

    Raises:
        ValueError: The study is invalid, the store holds another study, or the
            arguments contradict each other.
        OSError: The disk is full or not writable; finished cells are safe.
        ImportError: There is a scheduler, and the extra `cluster` is not installed.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> grid = {"samples.size": (2, 3)}
        >>> study = sf.Study(LinearSpec(3), RandomNetwork(), Random(3), grid=grid)
        >>> sf.sweep(study, "linear.store").done
        2
    """
    _check(workers, scheduler, shard)
    if workers or scheduler:
        check_importable(study)
    with _full_disk_explained(store):
        opened = prepare(study, store)
        with together(opened.path / MANIFEST):
            _compute_missing(study, opened, workers, scheduler, shard, progress)
        return status(store)


def _compute_missing(study, store, workers, scheduler, shard, progress) -> None:
    share = _share(study, store, shard)
    before: dict[str, Marker | None] = {}  # of what is not done
    check = function_check(study, store.path)
    for entry in share:
        marker, _ = entry.read()
        check(entry.cell.point, marker)
        if not _is(DONE, marker):
            before[entry.name] = marker
    todo = [entry for entry in share if entry.name in before]
    random.shuffle(todo)
    counter = _Counter(len(share), len(share) - len(todo), progress)

    def waiting() -> Iterator[Entry]:
        for entry in todo:  # another process may have finished it meanwhile
            marker, _ = entry.read()
            if marker == before[entry.name] or _is(SHORT, marker):
                yield entry
            else:
                counter.one_more(not _is(DONE, marker))

    counter.tell()
    if not todo:
        return
    reports = _reports(study, waiting(), workers, scheduler)
    with contextlib.closing(reports):
        for entry, report in reports:
            _record(entry, report)
            counter.one_more(report.values is None)


def _reports(
    study: Sweepable, entries: Iterable[Entry], workers: int, scheduler: str | None
) -> Generator[tuple[Entry, Report]]:
    if scheduler is not None:
        from ._workers._dask import compute_by

        yield from compute_by(scheduler, study, entries)
    elif workers:
        from ._workers._local import compute_locally

        yield from compute_locally(workers, study, entries)
    else:
        for entry in entries:
            task = task_of(study, entry.cell, entry.checkpoint, entry.shorter())
            yield entry, compute(task)


def _is(status: str, marker: Marker | None) -> bool:
    return marker is not None and marker.status == status


def _record(entry: Entry, report: Report) -> None:
    status = FAILED if report.values is None else DONE
    marker = Marker(status, **report.about, finished=time.time())
    entry.write(marker, report.values or {})


def _share(
    study: Sweepable, store: Store, shard: tuple[int, int] | None
) -> list[Entry]:
    """The cells of the store that belong to the study, or every k-th of them."""
    wanted = set(map(canonical, points(axes(study))))
    entries = [
        entry
        for entry in store.entries
        if entry.cell.start < study.seeds and canonical(entry.cell.point) in wanted
    ]
    first, step = shard or (0, 1)
    return entries[first::step]


def check_workers(workers: int) -> None:
    """Raise a ValueError for a number of processes that cannot be."""
    if workers < 0:
        raise ValueError(f"workers must be 0 or more, got {workers}.")


def _check(workers: int, scheduler: str | None, shard: tuple[int, int] | None) -> None:
    check_workers(workers)
    if workers and scheduler is not None:
        raise ValueError("give workers (local) or scheduler (a cluster), not both.")
    if scheduler is not None:
        require("A Dask scheduler", "cluster")
    if shard is not None and not 0 <= shard[0] < shard[1]:
        raise ValueError(
            f"shard {shard[0]}/{shard[1]} does not exist: shards are counted from 0, "
            f"the last of {shard[1]} is {shard[1] - 1}/{shard[1]}."
        )


class _Counter:
    """Counts finished cells and reports the progress."""

    def __init__(self, total: int, done: int, progress: Progress):
        self.total, self.done, self.failed, self.progress = total, done, 0, progress

    def one_more(self, failed: bool) -> None:
        """Count a cell and report the progress."""
        self.done += 1
        self.failed += failed
        self.tell()

    def tell(self) -> None:
        """Report how many cells are finished and how many of them failed."""
        lost = f", {self.failed} failed" if self.failed else ""
        self.progress(self.done, self.total, f"cells{lost}")


@contextlib.contextmanager
def _full_disk_explained(store: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno,
            "the disk is full; the cells that are done are safe. Free some space and "
            "run the same command again",
            str(store),
        ) from error
