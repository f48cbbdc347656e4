"""Grids over dotted paths, and studies from TOML files."""

import dataclasses

import pytest
from toy import Gauss, Laplace, Samples, Toy

from suffice.sweeps import read_study, with_field
from suffice.sweeps._grid import axes, points, substitute
from suffice.sweeps._store._cells import Cell, missing

GRID = {
    "samples.size": (2, 3),
    "scale": (1, 2.5),
    "noise": ({"kind": "laplace"}, Gauss(2.0)),
}


def test_a_point_of_the_grid_is_substituted_into_nested_dataclasses():
    study = Toy(grid=GRID)
    every = [substitute(study, point) for point in points(axes(study))]
    assert len(every) == 8
    assert every[0] == Toy(
        noise=Laplace(), samples=Samples(2), scale=1.0, widths=(2, 3), grid={}
    )
    assert every[-1] == Toy(noise=Gauss(2.0), samples=Samples(3), scale=2.5, grid={})
    assert study.samples.size == 3


def test_a_field_that_only_one_arm_has_can_be_varied():
    study = Toy(noise=Laplace(), grid={"noise.tail": (1, 2)})
    assert substitute(study, {"noise.tail": 7}).noise == Laplace(tail=7)
    with pytest.raises(ValueError, match="noise has no field 'tail'"):
        axes(Toy(grid={"noise.tail": (1, 2)}))


@pytest.mark.parametrize(
    ("grid", "sentence"),
    [
        ({"samples.sise": (1,)}, r"samples has no field 'sise'; did you mean 'size'"),
        ({"scalle": (1,)}, r"the study has no field 'scalle'; did you mean 'scale'"),
        ({"scale.x": (1,)}, r"scale is 1\.0, it has no fields"),
        ({"scale": ()}, r"grid: scale is empty; give at least one value"),
        ({"scale": 3.0}, r"grid: scale must be a list of values, got 3\.0"),
        ({"scale": (1, 1.0)}, r"grid: scale holds 1\.0 twice"),
        ({"scale": (float("nan"),)}, r"grid: scale holds nan"),
        ({"scale": (2.0, -1.0)}, r"grid: scale = -1\.0: scale must not be negative"),
        ({"samples.size": (1.5,)}, r"grid: samples\.size must be an int, got 1\.5"),
        ({"seeds": (1, 2)}, r"grid: seeds says how much is run"),
        ({"noise": (Gauss(),), "noise.spread": (1,)}, r"noise and noise\.spread overl"),
        ({"noise": ({"kind": "cauchy"},)}, r"noise\.kind: unknown 'cauchy'"),
    ],
)
def test_a_flawed_grid_is_one_sentence(grid, sentence):
    with pytest.raises(ValueError, match=sentence):
        axes(Toy(grid=grid))


@pytest.mark.parametrize("field", ["seeds", "block"])
def test_no_seeds_are_refused(field):
    with pytest.raises(ValueError, match=f"{field} must be at least 1, got 0"):
        axes(dataclasses.replace(Toy(), **{field: 0}))


def test_seeds_come_in_blocks_and_only_the_missing_ones():
    study = Toy(grid={"scale": (1.0, 2.0)}, seeds=5, block=2)
    sizes = [(c.point["scale"], c.start, c.stop) for c in missing(study, ())]
    ranges = [(0, 2), (2, 4), (4, 5)]
    assert sizes == [(s, *r) for s in (1.0, 2.0) for r in ranges]
    assert missing(study, missing(study, ())) == []
    held = [Cell({"scale": 1.0}, 1, 3), Cell({"scale": 2.0}, 0, 9)]
    left = missing(study, held)
    assert left == [Cell({"scale": 1.0}, 0, 1), Cell({"scale": 1.0}, 3, 5)]


TOML = """
study = "toy:Toy"
seeds = 7
noise = {kind = "laplace", tail = 3}
[samples]
mode = "planned"
[grid]
"samples.size" = [2, 3]
"""


def test_a_study_is_read_from_toml(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(TOML)
    wanted = Toy(Laplace(tail=3), Samples(mode="planned"), seeds=7)
    assert read_study(path) == dataclasses.replace(
        wanted, grid={"samples.size": (2, 3)}
    )
    path.write_text(TOML.replace('"samples.size"', "samples.size"))
    assert read_study(path).grid == {"samples.size": (2, 3)}
    path.write_text("seeds = 3")
    assert read_study(path, default="toy:Toy") == Toy(seeds=3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seeds = ", r"study\.toml is not TOML"),
        ("seeds = 3", r"lacks a line study = 'module:Class'"),
        ("study = 'toy:Tox'", r"'toy:Tox' cannot be imported.*PYTHONPATH"),
        ("study = 'nowhere:Toy'", r"'nowhere:Toy' cannot be imported"),
        ("study = 'toy'", r"'toy' cannot be imported"),
        ("study = 'toy:Samples'", r"no study: it lacks grid, seeds, variables, run"),
        ("study = 'toy:Toy'\nseds = 3", r"study: unknown key 'seds'.*'seeds'"),
        ("study = 'toy:Toy'\ngrid = {scale = []}", r"grid: scale is empty"),
    ],
)
def test_a_flawed_file_is_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_study(path)


def test_one_field_is_set_by_its_path():
    assert with_field(Toy(), "samples.size", 8).samples == Samples(8)
    with pytest.raises(ValueError, match="did you mean 'samples'"):
        with_field(Toy(), "sample.size", 8)
