"""Random degenerate cases against exact arithmetic: `python benchmarks/verdicts.py`.

Ranks, sizes, guarantees and reductions of random degenerate models are compared with
exact arithmetic that is written independently of the package: rationals, residues
modulo primes, balls, complete lists of the cells of piecewise linear networks. Finished
pieces are kept in a folder (`--store`), so that a run that was stopped goes on where it
was. Needs the extra `benchmark`; one thread, float64.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import sys
import time
import warnings
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")  # overflows are part of the cases

from _measure import from_command_line, write_table  # noqa: E402
from _verdicts import campaign, table  # noqa: E402

PIECE = 50  # cases that are kept together


def main(
    store: Path | None = None,
    only: str = "",
    quick: bool = False,
    seed: int = 0,
    write: bool = False,
) -> int:
    """Run what is asked for.

    Args:
        store: Where finished pieces are kept, a folder for one state of the package.
        only: Parts of the names of kinds, separated by semicolons.
        quick: A tenth of the cases.
        seed: Of all cases.
        write: Put the table in README.
    """
    wanted = only.split(";") if only else [""]
    found, start = [], time.process_time()
    for family, count in campaign.COUNTS.items():
        if not any(part in family for part in wanted):
            continue
        for first in range(0, count // 10 if quick else count, PIECE):
            last = min(first + PIECE, count // 10 if quick else count)
            found += campaign.kept(family, first, last, seed, store)
        seconds = time.process_time() - start
        print(f"{family}: {seconds:.0f} s so far", file=sys.stderr, flush=True)
    lines = table.lines(found)
    print("\n".join(lines))
    wrong = [verdict for verdict in found if not verdict.right]
    for verdict in wrong:
        print(f"WRONG  {verdict}")
    if write:
        write_table("verdicts table", lines)
    return int(bool(wrong))


if __name__ == "__main__":
    from_command_line(main, __doc__)
