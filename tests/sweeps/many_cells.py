"""A study of many small cells, and the workers of its sweep."""

import contextlib

import psutil
from toy import Toy

STUDY = Toy(
    grid={"samples.size": (2, 3), "scale": tuple(0.5 * i for i in range(1, 11))},
    seeds=6,
)


def local_workers(of):
    with contextlib.suppress(psutil.Error):
        children = psutil.Process(of).children(recursive=True)
        name = "suffice.sweeps._workers._process"
        return [p for p in children if name in p.cmdline()]
    return []
