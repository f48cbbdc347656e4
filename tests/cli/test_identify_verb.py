"""`suffice identify`, end to end on a published table."""

import json

import pytest

from suffice.cli import main

LAWS = """
import numpy as np
import suffice as sf

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
made = sf.law(michaelis)
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
    assert (
        main(["identify", "laws.py:turnover", "--fixed", "enzyme", "2", "--json"]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["determined"]["determined"] == ["kcat", "km"]
    assert found["design"]["criterion"] == "D"


def test_without_a_design_at_the_starting_values_the_answer_is_given(folder, capsys):
    assert main(["identify", "laws.py:vanishing"]) == 0
    out, err = capsys.readouterr()
    assert "can determine every parameter of vanishing" in out.replace("\n     ", "")
    assert "the candidates see 1 of 2 directions" in err


@pytest.mark.slow
def test_with_a_table_it_fits_and_says_what_is_next(folder, capsys):
    args = ["identify", "laws.py:michaelis", "--at", "puromycin.csv"]
    args += ["--target", "rate", "--starts", "3"]
    more = ["--want", "km", "10%", "--against", "laws.py:hill", "--next", "3"]
    assert main([*args, *more, "--report", "page.html"]) == 0
    out, _ = capsys.readouterr()
    assert "[0.04692, 0.08616]  " in out
    assert "michaelis is the law to take" in out
    assert "For an interval of 0.00641 to each side" in out.replace("\n ", "")
    page = (folder / "page.html").read_text()
    for words in ("How far each parameter may move", "Which law", "0.06412"):
        assert words in page
    assert main([*args, "--json"]) == 0
    fit = json.loads(capsys.readouterr().out)["fit"]
    assert fit["estimates"][1]["name"] == "km"
    assert fit["table"] == "puromycin.csv"
    assert main([*args, "--report", "page.html"]) == 2
    assert "exists; choose another name" in capsys.readouterr().err


FIT = ["identify", "laws.py:michaelis", "--at", "puromycin.csv", "--target", "rate"]


def test_a_saved_law_predicts(folder, capsys):
    (folder / "new.csv").write_text("conc\n0.3\n5\n")
    assert main([*FIT, "--starts", "1", "--model", "law.npz"]) == 0
    asked = ["predict", "law.npz", "--at", "new.csv"]
    assert main([*asked, "--law", "laws.py:michaelis", "--out", "out.csv"]) == 0
    rows = (folder / "out.csv").read_text().splitlines()
    assert rows[0] == "conc,rate,rate low,rate high,outside the data"
    assert rows[1].startswith("0.3,175.2")
    assert [row.rpartition(",")[2] for row in rows[1:]] == ["no", "yes"]
    capsys.readouterr()
    assert main([*asked, "--law", "laws.py:michaelis", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == "rate"


def test_a_saved_law_runs_no_file_that_is_not_named(folder, capsys):
    (folder / "new.csv").write_text("conc\n0.3\n")
    assert main([*FIT, "--starts", "1", "--model", "law.npz"]) == 0
    (folder / "laws.py").write_text(LAWS + "open('ran', 'w').close()\n")
    asked = ["predict", "law.npz", "--at", "new.csv"]
    capsys.readouterr()
    assert main(asked) == 2
    assert "name it, --law laws.py:michaelis, if you trust" in capsys.readouterr().err
    assert not (folder / "ran").exists()
    assert main([*asked, "--law", "laws.py:michaelis"]) == 0
    assert "laws.py has changed since law.npz was written" in capsys.readouterr().err
    changed = LAWS.replace("vmax * conc / (km", "1.01 * vmax * conc / (km")
    (folder / "laws.py").write_text(changed)
    assert main([*asked, "--law", "laws.py:michaelis"]) == 2
    assert "michaelis is not the law that was fitted: at" in capsys.readouterr().err
    assert main([*asked, "--law", "laws.py:turnover"]) == 2
    assert "has the parameters kcat, enzyme, km and" in capsys.readouterr().err


def test_a_design_keeps_to_a_pool_and_its_costs_in_batches(folder, capsys):
    rows = "\n".join(f"{c},{5 if c > 1 else 1}" for c in (0.05, 0.1, 0.5, 0.9, 1.1))
    (folder / "pool.csv").write_text(f"conc,price\n{rows}\n")
    asked = [*FIT, "--starts", "1", "--pool", "pool.csv", "--cost", "price"]
    assert main([*asked, "--next", "4", "--batches", "2", "--json"]) == 0
    design = json.loads(capsys.readouterr().out)["design"]
    assert {x for (x,) in design["x"]} <= {0.05, 0.1, 0.5, 0.9}
    assert [sum(batch) for batch in design["batches"]] == [2, 2]
    asked = ["identify", "laws.py:michaelis", "--pool", "pool.csv"]
    assert main([*asked, "--range", "conc", "0", "1"]) == 2
    assert "region and pool are both given" in capsys.readouterr().err


def test_one_flag_fixes_parameters_and_inputs(folder, capsys):
    text = "def line(a, b, u=1.0, v=2.0, w=3.0):\n    return u + v * a + w * a * b\n"
    (folder / "lines.py").write_text(text)
    asked = ["identify", "lines.py:line", "--json", "--fixed", "u", "0"]
    assert main([*asked, "--levels", "a", "1", "2", "4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["determined"]["determined"] == ["v", "w"]
    assert {a for a, _ in found["design"]["x"]} <= {1, 2, 4}
    assert main([*asked, "--fixed", "b", "0.5"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["determined"]["determined"] == []
    assert "no places to measure next are chosen" in err


def test_an_audit_with_a_law_is_the_same(folder, capsys):
    asked = ["identify", "laws.py:michaelis", "--at", "puromycin.csv"]
    assert main([*asked, "--target", "rate"]) == 0
    expected = capsys.readouterr().out
    args = ["audit", "puromycin.csv", "--target", "rate", "--law", "laws.py:michaelis"]
    assert main(args) == 0
    assert capsys.readouterr().out == expected
    more = ["--want", "km", "20%", "--next", "3", "--json"]
    assert main([*args, *more]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sum(found["design"]["rows"]) == 3
    assert found["needed"]["want"] == pytest.approx(0.2 * 0.064121, rel=1e-4)
    assert found["needed"]["now"] == pytest.approx(0.08616 - 0.06412, abs=2e-5)
    assert main([*args, "--want", "20%"]) == 2
    assert "expected a parameter and an error" in capsys.readouterr().err
    assert main([*args, "--want", "km", "20%", "now"]) == 2
    assert "does not know what to do with 'now'" in capsys.readouterr().err


def test_two_outputs_are_fitted_and_predicted_together(folder, capsys):
    law = "def decay(t, a=2.0, k=0.5):\n    left = a * 2.0 ** (-k * t)\n"
    (folder / "decay.py").write_text(f"{law}    return left, a - left\n")
    rows = [f"{t},{2.01 * 2 ** (-t / 2)},{2 - 2 * 2 ** (-t / 2)},.02" for t in range(9)]
    (folder / "decay.csv").write_text("\n".join(["t,left,made,sd", *rows, ""]))
    args = ["identify", "decay.py:decay", "--at", "decay.csv", "--starts", "1"]
    args += ["--target", "left", "made", "--error", "sd", "--model", "law.npz"]
    assert main([*args, "--report", "page.html"]) == 0
    assert "residuals, over the given ones" in capsys.readouterr().out
    page = (folder / "page.html").read_text()
    assert "Measurements of left" in page
    assert "Measurements of made" in page
    asked = ["predict", "law.npz", "--at", "decay.csv", "--law", "decay.py:decay"]
    assert main(asked) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith("t,left,left low,left high,made,made low")
    assert "9 predictions of left and made" in err
    assert "the intervals are those of the law itself" in err


def test_an_audit_with_a_law_refuses_what_says_nothing_of_it(folder, capsys):
    args = ["audit", "puromycin.csv", "--target", "rate", "--law", "laws.py:michaelis"]
    assert main([*args, "--drop", "state", "--max-width", "2"]) == 2
    assert "--drop, --max-width cannot be used with --law" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["laws.py:michaelis", "--at", "puromycin.csv"], "--at needs --target COLUMN"),
        (["laws.py:none"], "defines no 'none'; it has"),
        (["laws.csv:a"], "laws.csv:a is no law; expected FILE.py:NAME"),
        (["gone.py:a"], "gone.py does not exist"),
        (["laws.py:branching"], "branches on a number"),
        (["laws.py:number"], "expected a function of inputs and parameters"),
        (["laws.py:michaelis", "--bounds", "km", "1"], "PARAMETER LEAST LARGEST"),
        (
            ["laws.py:michaelis", "--range", "conc", "a", "1"],
            "--range is 'conc a 1'; expected INPUT LEAST LARGEST, with numbers for",
        ),
        (["laws.py:michaelis", "--next", "x"], "--next is 'x'; expected a whole"),
        (["laws.py:michaelis", "--seed"], "--seed needs a whole number."),
        (["laws.py:michaelis", "--fixed"], "--fixed is given without a name"),
        (["laws.py:michaelis", "--fixed", "km", "x"], "--fixed holds 'x'; expected a"),
        (["laws.py:michaelis", "--fixed", "conc"], "names the input 'conc' without a"),
        (["laws.py:michaelis", "--fixed", "a", "1", "2"], "--fixed is a 1 2; expected"),
        (["laws.py:michaelis", "--want", "km", "10%"], "--want needs --at TABLE"),
        (["laws.py:made", "--positive", "km"], "what sf.law made; say there what"),
        (["laws.py:michaelis", "--range", "dose", "0", "1"], "dose"),
        (["laws.py:michaelis", "--range", "conc", "1", "0"], "conc"),
        (["laws.py:michaelis", "--design", "E"], "expected D, A, I or a parameter"),
        (["laws.py:michaelis", "--inputs", "dose"], "and no input 'dose'"),
        (["laws.py:michaelis", "--robust"], "--robust needs --at TABLE"),
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
