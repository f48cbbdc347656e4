"""Rerunning a paper: kept numbers, claims, pictures and one page."""

import json
import sys
import types
from functools import partial

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import alone
from suffice.cli import main
from suffice.papers import (
    Paper,
    paper,
    PAPERS,
    Publication,
    reproduce,
    reproduce_all,
)
from suffice.papers._paper import Experiment
from suffice.report._pages._claim import Claim, Sentence


def measure(run):
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "calls").write_text("x" * (1 + len(calls(run.folder))))
    n = np.arange(1, 4 if run.full else 3)
    return xr.Dataset({"square": ("n", n**2)}, {"n": n}, {"workers": run.workers})


def calls(folder):
    path = folder / "calls"
    return path.read_text() if path.exists() else ""


def judge(data):
    last = int(data.square[-1])
    yield Claim("Squares end at 4.", "Fig. 1", "4", str(last), last == 4)
    yield Claim("<b> is & escaped.", "Eq. 2", "0", "1", False, "A < B.")
    yield Claim("Nobody knows.", "Sec. 3", "?", "?", None)
    yield Claim("Here.", "here", "1", "1", True, kind="derived", covers=("squares",))
    yield Claim("An identity.", "here", "1", "1", True, kind="check")


def draw(data):
    figure = Figure()
    figure.subplots().plot(data.n, data.square)
    return figure


@pytest.fixture
def toy(monkeypatch):
    module = types.ModuleType("suffice.papers.toy")
    module.PAPER = Paper(
        Publication("0000.00000", "A <toy>", "toy"),
        (
            Experiment("figure-1", "Squares", "Caption.", measure, judge, draw),
            Experiment("table-1", "Again", "Caption.", measure, judge),
        ),
        (Sentence("squares", "Squares."), Sentence("rest", "The rest.", "Too long.")),
        "the abstract",
    )
    monkeypatch.setitem(sys.modules, "suffice.papers.toy", module)
    monkeypatch.setitem(PAPERS, "toy", "squares")
    return module.PAPER


def test_claims_are_counted_and_everything_is_written(toy, tmp_path):
    found = reproduce("toy", tmp_path / "out")
    three = ["agrees", "differs", "undecided"]
    assert [c.verdict for c in found.of("paper")] == three * 2
    head = (
        "of 6 statements of the paper 2 agree, 2 differ, 2 are undecided; of 2 checks"
    )
    assert f"{head} 2 agree." in found.headline()
    assert found.count("agrees", "derived") == 2
    page = (tmp_path / "out" / "page.html").read_text()
    assert page.count("<svg") == 1
    assert "&lt;b&gt; is &amp; escaped." in page
    assert "<script" not in page
    kept = json.loads((tmp_path / "out" / "claims.json").read_text())
    assert len(kept["claims"]) == 10
    assert [one["verdicts"] for one in kept["abstract"]] == ["2 agree", "not covered"]
    assert "Too long." in page
    assert "the abstract" in page
    for kind in ("svg", "pdf", "png"):
        assert (tmp_path / "out" / f"figure-1.{kind}").stat().st_size


def test_finished_experiments_are_not_measured_again(toy, tmp_path):
    first = reproduce("toy", tmp_path / "out")
    (tmp_path / "out" / "table-1.nc").unlink()  # as if stopped before the second
    again = reproduce("toy", tmp_path / "out")
    assert calls(tmp_path / "out" / "figure-1-sweeps") == "x"
    assert calls(tmp_path / "out" / "table-1-sweeps") == "xx"
    assert first.claims == again.claims


@pytest.mark.parametrize("name", ["table-1.nc", "table-1.sum"])
@pytest.mark.parametrize("keep", [0, 0.5, -1])
def test_damaged_numbers_are_measured_again(toy, tmp_path, name, keep):
    first = reproduce("toy", tmp_path / "out")
    path = tmp_path / "out" / name
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if keep < 0 else int(keep * len(whole))])
    again = reproduce("toy", tmp_path / "out")
    assert calls(tmp_path / "out" / "figure-1-sweeps") == "x"
    assert calls(tmp_path / "out" / "table-1-sweeps") == "xx"
    assert first.claims == again.claims


def test_two_processes_do_not_work_in_one_folder(toy, tmp_path):
    reproduce("toy", tmp_path / "out")
    with (
        alone(tmp_path / "out" / "reproduction.json", ""),
        pytest.raises(ValueError, match=r"another process works in .*out; wait for it"),
    ):
        reproduce("toy", tmp_path / "out")


