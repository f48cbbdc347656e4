"""The store: resume, growth, refusals, failures, reading while it runs."""

import dataclasses
import errno
import json
import os
import shutil
import threading
import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray
from toy import Gauss, Laplace, Samples, Toy

from suffice.sweeps import (
    _sweep as sweep_module,
    export,
    open_store,
    status,
    sweep,
    Variable,
)
from suffice.sweeps._store._cells import Cell
from suffice.sweeps._store._files import STALE_SECONDS
from suffice.sweeps._store._store import Store
from suffice.sweeps._task import compute, task_of

STUDY = Toy(grid={"samples.size": (2, 3), "scale": (0.5, 2.0)}, seeds=5)


class Stop(Exception):
    """Ends a sweep in the middle."""


def stop_after(cells):
    def progress(done, total, stage):
        if done >= cells:
            raise Stop

    return progress


def files(store):
    return {p: p.stat().st_mtime_ns for p in store.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An undisturbed store, only read."""
    store = tmp_path_factory.mktemp("whole") / "store"
    sweep(STUDY, store)
    return store


def test_every_number_is_where_its_coordinates_say(whole):
    data = open_store(whole)
    assert dict(data.sizes) == {"size": 2, "scale": 2, "seed": 5, "draw": 3}
    for size in (2, 3):
        for scale in (0.5, 2.0):
            study = Toy(samples=Samples(size), scale=scale)
            direct = study.run(np.arange(5))
            at = data.sel(size=size, scale=scale)
            for name, values in direct.items():
                assert np.array_equal(at[name], values, equal_nan=True), name
    assert (data["status"] == 2).all()
    assert data["rank"].dtype == np.int32
    assert data["outcome"].attrs["flag_meanings"] == "low high"
    assert data["scale"].attrs["field"] == "scale"
    assert data["size"].attrs["field"] == "samples.size"


def test_a_stopped_sweep_goes_on_to_the_same_bits(whole, tmp_path):
    for cells in (1, 4, 5, 11):
        with pytest.raises(Stop):
            sweep(STUDY, tmp_path / "s", progress=stop_after(cells))
    middle = status(tmp_path / "s")
    assert (middle.done, middle.pending) == (11, 1)
    assert sweep(STUDY, tmp_path / "s").done == 12
    assert open_store(tmp_path / "s").identical(open_store(whole))


def test_a_second_sweep_computes_and_writes_nothing(whole, tmp_path):
    before, told = files(whole), []
    sweep(STUDY, whole, progress=lambda *words: told.append(words))
    assert told == [(12, 12, "cells")]
    assert files(whole) == before


def test_a_store_is_read_while_it_runs(tmp_path):
    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=stop_after(5))
    data = open_store(tmp_path / "s")
    done = data["status"] == 2
    assert 5 <= done.sum() <= 10
    assert set(np.unique(data["status"])) == {1, 2}
    assert np.array_equal(np.isfinite(data["mean"]), done)
    assert (data["rank"].where(~done, -1) == -1).all()
    assert (data["outcome"].where(~done, 255) == 255).all()


def test_numbers_that_are_all_nan_are_done(whole):
    data = open_store(whole)
    assert np.isnan(data["nothing"]).all()
    assert (data["status"] == 2).all()


def test_more_seeds_and_values_add_a_segment_and_change_nothing(whole, tmp_path):
    store = tmp_path / "s"
    small = dataclasses.replace(
        STUDY, grid={"samples.size": (3,), "scale": (2.0,)}, seeds=3, block=3
    )
    sweep(small, store)
    before = files(store)
    found = sweep(STUDY, store)
    after = files(store)
    assert {path: after[path] for path in before} == before
    assert [len(s.cells) for s in Store(store).segments] == [1, 10]
    assert found.runs == 20
    assert open_store(store).identical(
        open_store(whole).assign_attrs(open_store(store).attrs)
    )


def test_only_the_cells_of_the_study_are_computed(tmp_path):
    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=stop_after(0))
    corner = {"samples.size": (3,), "scale": (2.0,)}
    found = sweep(dataclasses.replace(STUDY, grid=corner, seeds=2), tmp_path / "s")
    assert (found.done, found.pending, found.runs) == (1, 11, 2)


def test_growth_in_two_directions_leaves_absent_corners(tmp_path):
    base = {"samples.size": (2,), "scale": (1.0,)}
    sweep(Toy(grid=base), tmp_path / "s")
    sweep(Toy(grid=base | {"samples.size": (5, 2)}), tmp_path / "s")
    sweep(Toy(grid=base | {"scale": (1.0, 0.5)}), tmp_path / "s")
    data = open_store(tmp_path / "s")
    assert data["size"].values.tolist() == [2, 5]
    assert data["scale"].values.tolist() == [0.5, 1.0]
    assert data["status"].sel(size=5, scale=0.5).values.tolist() == [0] * 4
    assert (data["status"] == 2).sum() == 12


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": 1}, r"holds another study: key is 0 there and 1 here"),
        ({"samples": Samples(3, "planned")}, r'samples\.mode is "random" there'),
        ({"noise": Laplace()}, r'noise\.kind is "gauss" there and "laplace" here'),
        ({"noise": Gauss(2.0)}, r"noise\.spread is 1\.0 there and 2\.0 here"),
        ({"grid": {"scale": (0.5,)}}, r"list of varied fields is samples\.size, scale"),
    ],
)
def test_a_store_of_another_study_is_refused(whole, change, sentence):
    before = files(whole)
    with pytest.raises(ValueError, match=sentence):
        sweep(dataclasses.replace(STUDY, **change), whole)
    assert files(whole) == before


def test_a_store_of_a_class_that_has_lost_a_field_is_refused(whole, tmp_path):
    store = Path(shutil.copytree(whole, tmp_path / "store"))
    manifest = json.loads((store / "manifest.json").read_text())
    manifest["study"]["renamed"] = 1
    (store / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"no longer fits the class.*'renamed'"):
        sweep(STUDY, store)
    assert status(store).pending == 0


def test_base_values_of_varied_fields_and_extents_are_no_difference(whole):
    same = dataclasses.replace(STUDY, scale=9.0, samples=Samples(8), block=1, seeds=2)
    assert sweep(same, whole).done == 12


def test_other_variables_are_another_study(whole, monkeypatch):
    more = {**STUDY.variables(), "rank": Variable("int64")}
    monkeypatch.setattr(Toy, "variables", lambda self: more)
    with pytest.raises(ValueError, match=r"the variable rank is .*int32.* there and"):
        sweep(STUDY, whole)
    monkeypatch.setattr(Toy, "variables", lambda self: {"status": Variable("bool")})
    with pytest.raises(ValueError, match="may not be named 'status'"):
        sweep(STUDY, whole)


def test_other_folders_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="exists and is no store"):
        sweep(STUDY, tmp_path)
    with pytest.raises(ValueError, match="is no store: it has no manifest"):
        open_store(tmp_path)
    with pytest.raises(ValueError, match="is no store"):
        status(tmp_path / "notes.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_damaged_or_future_manifest_is_said(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match="is damaged"):
        open_store(tmp_path)
    versions = {"versions": {"suffice": "9.1"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 9} | versions))
    with pytest.raises(ValueError, match=r"has format 9.*9\.1"):
        open_store(tmp_path)


@pytest.mark.parametrize("text", ["[]", "3", '{"cells'])
@pytest.mark.parametrize(
    "name", ["manifest.json", "segments/0000/segment.json", "segments/0000/cells/0"]
)
def test_a_damaged_file_is_named(whole, tmp_path, name, text):
    store = Path(shutil.copytree(whole, tmp_path / "store"))
    broken = next(iter(sorted(store.glob(f"{name}*"))))
    broken.write_text(text)
    for read in (status, open_store):
        with pytest.raises(ValueError, match=f"{broken.name} is damaged"):
            read(store)


def test_a_store_stopped_before_its_first_cell_is_said(whole, tmp_path):
    store = Path(shutil.copytree(whole, tmp_path / "store"))
    shutil.rmtree(store / "segments" / "0000")
    assert status(store).pending == 0
    with pytest.raises(ValueError, match="lists no cells yet"):
        open_store(store)


def test_a_failing_cell_is_recorded_and_stops_nothing(tmp_path):
    study = dataclasses.replace(STUDY, fail_at=2.0)
    found = sweep(study, tmp_path / "s")
    assert (found.done, found.failed, found.pending) == (6, 6, 0)
    assert set(found.failures.values()) == {"ArithmeticError: no mean at scale 2.0"}
    assert "samples.size = 2, scale = 2.0, seeds 0 to 1" in found.failures
    assert "ArithmeticError: no mean at scale 2.0 (6 cells)" in str(found)
    data = open_store(tmp_path / "s")
    assert (data["status"].sel(scale=2.0) == 3).all()
    assert np.isnan(data["mean"].sel(scale=2.0)).all()
    marker = next(e for e in Store(tmp_path / "s").entries() if "2.0" in str(e.cell))
    assert "toy.py" in marker.marker()["traceback"]


def test_failed_cells_are_tried_again_by_the_next_call(tmp_path, monkeypatch):
    def broken(self, seeds):
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(Toy, "run", broken)
        assert sweep(STUDY, tmp_path / "s").failed == 12
    found = sweep(STUDY, tmp_path / "s")
    assert (found.done, found.failed) == (12, 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda v: v | {"mean": v["mean"][:1]}, r"mean of shape \(1,\), expected \(2,"),
        (lambda v: {"mean": v["mean"]}, r"returned \['mean'\], variables\(\) promise"),
        (lambda v: v | {"rank": v["mean"]}, r"rank as float64, expected int32"),
    ],
)
def test_a_study_that_breaks_its_promise_fails_with_the_reason(
    tmp_path, monkeypatch, change, sentence
):
    honest = Toy.run
    monkeypatch.setattr(Toy, "run", lambda self, seeds: change(honest(self, seeds)))
    found = sweep(Toy(seeds=2), tmp_path / "s")
    assert found.failed == 1
    assert pd.Series(list(found.failures.values())).str.contains(sentence).all()


def test_a_cell_runs_in_the_precision_of_who_asked(monkeypatch):
    seen = []
    monkeypatch.setattr(Toy, "run", lambda self, seeds: seen.append(jnp.ones(1).dtype))
    task = task_of(Toy(), Cell({}, 0, 2))
    assert task.float64
    for float64 in (True, False):
        compute(dataclasses.replace(task, float64=float64))
    assert seen == [jnp.float64, jnp.float32]


def test_a_study_without_a_grid_is_one_point(tmp_path):
    sweep(Toy(seeds=3), tmp_path / "s")
    assert dict(open_store(tmp_path / "s").sizes) == {"seed": 3, "draw": 3}


def test_a_class_that_nobody_can_import_is_refused(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Local(Toy):
        pass

    with pytest.raises(ValueError, match=r"Local is local to a function"):
        sweep(Local(), tmp_path / "s")


def test_a_full_disk_is_one_sentence_and_loses_nothing(whole, tmp_path, monkeypatch):
    from suffice.sweeps._store import _segment

    real, left = _segment.sync, [7]

    def full(path):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(_segment, "sync", full)
        with pytest.raises(OSError, match="the disk is full; the cells that are") as e:
            sweep(STUDY, tmp_path / "s")
    assert e.value.filename == str(tmp_path / "s")
    assert 0 < status(tmp_path / "s").done < 12
    assert sweep(STUDY, tmp_path / "s").done == 12
    assert open_store(tmp_path / "s").identical(open_store(whole))


def test_litter_of_killed_processes_is_removed_when_it_is_old(tmp_path):
    store = tmp_path / "s"
    sweep(STUDY, store)
    old = [store / "segments" / "0000" / "cells" / "x.partial", store / "y.partial"]
    old[0].write_text("")
    old[1].mkdir()
    (old[1] / "inside").write_text("")
    fresh = store / "segments" / "fresh.partial"
    fresh.write_text("")
    for path in old:
        os.utime(path, (time.time() - 2 * STALE_SECONDS,) * 2)
    sweep(STUDY, store)
    assert not any(path.exists() for path in old)
    assert fresh.exists()


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
    assert len(Store(store).segments) == 1
    assert len(set(calls)) == 20
    assert len(calls) <= 40
    assert np.array_equal(open_store(store)["mean"], open_store(whole)["mean"])


def test_a_file_of_another_writer_may_vanish_at_any_time(tmp_path):
    sweep(STUDY, tmp_path / "s")
    entry = next(Store(tmp_path / "s").entries())
    chunk = entry.segment.path / "data" / "mean" / "c" / "0" / "0.other.partial"
    chunk.symlink_to("vanished")  # listed, and not there when it is opened
    entry.segment.write(0, compute(task_of(STUDY, entry.cell)).values, {})


def test_two_writers_of_the_same_cells_do_not_disturb_each_other(tmp_path):
    """Both hold the same cells in the same order, so that they meet in every one."""
    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=stop_after(0))
    failures = []

    def write():
        try:
            for entry in Store(tmp_path / "s").entries():
                report = compute(task_of(STUDY, entry.cell))
                assert report.values is not None
                about = {"status": "done", "finished": 0.0, **report.about}
                entry.segment.write(entry.index, report.values, about)
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
    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=stop_after(6))
    found = status(tmp_path / "s")
    assert (found.done, found.pending, found.platforms) == (6, 6, 1)
    assert found.rate > 0
    assert found.seconds_left == pytest.approx(6 / found.rate)
    assert sum(found.outcomes.values()) == found.runs
    assert "6 of 12 cells are done, about" in str(found)
    assert json.loads(found.to_json())["outcomes"] == found.outcomes


def test_an_abandoned_store_promises_nothing(tmp_path, monkeypatch):
    with pytest.raises(Stop):
        sweep(STUDY, tmp_path / "s", progress=stop_after(6))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert "nothing is running" in status(tmp_path / "s").headline()


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
    with pytest.raises(ValueError, match="out exists; remove it or choose another"):
        export(tmp_path / "s", path, to=to)
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


def test_an_unknown_format_is_refused(whole, tmp_path):
    with pytest.raises(ValueError, match="to must be one of parquet, csv, netcdf"):
        export.__wrapped__(whole, tmp_path / "out", to="xlsx")
