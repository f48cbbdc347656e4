"""Forecasts of training against the trainings: `python benchmarks/forecast.py`.

Forecasts and trainings are kept one by one in a folder (`--store`), so that a run that
was stopped goes on where it was. One thread; float32 trainings, float64 kernels. Needs
nothing but the package.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import platform
import sys
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

from _forecast_cases import CASES  # noqa: E402
from _forecast_runs import observed, predicted  # noqa: E402
from _forecast_table import outcome, rows, summary  # noqa: E402
from _measure import from_command_line, write_table  # noqa: E402


def main(
    store: Path = Path("forecast-benchmark"), only: str = "", write: bool = False
) -> int:
    """Run what is asked for.

    Args:
        store: Where finished pieces are kept.
        only: Comma-separated parts of tasks or names.
        write: Put the table in README.
    """
    wanted = only.split(",") if only else [""]
    cases = [c for c in CASES if any(part in f"{c.task} {c.name}" for part in wanted)]
    results, seconds = [], 0.0
    for case in cases:
        said = predicted(case, store)  # before the training, and without it
        run = observed(case, store)
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
    if write:
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
    from_command_line(main, __doc__)
