"""What a user waits for, beside a yardstick of the same run: `python waits.py`.

CPU seconds of the process, on one thread. Calls are timed after a warm-up of another
size; commands in processes of their own, compilation included. Needs nothing but the
package.
"""

import _one_thread

# isort: split
import math
import operator
import os
import resource
import subprocess
import sys
import tempfile

import jax
import numpy as np
import scipy.linalg

jax.config.update("jax_enable_x64", True)

from _measure import from_command_line, interleaved, markdown, write_table  # noqa: E402

import suffice as sf  # noqa: E402
from suffice.samples._shared import tangent_basis  # noqa: E402

HEAD = ("what", "CPU seconds", "yardstick", "its CPU seconds", "ratio")
COMMAND = "import sys; from suffice.cli import main; sys.exit(main())"


def main(write: bool = False) -> int:
    """Time every wait once, the calls three times.

    Args:
        write: Put the table into README.
    """
    rows = []
    print("\n".join(markdown(HEAD, ())))
    for row in (planned(), counted(), classified(), *commands()):
        rows.append([row[0], f"{row[1]:.2f}", row[2], f"{row[3]:.2f}"])
        rows[-1].append(f"{row[1] / row[3]:.1f}")
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    if write:
        write_table("waits", markdown(HEAD, rows))
    return 0


def planned():
    target = sf.TwoLayer.normal(width=10, inputs=5, key=jax.random.key(0))
    pool = np.random.default_rng(0).standard_normal((20_000, 5))
    basis = tangent_basis(target, pool, domain=None, key=jax.random.key(0))
    tangent = basis.values[:, 0].T
    seconds, found = interleaved(
        ours=lambda: sf.plan(target, pool=pool),
        qr=lambda: scipy.linalg.qr(tangent, mode="economic", pivoting=True)[2],
    )
    ours, qr = (
        np.linalg.slogdet(tangent[:, chosen])[1] / len(tangent)
        for chosen in (found["ours"].order, found["qr"][: len(tangent)])
    )
    return (
        "plan: 60 directions from a pool of 20,000, rank and kappa of each prefix",
        seconds["ours"],
        "pivoted QR of the same tangent matrix; the determinant of ours is "
        f"{math.exp(2 * (ours - qr)):.3f} times as large, by direction",
        seconds["qr"],
    )


def counted():
    seconds, found = interleaved(
        ours=lambda: sf.branches(3, 1000).count, plain=lambda: recursion(3, 1000)
    )
    assert found["ours"] == found["plain"]
    return (
        "branches(3, 1000)",
        seconds["ours"],
        "the recursion of Simsek et al. in Python integers",
        seconds["plain"],
    )


def recursion(k: int, m: int) -> int:
    """`T(k, m) = sum_u C(m, u) k! S(m - u, k) Bell(u)`, by the triangle of Pascal."""
    row, bell, maps = [1], [1], [[0] * (m + 1) for _ in range(k + 1)]
    maps[0][0] = 1
    for n in range(1, m + 1):
        bell.append(sum(map(operator.mul, row, bell)))
        row = [1, *map(operator.add, row, row[1:]), 1]
        for j in range(1, k + 1):
            maps[j][n] = j * (maps[j][n - 1] + maps[j - 1][n - 1])
    return sum(row[u] * maps[k][m - u] * bell[u] for u in range(m + 1))


def classified(width: int = 10_000):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 3))
    y = np.sin(x[:, 0])
    tree = sf.critical_points(x, y, width=1, starts=4, key=jax.random.key(0))
    narrow = tree.graph.nodes[tree.at(1)[0]]["point"]
    point = sf.TwoLayer(
        np.repeat(narrow.w, width, 0), np.repeat(narrow.a / width, width)
    )
    seconds, _ = interleaved(
        rounds=1,
        ours=lambda: sf.classify(point, x, y),
        inertia=lambda: sf.inertia(point, x, y),
    )
    return (
        f"classify at width {width:,}, {width:,} copies of one neuron",
        seconds["ours"],
        "inertia alone",
        seconds["inertia"],
    )


def commands():
    with tempfile.TemporaryDirectory() as folder:
        empty = process(folder, "pass")
        refused = process(folder, COMMAND, "audit", "none.csv", "--target", "y")
        yield "a refusal at the command line", refused, "an empty Python", empty
        words = ("rank", "two-layer", "--inputs", "4", "--width", "3")
        first, again = (process(folder, COMMAND, *words) for _ in range(2))
        yield f"suffice {' '.join(words)}, again", again, "the first time", first


def process(folder: str, code: str, *words: str) -> float:
    """CPU seconds of a process of its own, whose cache is in a folder."""
    names = [name for name in os.environ if name.startswith("JAX_COMPILATION")]
    environment = {k: v for k, v in os.environ.items() if k not in names}
    environment |= {"XDG_CACHE_HOME": folder} | _one_thread.SINGLE
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(after[:2]) - sum(before[:2])


if __name__ == "__main__":
    from_command_line(main, __doc__)
