"""Several writers of one store, full disks, and what a store exports."""

import dataclasses
import errno
import json
import os
import platform
import threading
import time

import numpy as np
import pandas as pd
import pytest
import xarray
from stored import Stop, stop_after, STUDY
from toy import Gauss, Toy

from suffice._core import whole_file
from suffice.sweeps import (
    _sweep as sweep_module,
    export,
    open_store,
    status,
    sweep,
)
from suffice.sweeps._store._entry import Marker
from suffice.sweeps._store._store import Store
from suffice.sweeps._task import compute, task_of


def test_a_full_disk_is_one_sentence_and_loses_nothing(whole, tmp_path, monkeypatch):
    from suffice._core import _files

    real, left = os.fsync, [17]

    def full(file):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(file)

    with monkeypatch.context() as patch:
        patch.setattr(_files.os, "fsync", full)
        with pytest.raises(OSError, match="the disk is full; the cells that are") as e:
            sweep(STUDY, tmp_path / "s")
    assert e.value.filename == str(tmp_path / "s")
    assert 0 < status(tmp_path / "s").done < 12
    assert sweep(STUDY, tmp_path / "s").done == 12
    assert open_store(tmp_path / "s").identical(open_store(whole))


def test_litter_of_killed_processes_is_removed(tmp_path):
    store = tmp_path / "s"
    sweep(STUDY, store)
    litter = [store / part / ".x.0.partial" for part in (".", "segments", "cells")]
    for path in litter:
        path.write_text("")
    with whole_file(store / "cells" / "y") as alive:
        sweep(STUDY, store)
        alive.write(b"another process")
    assert not any(path.exists() for path in litter)
    assert (store / "cells" / "y").read_text() == "another process"


def test_several_sweeps_of_one_store_share_the_work(whole, tmp_path):
    study = dataclasses.replace(STUDY, sleep=0.02, seeds=5, block=1)
    calls = []
    real = sweep_module.compute

    def counted(task):
        calls.append((json.dumps(task.cell.point), task.cell.start))
        return real(task)

    store, old = tmp_path / "s", sweep_module.compute
    sweep_module.compute = counted
    try:
        threads = [threading.Thread(target=sweep, args=(study, store)) for _ in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sweep_module.compute = old
    assert Store(store).segments == 1
    assert len(set(calls)) == 20
    assert len(calls) <= 40
    assert np.array_equal(open_store(store)["mean"], open_store(whole)["mean"])


def test_two_writers_of_the_same_cells_do_not_disturb_each_other(tmp_path):
    """Both hold the same cells in the same order, so that they meet in every one."""
    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=stop_after(0))
    failures = []

    def write():
        try:
            for entry in Store(tmp_path / "s").entries:
                report = compute(task_of(STUDY, entry.cell))
                assert report.values is not None
                entry.write(Marker("done", **report.about), report.values)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    sweep(STUDY, tmp_path / "t")
    mean = open_store(tmp_path / "s")["mean"]
    assert np.array_equal(mean, open_store(tmp_path / "t")["mean"])


def test_shards_cover_the_study_once(whole, tmp_path):
    told = []
    for i in range(3):
        sweep(
            STUDY,
            tmp_path / "s",
            shard=(i, 3),
            progress=lambda done, total, stage: told.append((done, total)),
        )
    assert [done for done, total in told if done == total] == [4, 4, 4]
    assert sum(done == 0 for done, _ in told) == 3  # each began with nothing done
    assert open_store(tmp_path / "s").identical(open_store(whole))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"shard": (4, 4)}, "shard 4/4 does not exist.*the last of 4 is 3/4"),
        ({"workers": -1}, "workers must be 0 or more, got -1"),
        ({"workers": 1, "scheduler": "tcp://x:1"}, "not both"),
    ],
)
def test_contradicting_arguments_are_refused(tmp_path, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        sweep(STUDY, tmp_path / "s", **arguments)
    assert not (tmp_path / "s").exists()


def test_the_status_counts_outcomes_and_says_what_is_left(tmp_path):
    seen = []

    def look(done, total, stage):
        if done == 6:
            seen.append(status(tmp_path / "s"))
            raise Stop

    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=look)
    found = seen[0]
    assert (found.done, found.pending, found.platforms) == (6, 6, 1)
    assert found.rate > 0
    assert found.seconds_left == pytest.approx(6 / found.rate)
    assert sum(found.outcomes.values()) == found.runs
    assert "6 of 12 cells are done, about" in str(found)
    assert json.loads(found.to_json())["outcomes"] == found.outcomes


def test_a_store_on_which_nothing_runs_promises_nothing(tmp_path):
    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=stop_after(6))
    assert "nothing is running" in status(tmp_path / "s").headline()


