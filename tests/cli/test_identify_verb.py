"""`suffice identify`, end to end on a published table."""

import json

import pytest

from suffice.cli import main

LAWS = """
import numpy as np

def michaelis(conc, vmax=200.0, km=0.1):
    return vmax * conc / (km + conc)

def hill(conc, vmax=200.0, km=0.1, n=1.0):
    return vmax * conc**n / (km**n + conc**n)

def turnover(conc, kcat=10.0, enzyme=0.5, km=0.1):
    return kcat * enzyme * conc / (km + conc)

def vanishing(conc, amount=0.0, k=1.0):
    return amount * np.exp(-k * conc)

def branching(conc, a=1.0):
    return a if conc > 0 else 0.0

number = 3
"""
ROWS = [
    *("0.02,76", "0.02,47", "0.06,97", "0.06,107", "0.11,123", "0.11,139"),
    *("0.22,159", "0.22,152", "0.56,191", "0.56,201", "1.1,207", "1.1,200"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "laws.py").write_text(LAWS)
    (tmp_path / "puromycin.csv").write_text("\n".join(["conc,rate", *ROWS, ""]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_table_it_says_what_any_data_determine(folder, capsys):
    assert main(["identify", "laws.py:turnover"]) == 0
    out, err = capsys.readouterr()
    assert "Only km and kcat*enzyme are determined" in out
    assert "executing laws.py" in err
    assert main(["identify", "laws.py:turnover", "--fixed", "enzyme=2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["determined"]["determined"] == ["kcat", "km"]
    assert found["design"]["criterion"] == "D"


def test_without_a_design_at_the_starting_values_the_answer_is_given(folder, capsys):
    assert main(["identify", "laws.py:vanishing"]) == 0
    out, err = capsys.readouterr()
    assert "can determine every parameter of vanishing" in out.replace("\n     ", "")
    assert "the candidates see 1 of 2 directions" in err


def test_with_a_table_it_fits_and_says_what_is_next(folder, capsys):
    args = ["identify", "laws.py:michaelis", "--at", "puromycin.csv"]
    args += ["--target", "rate", "--starts", "3"]
    more = ["--want", "km", "10%", "--against", "laws.py:hill", "--next", "3"]
    assert main([*args, *more, "--report", "page.html"]) == 0
    out, _ = capsys.readouterr()
    assert "[0.04692, 0.08616]  " in out
    assert "michaelis is the law to take" in out
    assert "km needs 37 more" in out
    page = (folder / "page.html").read_text()
    for words in ("How far each parameter may move", "Which law", "0.06412"):
        assert words in page
    assert main([*args, "--json"]) == 0
    fit = json.loads(capsys.readouterr().out)["fit"]
    assert fit["estimates"][1]["name"] == "km"
    assert fit["table"] == "puromycin.csv"
    assert main([*args, "--report", "page.html"]) == 2
    assert "exists; choose another name" in capsys.readouterr().err


def test_a_fitted_law_predicts(folder, capsys):
    (folder / "new.csv").write_text("conc\n0.3\n5\n")
    args = [
        "identify",
        "laws.py:michaelis",
        "--at",
        "puromycin.csv",
        "--target",
        "rate",
    ]
    args += ["--starts", "1", "--predict", "new.csv"]
    assert main([*args, "--out", "out.csv"]) == 0
    rows = (folder / "out.csv").read_text().splitlines()
    assert rows[0] == "conc,rate,rate low,rate high,outside the data"
    assert rows[1].startswith("0.3,175.2")
    assert [row.rpartition(",")[2] for row in rows[1:]] == ["no", "yes"]
    capsys.readouterr()
    assert main(args) == 2
    assert "--predict TABLE and --out FILE together" in capsys.readouterr().err


def test_an_audit_with_a_law_is_the_same(folder, capsys):
    asked = ["identify", "laws.py:michaelis", "--at", "puromycin.csv"]
    assert main([*asked, "--target", "rate"]) == 0
    expected = capsys.readouterr().out
    args = ["audit", "puromycin.csv", "--target", "rate", "--law", "laws.py:michaelis"]
    assert main(args) == 0
    assert capsys.readouterr().out == expected


def test_an_audit_with_a_law_refuses_what_says_nothing_of_it(folder, capsys):
    args = ["audit", "puromycin.csv", "--target", "rate", "--law", "laws.py:michaelis"]
    assert main([*args, "--drop", "state", "--max-width", "2"]) == 2
    assert "--drop, --max-width cannot be used with --law" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["laws.py:michaelis", "--at", "puromycin.csv"], "together, or neither"),
        (["laws.py:none"], "defines no 'none'; it has"),
        (["laws.csv:a"], "laws.csv:a is no law; expected FILE.py:name"),
        (["gone.py:a"], "gone.py does not exist"),
        (["laws.py:branching"], "branches on a number"),
        (["laws.py:number"], "expected a function of inputs and parameters"),
        (["laws.py:michaelis", "--bounds", "km"], "--bounds is km; expected name="),
        (["laws.py:michaelis", "--bounds", "km=1"], "expected LOW:HIGH"),
        (["laws.py:michaelis", "--bounds", "km=a:b"], "--bounds holds 'a'; expected a"),
        (["laws.py:michaelis", "--range", "conc", "a", "1"], "--range"),
        (["laws.py:michaelis", "--range", "dose", "0", "1"], "dose"),
        (["laws.py:michaelis", "--range", "conc", "1", "0"], "conc"),
        (["laws.py:michaelis", "--design", "E"], "expected D, A, I or a parameter"),
        (["laws.py:michaelis", "--inputs", "dose"], "and no input 'dose'"),
        (["laws.py:michaelis", "--robust"], "robust needs the uncertainty of a fit"),
    ],
    ids=lambda words: "-".join(words)[:40] if isinstance(words, list) else "",
)
def test_mistakes_are_one_line(folder, capsys, words, said):
    assert main(["identify", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.splitlines()[-1]


def test_a_wrong_want_is_one_line(folder, capsys):
    args = ["identify", "laws.py:michaelis", "--at", "puromycin.csv"]
    args += ["--target", "rate", "--starts", "1", "--want"]
    assert main([*args, "kn", "10%"]) == 2
    assert (
        "--want names 'kn'; expected a parameter, vmax, km" in capsys.readouterr().err
    )
    assert main([*args, "km", "ten"]) == 2
    assert "--want holds 'ten'; expected a number" in capsys.readouterr().err
