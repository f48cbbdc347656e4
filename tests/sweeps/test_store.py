"""The store: resume, growth, refusals, failures, reading while it runs."""

import dataclasses
import shutil
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from stored import Stop, stop_after, STUDY
from toy import Gauss, Laplace, Samples, Toy

from suffice._core import read_about, write_sealed
from suffice.sweeps import (
    open_store,
    status,
    sweep,
    Variable,
)
from suffice.sweeps._store._cells import Cell
from suffice.sweeps._store._store import Store
from suffice.sweeps._task import compute, task_of


def files(store):
    return {p: p.stat().st_mtime_ns for p in store.rglob("*") if p.is_file()}


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
    assert [e.name[:4] for e in Store(store).entries] == ["0000"] + 10 * ["0001"]
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
    manifest = read_about(store / "manifest.json")
    manifest["study"]["renamed"] = 1
    write_sealed(store / "manifest.json", manifest)
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


def test_a_function_that_computes_something_else_is_another_study(
    tmp_path, monkeypatch
):
    """Rounding is no difference; the failed cell says nothing of the function."""

    def computes(*numbers):
        tell = {"noise own:law": numbers}
        monkeypatch.setattr(Toy, "fingerprint", lambda self: tell, raising=False)

    computes(2.0, -1.0, 0.0)
    study = dataclasses.replace(STUDY, fail_at=2.0)
    assert sweep(study, tmp_path / "s").done == 6
    computes(2.0 * (1 + 1e-12), -1.0, 1e-13)
    assert sweep(dataclasses.replace(study, seeds=6), tmp_path / "s").done == 8
    for numbers in ((2.0, -1.0, 1e-6), (2.0, -1.0), (2.0, -1.0, np.nan)):
        computes(*numbers)
        before = files(tmp_path / "s")
        with pytest.raises(ValueError, match="noise own:law computes other numbers"):
            sweep(study, tmp_path / "s")
        assert files(tmp_path / "s") == before


def test_other_folders_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="exists and is no store"):
        sweep(STUDY, tmp_path)
    with pytest.raises(ValueError, match="is no store: it has no manifest"):
        open_store(tmp_path)
    with pytest.raises(ValueError, match="is no store"):
        status(tmp_path / "notes.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_future_or_an_older_format_is_said(whole, tmp_path):
    store = Path(shutil.copytree(whole, tmp_path / "store"))
    write_sealed(store / "manifest.json", {"format": 9})
    with pytest.raises(ValueError, match=r"store has format 9, this version reads 3"):
        open_store(store)
    (store / "segments" / "0000").mkdir()
    for call in (status, open_store, lambda path: sweep(STUDY, path)):
        with pytest.raises(ValueError, match="has an older format; sweep the study in"):
            call(store)


def test_a_store_stopped_before_its_first_cell_is_said(whole, tmp_path):
    store = tmp_path / "store"
    store.mkdir()
    shutil.copy(whole / "manifest.json", store)
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
    entry = next(e for e in Store(tmp_path / "s").entries if "2.0" in str(e.cell))
    assert "toy.py" in entry.marker().traceback


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
