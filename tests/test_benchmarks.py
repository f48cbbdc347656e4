"""What benchmarks share: processes of their own, and the script for a GPU."""

import subprocess
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_a_function_runs_in_a_process_of_its_own():
    from _measure import in_process

    assert in_process("math", "gcd", 12, 18) == 6
    with pytest.raises(subprocess.CalledProcessError) as caught:
        in_process("math", "sqrt", -1.0)
    assert "ValueError" in caught.value.stderr


def test_a_job_for_a_gpu_runs_on_a_cpu_and_a_failed_one_leaves_its_message():
    import time

    import gpu

    found = gpu._measured("flows", "cpu", True, time.monotonic() + 200)
    assert found["seconds"] > 0
    assert "Of 64 runs" in found["result"]
    late = gpu._measured("flows", "cpu", True, time.monotonic())
    row = gpu._told(gpu.JOBS["flows"], late, found)
    assert row[1] == "no time was left"
    assert row[3] == ""
    assert "network" in row[2]


def test_every_benchmark_has_a_short_form():
    from together import SHORT

    scripts = {path.stem for path in BENCHMARKS.glob("[!_]*.py")}
    assert scripts == {*SHORT, "together"}


def test_a_benchmark_without_its_tables_says_what_it_needs():
    from together import run

    outcome = run("completion_tables", ("--data", "{data}"), 10)
    assert (outcome.state(), outcome.message) == (
        "did not run",
        "It needs tables: --data FOLDER.",
    )


def test_a_simulated_sweep_takes_what_arithmetic_says():
    from _scale_schedule import Costs, simulated

    def agrees(workers, cell, cells, costs, seconds):
        return simulated(workers, cell, cells, costs) == pytest.approx(seconds)

    one = Costs(start=3.0, store=0.5)
    assert agrees(1, 2.0, 10, one, 3 + 10 * (2 + 0.5))
    assert agrees(1, 2.0, 10, Costs(3.0, 0.5, ahead=2), 3 + 10 * 2 + 0.5)
    assert agrees(8, 2.0, 80, Costs(3.0, 0.0), 3 + 10 * 2)  # nothing limits
    assert agrees(100, 2.0, 1000, one, 3 + 2 + 1000 * 0.5)  # the store limits
    slow = Costs(3.0, 0.5, scheduler=0.75, ahead=2)
    assert agrees(100, 2.0, 1000, slow, 3 + 2 + 1000 * 0.75 + 0.5)
    assert (one.limits, slow.limits) == ("store", "scheduler")


@pytest.mark.parametrize("ahead", [1, 2])
def test_more_workers_than_the_limit_compute_no_more_cells(ahead):
    from _scale_schedule import Costs, simulated

    costs = Costs(0.0, 0.5, ahead=ahead)
    cell = 2.0 if ahead == 2 else 1.5
    assert costs.most(cell) == 4
    rates = {n: 4000 / simulated(n, cell, 4000, costs) for n in (2, 4, 8)}
    assert rates[4] == pytest.approx(2.0, rel=1e-2)
    assert rates[8] == pytest.approx(rates[4], rel=1e-2)
    assert rates[2] == pytest.approx(rates[4] / 2, rel=1e-2)
    assert Costs(0.0, 0.0).most(cell) == float("inf")
