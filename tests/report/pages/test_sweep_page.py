"""The page of a sweep says what was asked, what was found and what is missing."""

import numpy as np
from stored_sweeps import results
from whole_pages import check

from suffice.cli import main
from suffice.report import sweep_page


def test_the_page_says_what_was_asked_and_found():
    data = results(scale=(1e-3, 1.0))
    page = sweep_page(data, command="suffice plot <results>")
    assert "samples: random, normal law" in page.lower()
    assert "suffice plot &lt;results&gt;" in page
    assert "recovered 2 of 4 (0.500)" in page
    assert "1 out of steps" in page
    assert "arXiv:2405.13787, Table 1" in page
    assert "<script src" not in page
    check(page)
    assert "not whole" not in page


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
    assert page.stat().st_size > 1e6
    assert figure.read_bytes().startswith(b"%PDF")
    assert main(words) == 2
    assert "exists; choose another name" in capsys.readouterr().err
    assert main(["plot", "store", "--figure", str(tmp_path / "a.docx")]) == 2
    assert ".svg, .pdf or .png" in capsys.readouterr().err
    assert main(["plot", "store", "--quantity", "loss"]) == 2
    assert "expected fraction, mean-error" in capsys.readouterr().err
