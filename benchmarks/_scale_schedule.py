"""A simulated sweep: workers compute, a scheduler and a store serve in turn."""

import dataclasses
import heapq


@dataclasses.dataclass(frozen=True)
class Costs:
    """Seconds that are measured.

    Attributes:
        start: From the start of a worker until it has compiled its programs.
        store: For which one cell occupies the process that writes the store.
        scheduler: For which one cell occupies the scheduler; 0 for pipes.
        ahead: Cells that every worker has at a time, with those that wait there.
    """

    start: float
    store: float
    scheduler: float = 0.0
    ahead: int = 1

    @property
    def slowest(self) -> float:
        """The seconds of a cell at that which serves all workers in turn."""
        return max(self.store, self.scheduler)

    @property
    def limits(self) -> str:
        """What it is."""
        return "store" if self.store >= self.scheduler else "scheduler"

    def most(self, cell: float) -> float:
        """The number of workers from which on more of them compute no more cells.

        Args:
            cell: Seconds of a cell on its worker.
        """
        away = cell if self.ahead > 1 else cell + self.store + self.scheduler
        return away / self.slowest if self.slowest else float("inf")


def simulated(workers: int, cell: float, cells: int, costs: Costs) -> float:
    """Seconds of a whole sweep.

    A worker takes its cells in the order in which they arrive. A finished one is served
    by the scheduler, then by the store, each of them one at a time; then the worker
    gets a new one.

    Args:
        workers: Their number; all are started at the same time.
        cell: Seconds of a cell on its worker.
        cells: Number of cells.
        costs: What the rest costs.
    """
    ready = [costs.start] * workers  # when each worker has nothing more to compute
    running: list[tuple[float, int]] = []
    scheduler = store = 0.0  # when each of them has nothing more to serve
    given = 0

    def give(worker: int, when: float) -> None:
        nonlocal given
        if given < cells:
            given += 1
            ready[worker] = max(ready[worker], when) + cell
            heapq.heappush(running, (ready[worker], worker))

    for _ in range(costs.ahead):
        for worker in range(workers):
            give(worker, 0.0)
    while running:
        finished, worker = heapq.heappop(running)
        scheduler = max(scheduler, finished) + costs.scheduler
        store = max(store, scheduler) + costs.store
        give(worker, store)
    return store
