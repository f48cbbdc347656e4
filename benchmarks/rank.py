"""Ranks of large models against the peers that install: `python benchmarks/rank.py`.

Everything runs on one thread in float64; times are CPU seconds of the process, taken
in turns in one run; memory is the growth of the peak resident size in a process of its
own. Needs the extra `benchmark`.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import platform
import sys
import time
import warnings

import jax
import torch

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)
warnings.simplefilter("ignore")  # the peers warn about torch's deprecations

from _bars import BARS  # noqa: E402
from _measure import from_command_line, write_table  # noqa: E402


def main(only: str = "", quick: bool = False, write: bool = False) -> int:
    """Run what is asked for.

    Args:
        only: Comma-separated bars, e.g. 1,3,operators.
        quick: Tiny sizes: a smoke test.
        write: Put the table in README.
    """
    bars = []
    for name in only.split(",") if only else BARS:
        start = time.time()
        found = BARS[name](quick)
        for bar in found:
            print(_line(bar), flush=True)
        print(f"    ({time.time() - start:.0f} s)", file=sys.stderr, flush=True)
        bars += found
    missed = [bar for bar in bars if bar.met is False]
    decided = [bar for bar in bars if bar.met is not None]
    print(f"\n{len(decided) - len(missed)} of {len(decided)} lines meet their bar.")
    for bar in missed:
        print(f"NOT MET  bar {bar.number}: {bar.value}, asked for {bar.bound}")
    if write:
        _write(bars)
    return 0


def _line(bar):
    verdict = {True: "met", False: "NOT MET", None: "-"}[bar.met]
    number = f"bar {bar.number}" if bar.number else ""
    return (
        f"{number:<7} {verdict:<8} {bar.value:>12} {bar.bound:<10} {bar.work}\n"
        f"{'':29}{bar.detail}"
    )


def _write(bars):
    rows = [
        "| bar | work | asked | measured | met | numbers |",
        "|---|---|---|---|---|---|",
    ]
    for bar in bars:
        verdict = {True: "yes", False: "**no**", None: ""}[bar.met]
        cells = (bar.number or "", bar.work, bar.bound, bar.value, verdict, bar.detail)
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    machine = (
        f"jax {jax.__version__}, torch {torch.__version__}, Python "
        f"{platform.python_version()}, {platform.machine()}, one thread, float64."
    )
    write_table("table", [machine, "", *rows])


if __name__ == "__main__":
    from_command_line(main, __doc__)
