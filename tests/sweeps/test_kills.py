"""SIGKILL at random moments: finished, nothing lost, the same bits."""

import contextlib
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from many_cells import local_workers, STUDY
from toy import Toy

from suffice.sweeps import open_store, status, sweep
from suffice.sweeps._store._store import Store

COMMAND = """
import sys
from suffice.cli._main import guarded
from suffice.cli._verbs._sweep import run
sys.exit(guarded(run, sys.argv[1:], False))
"""


def toml(study):
    lines = [f"{name} = {getattr(study, name)}" for name in ("seeds", "sleep", "block")]
    axes = [f"{path!r} = {list(values)}" for path, values in study.grid.items()]
    return "\n".join(["study = 'toy:Toy'", *lines, "[grid]", *axes])


def start(study, store, *flags):
    """The command line, as a process group of its own."""
    file = store.with_suffix(".toml")
    file.write_text(toml(study))
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, file, "--store", store, *flags],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def markers(store):
    return len(list(store.glob("cells/*.cell")))


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.01)


def check(store, whole):
    """Every cell is there once, with the bits of an undisturbed sweep."""
    cells = [str(entry.cell) for entry in Store(store).entries]
    assert len(set(cells)) == len(cells) == markers(store)
    assert status(store).pending == status(store).failed == 0
    data = open_store(store)
    assert data.drop_attrs().identical(open_store(whole).drop_attrs())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    store = tmp_path_factory.mktemp("whole") / "store"
    sweep(STUDY, store)
    return store


@pytest.mark.long
def test_killed_between_and_inside_of_writes(tmp_path, whole):
    store, rng = tmp_path / "s", random.Random(0)
    for _ in range(4):
        before = markers(store)
        process = start(STUDY, store)
        wait_for(lambda before=before: markers(store) > before)
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        process.communicate()
    assert 0 < markers(store) <= 60
    sweep(STUDY, store)
    check(store, whole)


@pytest.mark.long
def test_killed_workers_come_back_and_a_deadly_cell_is_named(tmp_path, whole):
    grid = {**STUDY.grid, "samples.size": (3,)}
    deadly = dataclasses.replace(STUDY, grid=grid, sleep=0.1, block=2, die_at=5.0)
    deadly = dataclasses.replace(deadly, seeds=2)
    store, rng = tmp_path / "s", random.Random(1)
    finished = threading.Event()

    def kill():
        for _ in range(3):  # while it starts or while it works, as it happens
            wait_for(lambda: local_workers(os.getpid()) or finished.is_set())
            finished.wait(rng.uniform(0.2, 3.0))
            with contextlib.suppress(IndexError, psutil.Error):
                rng.choice(local_workers(os.getpid())).kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        found = sweep(deadly, store, workers=2)
    finally:
        finished.set()
        killer.join()
    assert (found.done, found.failed, found.pending) == (9, 1, 0)
    assert set(found.failures.values()) == {
        "RuntimeError: the worker died under this cell 3 times"
    }
    assert all("scale = 5.0" in cell for cell in found.failures)
    rest = {"scale": list(STUDY.grid["scale"][:-1]), "size": [3], "seed": [0, 1]}
    mean = open_store(store)["mean"].sel(rest)
    assert np.array_equal(mean, open_store(whole)["mean"].sel(rest))
    assert local_workers(os.getpid()) == []


@pytest.mark.long
def test_ctrl_c_stops_with_130_and_a_killed_sweep_leaves_no_workers(tmp_path, whole):
    study = dataclasses.replace(STUDY, sleep=0.05)
    store = tmp_path / "s"
    process = start(study, store, "--workers", "1")
    wait_for(lambda: markers(store) > 0)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "suffice: stopped; nothing is left half written."
    before = markers(store)
    process = start(study, store, "--workers", "1")
    wait_for(lambda: markers(store) > before)
    workers = local_workers(process.pid)
    assert len(workers) == 1
    process.kill()
    process.communicate()
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    sweep(study, store)
    assert np.array_equal(open_store(store)["mean"], open_store(whole)["mean"])


