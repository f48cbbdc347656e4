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
