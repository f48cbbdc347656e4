"""The page of a sweep says what was asked, what was found and what is missing."""

import dataclasses
import importlib
import json

import numpy as np
import pytest
from stored_sweeps import results, STUDY
from whole_pages import check

import suffice.recovery as rec
from suffice.cli import main
from suffice.report import phase_diagram, sweep_page
from suffice.sweeps._plain import to_plain


def test_the_page_says_what_was_asked_and_found():
    data = results(scale=(1e-3, 1.0))
    page = sweep_page(data, command="suffice plot <results>")
    assert "samples: random, normal law" in page.lower()
    assert "suffice plot &lt;results&gt;" in page
    assert ">0.500<" in page
    assert '<th scope="col" class="number">out of steps</th>' in page
    assert "arXiv:2405.13787, Table 1" in page
    assert "<script" not in page
    check(page)
    assert "not whole" not in page


NAMING = {
    "model": rec.CustomModel("strange:model"),
    "target": rec.CustomTarget("strange:target"),
}


@pytest.mark.parametrize("part", NAMING)
def test_a_store_of_a_stranger_is_drawn_without_running_its_functions(
    part, monkeypatch
):
    study, asked = dataclasses.replace(STUDY, **{part: NAMING[part]}), []
    data = results(scale=(1e-3, 1.0))
    plain = json.loads(data.attrs["study"])
    data.attrs["study"] = json.dumps(plain | {part: to_plain(study)[part]})
    real = importlib.import_module

    def noted(name, package=None):
        asked.append(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", noted)
    assert NAMING[part].function in sweep_page(data)
    phase_diagram(data)
    assert "strange" not in asked
    phase_diagram(data, study=study)  # one's own study is trusted
    assert "strange" in asked


def test_a_field_that_varies_is_not_given_its_base_value():
    page = sweep_page(results(scale=(1e-3, 10.0)))
    assert "Start: normal (scale varied)" in page


def test_the_table_of_very_many_cells_ends_and_says_where_the_rest_is(monkeypatch):
    from suffice.report._pages import _sweep

    data = results(scale=(1e-3, 1.0))
    assert "Every cell" in sweep_page(data)
    assert sweep_page(data).count(">0.500<") == 4
    monkeypatch.setattr(_sweep, "LISTED", 7)
    page = sweep_page(data)
    assert "The first 7 of 10 cells" in page
    assert "suffice export" in page
    assert page.count(">0.500<") == 1  # six rows of smaller sizes come first
    check(page)


def test_a_page_of_an_unfinished_sweep_says_so():
    status = np.full((5, 4), 2)
    status[0], status[1] = 1, 3
    page = sweep_page(results(status))
    assert "4 runs pending, 4 failed" in page


def test_the_command_draws_and_replaces_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("suffice.sweeps.open_store", lambda store: results())
    page, figure = tmp_path / "page.html", tmp_path / "phase.pdf"
    words = ["plot", "store", "--out", str(page), "--figure", str(figure)]
    assert main(words) == 0
    assert page.stat().st_size < 2e5
    assert figure.read_bytes().startswith(b"%PDF")
    assert main(words) == 2
    assert "exists; choose another name" in capsys.readouterr().err
    assert main(["plot", "store", "--figure", str(tmp_path / "a.docx")]) == 2
    assert ".svg, .pdf or .png" in capsys.readouterr().err
    assert main(["plot", "store", "--quantity", "loss"]) == 2
    assert "expected fraction, mean-error" in capsys.readouterr().err
