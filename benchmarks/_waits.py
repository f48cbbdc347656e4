"""Calls that a user waits for, in this version and in an earlier one.

`PYTHON _waits.py NAME` prints the CPU seconds of one call after a warm-up.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import sys
import time

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

import suffice as sf  # noqa: E402

WIDTH = 10_000


def pooled(size: int = 20_000):
    """A target of 60 directions, and a pool of inputs."""
    rng = np.random.default_rng(0)
    target = sf.TwoLayer(rng.standard_normal((10, 5)), rng.standard_normal(10))
    return target, rng.standard_normal((size, 5))


def repeated(width: int = WIDTH):
    """A critical point of width 1 as so many equal neurons, and its data."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 3))
    y = np.sin(x[:, 0])
    tree = sf.critical_points(x, y, width=1, starts=4, key=jax.random.key(0))
    narrow = tree.graph.nodes[tree.at(1)[0]]["point"]
    w, a = (np.asarray(part) for part in (narrow.w, narrow.a))
    return sf.TwoLayer(np.repeat(w, width, 0), np.repeat(a / width, width)), x, y


def plan(target, pool):
    """As many samples as the target has directions."""
    return sf.plan(target, pool=pool)


def branches():
    """The branches of the global minima of three neurons at width 1000."""
    return sf.branches(3, 1000).count


def classify(*point):
    """The type of a critical point."""
    return sf.classify(*point)


CALLS = {plan: pooled, branches: tuple, classify: repeated}

if __name__ == "__main__":
    call, data = next(c for c in CALLS.items() if c[0].__name__ == sys.argv[1])
    given = data()
    if call is not classify:  # it need not end in an earlier version
        call(*given)
    start = time.process_time()
    call(*given)
    print(time.process_time() - start)
