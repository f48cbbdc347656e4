"""suffice sweep, status and export, from the command line to the file."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from suffice.cli._main import guarded
from suffice.cli._verbs import _export, _status, _sweep
from suffice.sweeps import open_store

VERBS = {"sweep": _sweep.run, "status": _status.run, "export": _export.run}
STUDY = """
study = "toy:Toy"
seeds = 4
noise = {kind = "laplace", tail = 3}
[grid]
"samples.size" = [2, 3]
"""


@pytest.fixture
def cli(tmp_path, capsys, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "sweeps"))
    monkeypatch.chdir(tmp_path)
    Path("study.toml").write_text(STUDY)

    def command(line):
        verb, *args = line.split()
        code = guarded(VERBS[verb], args, raising=False)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def test_a_study_becomes_a_store_and_a_table(cli):
    code, out, err = cli("sweep study.toml")
    assert (code, out.splitlines()[0]) == (0, "4 of 4 cells are done.")
    assert "suffice: study.store: 0 of 4 cells" in err
    assert "suffice: study.store: 4 of 4 cells" in err
    code, out, err = cli("status study.store --json")
    assert (code, err, json.loads(out)["done"]) == (0, "", 4)
    code, out, err = cli("export study.store --to csv")
    assert (code, out, err) == (0, "", "suffice: the file is study.csv\n")
    assert len(pd.read_csv("study.csv")) == 8
    Path("study.store").rename("scale-0.5")
    _, _, err = cli("export scale-0.5 --to csv")
    assert err == "suffice: the file is scale-0.5.csv\n"


def test_a_study_grows_by_flags(cli):
    cli("sweep study.toml")
    line = "sweep study.toml --set samples.size 2 3 4 --set seeds 5 --json"
    code, out, _ = cli(line)
    assert (code, json.loads(out)["runs"]) == (0, 15)
    assert dict(open_store("study.store").sizes) == {"size": 3, "seed": 5, "draw": 3}


def test_one_value_sets_a_field_and_leaves_the_grid(cli):
    line = "sweep study.toml --store other --set samples.size 4 --set widths [5,6]"
    assert cli(line)[0] == 0
    data = open_store("other")
    assert json.loads(data.attrs["study"])["samples"]["size"] == 4
    assert json.loads(data.attrs["study"])["widths"] == [5, 6]
    assert "size" not in data.dims


def test_failed_cells_end_with_code_1_and_the_reason(cli):
    code, out, _ = cli("sweep study.toml --set fail_at 1.0")
    assert code == 1
    assert "0 of 4 cells are done, 4 failed." in out
    assert "ArithmeticError: no mean at scale 1.0 (4 cells)" in out


def test_shards_of_a_job_array(cli):
    for i in range(2):
        code, out, _ = cli(f"sweep study.toml --shard {i}/2")
    assert (code, out.splitlines()[0]) == (0, "4 of 4 cells are done.")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("sweep none.toml", "none.toml does not exist."),
        ("sweep study.toml --set sample.size 3", "did you mean 'samples'?"),
        ("sweep study.toml --set seeds 2.5", "seeds must be an int, got 2.5 (float)."),
        ("sweep study.toml --set scale", "--set scale: give at least one value."),
        ("sweep study.toml --set scale 1 nan", "grid: scale holds nan."),
        ("sweep study.toml --shard 2", "--shard must look like 0/4, got '2'."),
        ("sweep study.toml --shard 2/2", "shard 2/2 does not exist"),
        ("sweep study.toml --store .", ". exists and is no store; give a new or an"),
        ("status .", ". is no store: it has no manifest.json."),
        ("export .", ". is no store: it has no manifest.json."),
    ],
)
def test_a_mistake_is_one_line_and_code_2(cli, line, sentence):
    code, out, err = cli(line)
    assert (code, out) == (2, "")
    assert err.startswith("suffice: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert not Path("study.store").exists()


def test_another_study_and_an_existing_file_are_refused(cli):
    cli("sweep study.toml")
    code, _, err = cli("sweep study.toml --set noise.tail 4")
    assert code == 2
    assert "noise.tail is 3 there and 4 here. Nothing was written" in err
    Path("study.parquet").write_text("mine")
    code, _, err = cli("export study.store")
    assert code == 2
    assert "study.parquet exists" in err
    assert Path("study.parquet").read_text() == "mine"


def test_export_replaces_a_file_with_force_only_and_no_link(cli):
    cli("sweep study.toml")
    Path("table.csv").write_text("mine")
    line = "export study.store --to csv --out table.csv"
    code, _, err = cli(line)
    assert (code, Path("table.csv").read_text()) == (2, "mine")
    assert "pass --force" in err
    assert cli(f"{line} --force")[0] == 0
    assert len(pd.read_csv("table.csv")) == 8
    Path("link.csv").symlink_to("table.csv")
    before = Path("table.csv").read_bytes()
    code, _, err = cli("export study.store --to csv --out link.csv --force")
    assert (code, Path("table.csv").read_bytes()) == (2, before)
    assert "is a link" in err


def test_a_path_with_blanks_is_a_path_like_any_other(cli, capsys):
    folder = Path("two words") / "and more"
    folder.mkdir(parents=True)
    Path("study.toml").rename(folder / "my study.toml")
    assert _sweep.run([str(folder / "my study.toml")]) == 0
    store = folder / "my study.store"
    assert _status.run([str(store), "--verify"]) == 0
    assert _export.run([str(store), "--to", "csv"]) == 0
    assert len(pd.read_csv(folder / "my study.csv")) == 8
    assert "my study.store: 4 of 4 cells" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_an_example(cli, verb):
    code, out, _ = cli(f"{verb} --help")
    assert code == 0
    assert f"Example: suffice {verb}" in out


def test_a_terminal_gets_a_bar(cli, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    code, out, err = cli("sweep study.toml")
    assert (code, out.splitlines()[0]) == (0, "4 of 4 cells are done.")
    assert "4 of 4 cells" in err


def test_a_module_beside_the_study_is_found(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path.copy())
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    source = Path(__file__).parents[1] / "sweeps" / "toy.py"
    (folder / "lonely_toy.py").write_text(source.read_text())
    (folder / "study.toml").write_text(STUDY.replace("toy:Toy", "lonely_toy:Toy"))
    line = f"sweep {folder / 'study.toml'} --store a --workers 1"
    code, out, _ = cli(line)
    assert (code, out.splitlines()[0]) == (0, "4 of 4 cells are done.")