def test_an_abandoned_store_of_another_computer_promises_nothing(tmp_path, monkeypatch):
    """Its locks may not be seen from here, so the time since the last cell decides."""
    with monkeypatch.context() as patch:
        patch.setattr(platform, "node", lambda: "elsewhere")
        with pytest.raises(Stop):
            sweep(STUDY, tmp_path / "s", progress=stop_after(6))
    assert "about" in status(tmp_path / "s").headline()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert "nothing is running" in status(tmp_path / "s").headline()


def test_the_value_of_a_varied_field_that_is_never_run_is_not_named(tmp_path):
    grid = {"scale": (2.0, 4.0), "samples.size": (2, 3)}
    sweep(Toy(grid=grid, scale=0.5, seeds=1), tmp_path / "s")
    shown = json.loads(open_store(tmp_path / "s").attrs["study"])
    assert (shown["scale"], shown["samples"]["size"]) == (2.0, 2)
    assert shown["grid"] == {"scale": [2.0, 4.0], "samples.size": [2, 3]}


LABELS = {
    "noise": ({"kind": "laplace"}, {"kind": "gauss"}),
    "samples.mode": ("random", "planned"),
    "limit": ("inf", 1.0),
    "widths": ((1, 2), (3,)),
}


def test_values_that_are_no_numbers_are_labels(tmp_path):
    sweep(Toy(grid=LABELS, seeds=1), tmp_path / "s")
    data = open_store(tmp_path / "s")
    assert data["noise"].values.tolist() == ["laplace", "gauss"]
    assert data["mode"].values.tolist() == ["random", "planned"]
    assert data["limit"].values.tolist() == [1.0, np.inf]
    assert data["widths"].values.tolist() == ["[1, 2]", "[3]"]
    assert json.loads(data["noise"].attrs["values"])[0]["tail"] == 2
    laplaces = ({"kind": "laplace"}, {"kind": "laplace", "tail": 3})
    sweep(Toy(grid={"noise": laplaces}, seeds=1), tmp_path / "t")
    labels = open_store(tmp_path / "t")["noise"].values.tolist()
    assert labels == ["laplace(spread=1.0, tail=2)", "laplace(spread=1.0, tail=3)"]


def test_equal_last_names_keep_their_paths(tmp_path, monkeypatch):
    honest = Toy.run
    names = {"mean": "scale", "draws": "mode"}

    def renamed(table):
        return {names.get(name, name): value for name, value in table.items()}

    variables = renamed(Toy().variables())
    monkeypatch.setattr(Toy, "variables", lambda self: variables)
    monkeypatch.setattr(Toy, "run", lambda self, seeds: renamed(honest(self, seeds)))
    grid = {"samples.mode": ("random",), "samples.size": (2,)}
    sweep(Toy(grid=grid, seeds=1), tmp_path / "s")
    assert set(open_store(tmp_path / "s").dims) == {
        "samples.mode",
        "size",
        "seed",
        "draw",
    }


@pytest.mark.parametrize("to", ["parquet", "csv", "netcdf"])
def test_an_export_holds_the_same_numbers(tmp_path, to):
    study = Toy(
        grid={"noise": (Gauss(), {"kind": "laplace"}), "scale": (1.0, 2.0)},
        fail_at=2.0,
    )
    sweep(study, tmp_path / "s")
    data = open_store(tmp_path / "s")
    path = export(tmp_path / "s", tmp_path / "out", to=to)
    with pytest.raises(FileExistsError, match="out exists; choose another name"):
        export(tmp_path / "s", path, to=to)
    export(tmp_path / "s", path, to=to, overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "s"]
    if to == "netcdf":
        with xarray.open_dataset(path, engine="h5netcdf") as back:
            for name, values in data.data_vars.items():
                assert np.array_equal(back[name], values, equal_nan=True), name
                assert back[name].dtype == values.dtype
            assert back["noise"].values.tolist() == ["gauss", "laplace"]
        return
    table = pd.read_parquet(path) if to == "parquet" else pd.read_csv(path)
    assert len(table) == 8
    assert set(table["noise"]) == {"gauss", "laplace"}
    row = table[(table["noise"] == "laplace") & (table["seed"] == 3)].iloc[0]
    there = data.sel(noise="laplace", scale=1.0, seed=3)
    assert row["mean"] == there["mean"].item()
    assert row["draws_2"] == there["draws"][2].item()
    assert row["rank"] == 3
    assert row["outcome"] == ("high" if row["mean"] > 0 else "low")


def test_an_unknown_format_is_refused(whole, tmp_path):
    with pytest.raises(ValueError, match="to must be one of parquet, csv, netcdf"):
        export.__wrapped__(whole, tmp_path / "out", to="xlsx")
