"""What a user waits for, beside a yardstick of the same run: `python waits.py`.

CPU seconds of the process, on one thread. Calls are timed after a warm-up; commands in
processes of their own, compilation included. Needs nothing but the package; `--before`
measures an earlier version, too.
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
from pathlib import Path

import jax
import numpy as np
import scipy.linalg
from _measure import (
    from_command_line,
    interleaved,
    largest,
    markdown,
    write_table,
)
from _waits import branches, classify, plan, pooled, repeated, WIDTH

import suffice as sf
from suffice.samples._shared import tangent_basis

HEAD = ("what", "CPU seconds", "yardstick", "its CPU seconds", "ratio")
EARLIER = ("earlier CPU seconds", "earlier / now")
COMMAND = "import sys; from suffice.cli import main; sys.exit(main())"
PATIENCE = 100  # seconds for a call of an earlier version
RANK = ("rank", "two-layer", "--inputs", "4", "--width", "3")
REFUSED = {
    "a file that is not there": ("audit", "none.csv", "--target", "y"),
    "a rank above the matrix": ("complete", "matrix.csv", "--rank", "9"),
    "an unknown activation": (*RANK, "--activation", "foo"),
}


def main(before: str | None = None, write: bool = False) -> int:
    """Time every wait once, the calls three times.

    Args:
        before: The Python of an environment that holds an earlier version.
        write: Put the table into README.
    """
    waits = [planned(), counted(), classified(), *refused(), *started()]
    memory, head = largest(), HEAD if before is None else (*HEAD, *EARLIER)
    rows = []
    for what, ours, yardstick, its, call in waits:
        row = [what, f"{ours:.2f}", yardstick, f"{its:.2f}", f"{ours / its:.1f}"]
        rows.append(row if before is None else row + compared(before, call, ours))
    print("\n".join(markdown(head, rows)))
    if write:
        write_table("waits", markdown(head, rows), memory=memory)
    return 0


def planned():
    target, pool = pooled()
    basis = tangent_basis(target, pool, domain=None, key=jax.random.key(0))
    tangent = basis.values[:, 0].T
    seconds, found = interleaved(
        ours=lambda: plan(target, pool),
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
        "plan",
    )


def counted():
    seconds, found = interleaved(ours=branches, plain=lambda: recursion(3, 1000))
    assert found["ours"] == found["plain"]
    return (
        "branches(3, 1000)",
        seconds["ours"],
        "the recursion of Simsek et al. in Python integers",
        seconds["plain"],
        "branches",
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


def classified():
    point = repeated()
    seconds, _ = interleaved(
        rounds=1,
        ours=lambda: classify(*point),
        inertia=lambda: sf.inertia(*point),
    )
    return (
        f"classify at width {WIDTH:,}, {WIDTH:,} copies of one neuron",
        seconds["ours"],
        "inertia alone",
        seconds["inertia"],
        "classify",
    )


def refused():
    """Refusals at the command line."""
    for what, words in REFUSED.items():
        (empty,) = commands(sys.executable, "pass")
        (ours,) = commands(sys.executable, COMMAND, *words)
        yield f"a refusal: {what}", ours, "an empty Python", empty, words


def started():
    """The same command again, with what the first one compiled."""
    for words in (RANK, ("demo",)):
        first, again = commands(sys.executable, COMMAND, *words, times=2)
        yield f"suffice {' '.join(words)}, again", again, "the first time", first, words


def commands(python: str, code: str, *words: str, times: int = 1) -> list[float]:
    """CPU seconds of a command, so many times, in a folder with a cache of its own."""
    names = [name for name in os.environ if name.startswith("JAX_COMPILATION")]
    environment = {k: v for k, v in os.environ.items() if k not in names}
    found = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "matrix.csv").write_text("a,b\n1,2\n3,\n4,5\n")
        for _ in range(times):
            start = spent()
            subprocess.run(
                [python, "-c", code, *words],
                cwd=folder,
                env=environment | {"XDG_CACHE_HOME": folder} | _one_thread.SINGLE,
                capture_output=True,
            )
            found.append(spent() - start)
    return found


def earlier(python: str, call: str | tuple[str, ...]) -> float:
    """CPU seconds of a call or a command in an earlier version; nan if it was stopped.

    A command runs twice, as ours: with what the first one compiled.
    """
    if not isinstance(call, str):
        return commands(python, COMMAND, *call, times=2)[-1]
    try:
        done = subprocess.run(
            [python, Path(__file__).with_name("_waits.py"), call],
            capture_output=True,
            check=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return math.nan
    return float(done.stdout)


def compared(python: str, call: str | tuple[str, ...], ours: float) -> list[str]:
    """The cells of an earlier version."""
    seconds = earlier(python, call)
    if math.isnan(seconds):
        return [f"more than {PATIENCE}", f"more than {PATIENCE / ours:.0f}"]
    return [f"{seconds:.2f}", f"{seconds / ours:.1f}"]


def spent() -> float:
    """CPU seconds of all processes that were started and have ended."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


if __name__ == "__main__":
    from_command_line(main, __doc__)