@contextlib.contextmanager
def commands(*lines):
    """Processes started by command, killed with their children at the end."""
    running = []
    try:
        for line in lines:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", *line],
                    env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
                    start_new_session=True,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        yield running
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_bits_when_one_worker_is_killed(tmp_path):
    study = Toy(grid={"scale": tuple(range(1, 13))}, seeds=2, decompose=300, sleep=0.1)
    file = tmp_path / "scheduler.json"
    quiet = ("--no-dashboard", "--scheduler-file", str(file))
    worker = ("distributed.cli.dask_worker", *quiet, "--nthreads", "1")
    scheduler = ("distributed.cli.dask_scheduler", *quiet, "--port", "0")
    with commands(scheduler, worker, worker) as running:
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        address = json.loads(file.read_text())["address"]
        store = tmp_path / "s"

        def kill():
            wait_for(lambda: markers(store) >= 2)
            os.killpg(running[1].pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        found = sweep(study, store, scheduler=address)
        killer.join()
    assert found.done == 12
    sweep(study, tmp_path / "whole")
    check(store, tmp_path / "whole")


@pytest.mark.slow
def test_a_scheduler_that_ends_is_said_and_what_is_done_is_safe(tmp_path, whole):
    store, file = tmp_path / "s", tmp_path / "scheduler.json"
    quiet = ("--no-dashboard", "--scheduler-file", str(file))
    scheduler = ("distributed.cli.dask_scheduler", *quiet, "--port", "0")
    worker = ("distributed.cli.dask_worker", *quiet, "--nthreads", "1")
    with commands(scheduler, worker) as running:
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        address = json.loads(file.read_text())["address"]

        def end():
            wait_for(lambda: markers(store) >= 2)
            os.killpg(running[0].pid, signal.SIGKILL)

        ender = threading.Thread(target=end)
        ender.start()
        slow = dataclasses.replace(STUDY, sleep=0.1)
        with pytest.raises(ConnectionError, match="scheduler has gone; what is done"):
            sweep(slow, store, scheduler=address)
        ender.join()
    assert 2 <= status(store).done < 60
    assert status(store).failed == 0
    sweep(slow, store)
    assert np.array_equal(open_store(store)["mean"], open_store(whole)["mean"])


def test_nobody_at_the_address_is_said(tmp_path, monkeypatch):
    from suffice.sweeps._workers import _dask

    monkeypatch.setattr(_dask, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at 'tcp://127"):
        sweep(STUDY, tmp_path / "s", scheduler="tcp://127.0.0.1:9")


def test_a_class_of_the_running_script_is_refused_by_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(Toy, "__module__", "__main__")
    with pytest.raises(ValueError, match="workers cannot import it; move it to a mod"):
        sweep(STUDY, tmp_path / "s", workers=1)


@pytest.mark.long
def test_a_hundred_kills_of_a_sweep_with_three_workers(tmp_path):
    """Nine victims of ten are workers, one is the sweep itself, started again."""
    study = dataclasses.replace(STUDY, seeds=120, sleep=0.1)
    store, rng, kills = tmp_path / "s", random.Random(7), 0
    process = start(study, store, "--workers", "3")
    while kills < 100 and process.poll() is None:
        if rng.random() < 0.7:  # else it may well still be starting
            known = markers(store)
            wait_for(lambda n=known, p=process: markers(store) > n or p.poll() == 0)
        time.sleep(rng.uniform(0, 0.5))
        if rng.random() < 0.1:
            process.kill()
            process.communicate()
            process, kills = start(study, store, "--workers", "3"), kills + 1
            continue
        with contextlib.suppress(IndexError, psutil.Error):
            rng.choice(local_workers(process.pid)).kill()
            kills += 1
    assert kills == 100
    before = markers(store)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    whole = tmp_path / "whole"
    sweep(dataclasses.replace(study, sleep=0.0, block=60), whole)
    assert 0 < before < markers(store) == 1200
    assert np.array_equal(open_store(store)["mean"], open_store(whole)["mean"])
    assert np.array_equal(open_store(store)["draws"], open_store(whole)["draws"])
