"""CPU seconds of completing tables of several sizes: `python completion_speed.py`.

The rank and the offsets are chosen. Noisy tables have offsets of rows and columns and a
product of rank 5; exact ones a product of rank 5, rounded to three decimals.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

from _measure import cpu, from_command_line, markdown, write_table  # noqa: E402

from suffice.completion import complete  # noqa: E402

SIZES = ((43, 12, 413), (1000, 800, 100_000), (10_000, 3000, 1_000_000))
HEAD = ("table", "entries", "values", "CPU seconds", "chosen")


def main(only: str = "", write: bool = False) -> int:
    """Complete every table once.

    Args:
        only: Comma-separated numbers of entries.
        write: Put the table into README.
    """
    complete(np.add.outer(np.arange(9.0), np.arange(5.0)) % 4)  # imports and caches
    rows = []
    for m, n, count in SIZES:
        if only and str(count) not in only.split(","):
            continue
        for exact in (False, True):
            found, seconds = timed(m, n, count, exact)
            rows.append(
                (f"{m} x {n}", str(count), "exact" if exact else "noisy",
                 f"{seconds:.2g}", f"rank {found.rank}, offsets: {found.offsets}")
            )  # fmt: skip
            print("  ".join(rows[-1]), flush=True)
    if write:
        write_table("completion speed", markdown(HEAD, rows))
    return 0


def timed(m: int, n: int, count: int, exact: bool):
    """Complete one random table; return the completion and its CPU seconds."""
    rng = np.random.default_rng(1)
    left, right = rng.normal(size=(m, 5)), rng.normal(size=(n, 5))
    i, j = np.divmod(rng.choice(m * n, count, replace=False), n)
    values = (left[i] * right[j]).sum(1)
    if exact:
        values = np.round(values, 3)
    else:
        offsets = rng.normal(size=m)[i] + rng.normal(size=n)[j]
        values = values + offsets + 0.3 * rng.normal(size=count)
    seconds, found = cpu(lambda: complete((i, j, values), shape=(m, n)))
    return found, seconds


if __name__ == "__main__":
    from_command_line(main, __doc__)
