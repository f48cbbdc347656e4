"""`python -m suffice.sweeps._workers._process`: one local worker, one thread.

It reads pickled tasks from its standard input and writes pickled reports to its
standard output. Only the process that started it holds the other ends. It ends when
that process ends, because this closes its standard input.
"""

import os
import pickle
import queue
import threading
from typing import BinaryIO

from suffice.sweeps._task import compute

READY = "ready"


def main() -> None:
    """Compute cells until the standard input is closed."""
    given, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):  # a study may read and print
        os.dup2(nowhere, stream)
    tasks: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_take, args=(given, tasks), daemon=True).start()
    _answer(answers, READY)
    while True:
        _answer(answers, compute(tasks.get()))


def _take(given: BinaryIO, tasks: queue.SimpleQueue) -> None:
    try:
        while True:
            tasks.put(pickle.load(given))
    except (
        EOFError,
        pickle.UnpicklingError,
    ):  # the other end is closed, maybe in the middle of a task
        os._exit(0)


def _answer(answers: BinaryIO, message: object) -> None:
    pickle.dump(message, answers)
    answers.flush()


if __name__ == "__main__":
    main()
