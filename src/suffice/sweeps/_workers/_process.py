"""`python -m suffice.sweeps._workers._process ADDRESS`: one Dask worker, one thread.

It ends when the process that started it ends, because that closes its standard input.
"""

import asyncio
import logging
import os
import sys
import threading

from distributed import Worker

import suffice.sweeps._task  # noqa: F401  # imported before the first task


def main(address: str) -> None:
    """Work for the scheduler at an address until it closes."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_work(address))


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


async def _work(address: str) -> None:
    async with Worker(address, nthreads=1, memory_limit=0, dashboard=False) as worker:
        await worker.finished()


if __name__ == "__main__":
    main(sys.argv[1])