def test_a_damaged_note_is_said_and_nothing_is_replaced(toy, tmp_path):
    reproduce("toy", tmp_path / "out")
    (tmp_path / "out" / "reproduction.json").write_text("{")
    with pytest.raises(ValueError, match=r"reproduction.json is damaged.*--out"):
        reproduce("toy", tmp_path / "out")


def test_pictures_are_bitwise_repeatable(toy, tmp_path):
    one, two = (reproduce("toy", tmp_path / f).drawings[0].svg for f in "ab")
    assert one == two


def test_full_sizes_need_a_folder_of_their_own(toy, tmp_path):
    reproduce("toy", tmp_path / "out")
    with pytest.raises(ValueError, match="holds another reproduction"):
        reproduce("toy", tmp_path / "out", full=True)
    assert "9" in reproduce("toy", tmp_path / "full", full=True).claims[0].measured


def test_quick_sweeps_have_two_workers_and_full_ones_none(toy, tmp_path):
    for full, asked, expected in ((False, None, 2), (True, None, 0), (True, 3, 3)):
        folder = tmp_path / f"{full} {asked}"
        reproduce("toy", folder, full=full, workers=asked)
        assert xr.load_dataset(folder / "table-1.nc").workers == expected


def test_a_number_of_workers_reaches_every_paper(only_toy, tmp_path, capsys):
    line = ["reproduce", "all", "--out", str(tmp_path / "out"), "--workers", "4"]
    assert main(line) == 0
    assert xr.load_dataset(tmp_path / "out" / "toy" / "table-1.nc").workers == 4


@pytest.mark.parametrize("rerun", [partial(reproduce, "grokking"), reproduce_all])
def test_there_are_no_fewer_workers_than_none(rerun, tmp_path):
    with pytest.raises(ValueError, match="workers must be 0 or more, got -1"):
        rerun(tmp_path / "out", workers=-1)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_is_left_alone(toy, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(ValueError, match="holds no reproduction"):
        reproduce("toy", tmp_path)


def test_unknown_paper():
    with pytest.raises(ValueError, match="there is no paper 'nope'; there are"):
        reproduce("nope", "anywhere")


def test_the_verb_prints_claims_and_names_the_page(toy, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", "toy"]) == 0
    out, err = capsys.readouterr()
    assert "agrees     Squares end at 4. [Fig. 1]" in out
    assert "reproduce-toy/page.html" in err
    assert main(["reproduce", "toy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["claims"][1]["verdict"] == "differs"


def test_without_a_name_the_papers_are_listed(toy, capsys):
    assert main(["reproduce"]) == 0
    assert "toy" in capsys.readouterr().out
    assert main(["reproduce", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["toy"] == "squares"


@pytest.fixture
def only_toy(toy, monkeypatch):
    for name in reversed([name for name in PAPERS if name != "toy"]):
        monkeypatch.delitem(PAPERS, name)  # the last first: they come back in order


def test_the_index_counts_the_claims_of_all_papers(only_toy, tmp_path):
    told = []
    found = reproduce_all(tmp_path / "all", progress=lambda *said: told.append(said))
    alone = reproduce("toy", tmp_path / "all" / "toy")
    assert found.papers[0].claims == alone.claims
    told_of = "1 paper: of 6 statements 2 agree, 2 differ, 2 are undecided."
    assert found.headline() == told_of
    assert told[0] == (0, 2, "experiments: toy, Squares")
    index = (tmp_path / "all" / "index.html").read_text()
    assert index.count("<svg") == 1
    assert index.count('href="toy/page.html"') == 2
    assert "A &lt;toy&gt;" in index
    kept = json.loads((tmp_path / "all" / "claims.json").read_text())
    assert kept["papers"]["toy"]["claims"][1]["verdict"] == "differs"


def test_all_papers_go_on_where_they_were_stopped(only_toy, tmp_path, capsys):
    folder = tmp_path / "all"
    reproduce_all(folder)
    (folder / "toy" / "table-1.nc").unlink()
    (folder / "index.html").unlink()
    assert main(["reproduce", "all", "--out", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert "toy" in out
    assert "index.html" in err
    assert (folder / "index.html").exists()
    assert calls(folder / "toy" / "figure-1-sweeps") == "x"
    assert calls(folder / "toy" / "table-1-sweeps") == "xx"


def test_every_emblem_is_a_figure():
    for name in PAPERS:
        one = paper(name)
        emblem = one.emblem or one.experiments[0].name
        assert any(e.name == emblem and e.draw is not None for e in one.experiments)
