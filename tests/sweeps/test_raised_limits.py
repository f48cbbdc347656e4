"""A larger limit concerns only the runs that met the smaller one."""

import dataclasses
import shutil
from pathlib import Path

import pytest
import toy
from stored import Stop, stop_after
from toy import Cut, Samples

from suffice.cli._main import guarded
from suffice.cli._verbs import _sweep
from suffice.sweeps import open_store, status, sweep

GRID = {"scale": (1.0, 2.0, 3.0)}


def study(most, **fields):
    return Cut(samples=Samples(most), grid=GRID, seeds=7, **fields)


def met(most):
    """The runs that are at least as long as a limit."""
    return {
        (scale, seed)
        for scale in GRID["scale"]
        for seed in range(7)
        if Cut(scale=scale).length(seed) >= most
    }


def computed():
    runs = toy.RUNS.copy()
    toy.RUNS.clear()
    assert len(set(runs)) == len(runs)
    return set(runs)


def reached(data):
    return data["steps"].max().item()


@pytest.mark.parametrize("limits", [(10, 25), (1, 5, 39, 60), (30, 31, 39), (40, 50)])
def test_only_the_runs_that_met_a_limit_are_computed_again(tmp_path, limits):
    toy.RUNS.clear()
    for before, most in zip((None, *limits), limits, strict=False):
        found = sweep(study(most, block=3), tmp_path / "s")
        assert (found.done, found.pending, found.runs) == (9, 0, 21)
        assert computed() == met(0 if before is None else before)
    sweep(study(limits[-1], block=3), tmp_path / "whole")
    assert open_store(tmp_path / "s").identical(open_store(tmp_path / "whole"))
    assert status(tmp_path / "s").outcomes == status(tmp_path / "whole").outcomes
    toy.RUNS.clear()
    sweep(study(limits[-1], block=3), tmp_path / "s")
    assert computed() == set()


def test_cells_whose_runs_go_on_are_pending_until_they_are_computed(tmp_path):
    sweep(study(20), tmp_path / "s")
    sweep(study(60), tmp_path / "whole")
    with pytest.raises(Stop):
        sweep(study(60), tmp_path / "s", progress=stop_after(9))
    middle, whole = status(tmp_path / "s"), open_store(tmp_path / "whole")
    assert middle.pending > 0
    assert middle.done + middle.pending == 12
    data = open_store(tmp_path / "s")
    done = data["status"] == 2
    assert data["mean"].equals(whole["mean"].where(done))
    found = sweep(study(60), tmp_path / "s")
    assert (found.done, found.limits) == (12, {})
    assert open_store(tmp_path / "s").identical(whole)


def test_the_answer_names_the_limit_that_ended_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found = sweep(study(30, block=7), tmp_path / "s")
    cells = len({scale for scale, _ in met(30)})
    assert found.limits == {"samples.size = 30": cells}
    assert "a sweep with a larger one computes these runs again" in str(found)
    Path("cut.toml").write_text(
        "study = 'toy:Cut'\nseeds = 7\nblock = 7\nsamples = { size = 30 }\n"
        "[grid]\nscale = [1.0, 2.0, 3.0]\n"
    )
    line = ["cut.toml", "--store", "s", "--set", "samples.size"]
    assert guarded(_sweep.run, [*line, "50"], raising=False) == 0
    assert reached(open_store("s")) == reached_by_all()
    assert "limit" not in capsys.readouterr().out
    assert guarded(_sweep.run, [*line, "40"], raising=False) == 2
    assert "samples.size is 50 there and 40, which is lower here" in (
        capsys.readouterr().err
    )
    assert reached(open_store("s")) == reached_by_all()


def reached_by_all():
    return max(Cut(scale=s).length(seed) for s in GRID["scale"] for seed in range(7))


def test_a_varied_limit_is_a_field_like_any_other(tmp_path):
    toy.RUNS.clear()
    varied = {"samples.size": (10, 20)}
    sweep(Cut(grid=varied), tmp_path / "s")
    before = open_store(tmp_path / "s")
    found = sweep(Cut(grid={"samples.size": (10, 20, 30)}), tmp_path / "s")
    assert (found.done, found.limits) == (6, {})
    assert len(toy.RUNS) == 12
    assert open_store(tmp_path / "s").sel(size=[10, 20]).equals(before)


def test_damaged_and_failed_cells_are_computed_as_a_whole(tmp_path):
    sweep(study(20, block=7, fail_at=2.0), tmp_path / "s")
    (tmp_path / "s" / "cells" / "0000-000000.cell").write_bytes(b"")
    toy.RUNS.clear()
    sweep(study(60, block=7, fail_at=2.0), tmp_path / "s")
    scales = [scale for scale, _ in toy.RUNS]
    went_on = [scale for scale, _ in met(20)].count(3.0)
    assert 0 < went_on < 7
    assert [scales.count(scale) for scale in GRID["scale"]] == [7, 7, went_on]


def test_other_fields_still_make_another_study(tmp_path):
    sweep(study(20), tmp_path / "s")
    for change in ({"key": 1}, {"samples": Samples(30, "planned")}):
        with pytest.raises(ValueError, match="holds another study"):
            sweep(dataclasses.replace(study(30), **change), tmp_path / "s")
    assert status(tmp_path / "s").pending == 0


@pytest.mark.slow
def test_local_workers_continue_the_same_runs(tmp_path):
    sweep(study(15), tmp_path / "s")
    shutil.copytree(tmp_path / "s", tmp_path / "here")
    sweep(study(60), tmp_path / "s", workers=1)
    sweep(study(60), tmp_path / "here")
    assert open_store(tmp_path / "s").identical(open_store(tmp_path / "here"))
