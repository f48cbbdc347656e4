"""Forecasts of training against the trainings: `python benchmarks/forecast.py`.

Forecasts and trainings are kept one by one in a folder (`--store`), so that a run that
was stopped goes on where it was. One thread; float32 trainings, float64 kernels. Needs
nothing but the package.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import argparse
import platform
import sys
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

from _forecast_cases import CASES  # noqa: E402
from _forecast_runs import observed, predicted  # noqa: E402
from _forecast_table import outcome, rows, summary  # noqa: E402
from _measure import write_table  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=Path("forecast-benchmark"))
    parser.add_argument("--only", help="comma-separated parts of tasks or names")
    parser.add_argument("--write", action="store_true", help="put the table in README")
    asked = parser.parse_args()
    wanted = asked.only.split(",") if asked.only else [""]
    cases = [c for c in CASES if any(part in f"{c.task} {c.name}" for part in wanted)]
    results, seconds = [], 0.0
    for case in cases:
        said = predicted(case, asked.store)  # before the training, and without it
        run = observed(case, asked.store)
        results.append((case, said, outcome(case, run)))
        seconds += said["cpu_s"] + float(run["cpu_s"])
        print(
            f"{case.task}: {case.name} ({said['cpu_s']:.0f} s of forecast, "
            f"{float(run['cpu_s']):.0f} s of training)",
            file=sys.stderr,
            flush=True,
        )
    lines = _lines(results, seconds)
    print("\n".join(lines))
    if asked.write:
        write_table("forecast table", lines)
    return 0


def _lines(results, seconds):
    machine = (
        f"jax {jax.__version__}, Python {platform.python_version()}, "
        f"{platform.machine()}, one thread; {len(results)} configurations, "
        f"{seconds / 60:.0f} minutes of CPU."
    )
    lines = [machine, "", "| what | measured | detail |", "|---|---|---|"]
    lines += ["| " + " | ".join(line) + " |" for line in summary(results)]
    return [*lines, "", *rows(results)]


if __name__ == "__main__":
    sys.exit(main())
