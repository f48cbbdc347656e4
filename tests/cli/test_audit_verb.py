"""`suffice audit` and `suffice demo`, end to end on small tables."""

import inspect
import json

import numpy as np
import pytest

import suffice as sf
from suffice.cli import main

QUICK = ["--folds", "4", "--restarts", "4", "--splits", "3", "--max-width", "1"]


@pytest.fixture
def csv(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(24, 2))
    rows = np.column_stack([x, 3 * x[:, 0] - x[:, 1] + 0.1 * rng.normal(size=24)])
    path = tmp_path / "drag.csv"
    np.savetxt(path, rows, delimiter=",", header="speed,length,drag", comments="")
    return path


def test_an_audit_ends_with_json_a_page_and_a_law(capsys, csv, tmp_path):
    page, law = tmp_path / "page.html", tmp_path / "law.npz"
    args = ["audit", str(csv), "--target", "drag", "--report", str(page), *QUICK]
    at = ["--at", str(csv), "--model", str(law)]
    assert main([*args, *at, "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (found["model"], found["value"], found["rows"]) == ("linear", 3, 24)
    assert found["inputs"] == ["speed", "length"]
    assert found["sufficiency"]["guarantee"]["holds"]
    assert len(found["next"]["x"]) == 8
    assert f"the page is {page}" in err
    assert f"the law is {law}" in err
    assert "models: intrinsic width" in err
    assert err.count("of 3 models") == 3  # a line for each, off a terminal too
    assert main(["predict", str(law), "--at", str(csv), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again == found["at"]
    assert "drag.csv --target drag" in page.read_text()

    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "exists; choose another name, or pass --force" in err


def test_progress_goes_to_standard_error(capsys, csv):
    assert main(["audit", str(csv), "--target", "drag", "--brief", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "At least 3 samples are needed" in out
    assert "learning curve" in err
    assert "\x1b" not in out + err


def test_candidates_may_come_from_a_file(capsys, csv, tmp_path):
    pool = tmp_path / "pool.csv"
    pool.write_text("length,speed\n0,9\n1,1\n2,0\n")
    args = ["audit", str(csv), "--target", "drag", "--pool", str(pool), "--next", "2"]
    assert main([*args, *QUICK, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["next"]
    assert found["x"][0] == [9.0, 0.0]
    assert found["outside"] >= 1


def test_the_help_says_how_many_candidates_are_proposed(capsys):
    count = inspect.signature(sf.audit).parameters["next_size"].default
    assert main(["audit", "--help"]) == 0
    assert f"to propose; by default {count}" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_region_and_a_wanted_error_are_declared_by_flags(capsys, csv):
    args = ["audit", str(csv), "--target", "drag", *QUICK, "--json", "--next", "3"]
    args += ["--range", "speed", "-1", "2", "--range", "length", "0", "1"]
    args += ["--step", "speed", "0.5", "--require", "speed + length <= 1"]
    assert main(["audit", "--want", "5%", *args[1:]]) == 0  # a table may come later
    found = json.loads(capsys.readouterr().out)
    x = np.array(found["next"]["x"])
    assert (2 * x[:, 0] == np.rint(2 * x[:, 0])).all()
    assert (x.sum(1) <= 1 + 1e-9).all()
    assert found["next"]["error"][0] < found["sufficiency"]["region_error"]
    assert found["forecast"]["n"][0] == 24
    assert [answer["of"] for answer in found["more"]] == [
        "a new measurement",
        "the fitted function",
    ]


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (["--range", "sped", "0", "1"], "'sped', which is no input; did you mean"),
        (["--range", "speed", "1", "0"], "range of 'speed' is 1 to 0"),
        (["--require", "speed * length <= 1"], "multiplies inputs"),
        (["--cost", "price"], "--cost names a column of --pool"),
        (["--want", "soon"], "want is 'soon'"),
        (["--want", "soon", "--next", "2"], "want is 'soon'"),
        (["--want", "speed", "5%"], "--want is 'speed 5%'; expected one error"),
    ],
)
def test_a_bad_region_is_one_line(capsys, csv, flags, why):
    assert main(["audit", str(csv), "--target", "drag", *flags]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert why in err


def test_a_bad_table_is_one_line_and_exit_code_2(capsys, csv):
    csv.write_text(csv.read_text().replace("\n", "\n1,2,\n", 1))
    assert main(["audit", str(csv), "--target", "drag"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "1 of 25 rows lack the target 'drag', the first in line 2" in err
    assert main(["audit", str(csv), "--target", "drag", "--repair", *QUICK]) == 0
    assert "1 of 25 rows lack the target 'drag': dropped" in capsys.readouterr().out


def test_an_interrupt_leaves_nothing_behind(capsys, csv, tmp_path, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("suffice.auditing.audit", interrupted)
    page = tmp_path / "page.html"
    args = ["audit", str(csv), "--target", "drag", "--report", str(page)]
    assert main(args) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert f"finished pieces are in {page}.parts: the same command goes on" in err
    assert not page.exists()
    assert main(args[:-2]) == 130
    assert "nothing is kept: with --report or --keep" in capsys.readouterr().err


def test_the_demo_refuses_a_folder_that_is_not_its_own(capsys, tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    assert main(["demo", "--folder", str(tmp_path)]) == 2
    assert "holds 'thesis.tex', which no demo wrote" in capsys.readouterr().err
    assert main(["demo", "--folder", str(tmp_path / "thesis.tex")]) == 2


@pytest.mark.slow
def test_the_demo_finds_the_planted_width(capsys, tmp_path):
    folder = tmp_path / "demo"
    assert main(["demo", "--folder", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["magnet"]["intrinsic_width"] == 2
    assert found["magnet"]["value"] == 11
    assert not found["magnet"]["sufficiency"]["one_less"]["holds"]
    assert found["puromycin"]["sufficiency"]["noise"]["freedom"] == 11
    names = {path.name for path in folder.iterdir()}
    assert names == {
        f"{name}.{end}" for name in ("magnet", "puromycin") for end in ("csv", "html")
    }
