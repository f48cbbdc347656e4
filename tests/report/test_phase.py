"""Phase diagrams: what they draw, where lines lie, what the page says. No training."""

import dataclasses
import json

import numpy as np
import pytest
import xarray
from whole_pages import check

import suffice.recovery as rec
from suffice.architectures import TwoLayerSpec
from suffice.cli import main
from suffice.report import phase_diagram, save_figure, sweep_page
from suffice.report._figures._style import styled
from suffice.report._figures._sweep_view import (
    grid_dims,
    staircases,
    stepped,
    study_of,
    views,
)
from suffice.sweeps._plain import to_plain
from suffice.training import Outcome

STUDY = rec.Study(
    model=TwoLayerSpec(width=2, inputs=1, bias=True),
    target=rec.NamedFunction("tanh(x+1)"),
    samples=rec.Random(size=4),
)
SIZES, FIELDS = (
    (2, 3, 4, 6, 8),
    {
        "size": "samples.size",
        "scale": "initialisation.scale",
        "width": "model.width",
        "key": "key",
    },
)


def results(status=2, study=STUDY, **axes):
    """A store as it is opened: from five samples on, half of the runs recover."""
    axes = {"size": SIZES} | axes
    dims = (*axes, "seed")
    shape = (*map(len, axes.values()), 4)
    size = np.array(SIZES).reshape(-1, *(1,) * (len(shape) - 1))
    good = (size >= 5) & (np.arange(4) < 2)
    outcome = np.broadcast_to(
        np.where(good, Outcome.recovered, Outcome.fitted), shape
    ).copy()
    outcome[..., 3] = Outcome.out_of_steps
    error = np.where(outcome == Outcome.recovered, 1e-9, 0.5)
    data = {
        "outcome": (dims, outcome.astype(np.uint8), {"sampling": study.sampling}),
        "test_error": (dims, error),
        "status": (dims, np.broadcast_to(status, shape).copy()),
    }
    coords = {k: (k, list(v), {"field": FIELDS[k]}) for k, v in axes.items()}
    plain = dataclasses.replace(
        study, grid={FIELDS[k]: tuple(v) for k, v in axes.items()}
    )
    about = {
        "class": '"suffice.recovery._study:Study"',
        "study": json.dumps(to_plain(plain)),
        "versions": '{"suffice": "0"}',
    }
    return xarray.Dataset(data, coords | {"seed": np.arange(4)}, about)


def pictures(data):
    return views(rec.summary(data), study_of(data))


def test_sample_size_is_horizontal_and_further_fields_are_panels():
    data = results(key=(0, 1), scale=(1e-3, 1.0))
    assert grid_dims(rec.summary(data)) == ["size", "scale", "key"]
    first, second = pictures(data)
    assert (first.columns, first.rows) == (SIZES, (1e-3, 1.0))
    assert (first.title, second.title) == ("key 0", "key 1")
    assert first.values("fraction").shape == (2, 5)


def test_a_line_runs_where_its_sample_size_is_reached():
    """Columns 2 3 4 6 8: 5 is reached at the column of 6, whose left edge is 2.5."""
    (view,) = pictures(results(width=(2, 5)))
    found = {text: edge.tolist() for edge, text in staircases(view)}
    assert found["3 optimistic"] == [0.5, 0.5]
    assert found["extra neurons silent"] == [1.5, 3.5]  # 4 and 7 samples
    both = found["extra neurons merged, parameters"]  # 5 and 6, 11 and 15 samples
    np.testing.assert_array_equal(both, [2.5, np.nan])
    x, y = stepped(np.array([1.5, 3.5]))
    assert x.tolist() == [1.5, 1.5, 3.5, 3.5]
    assert y.tolist() == [-0.5, 0.5, 0.5, 1.5]


def test_figures_of_maps_and_curves():
    for data, quantity in [
        (results(scale=(1e-3, 0.1, 1.0)), "fraction"),
        (results(width=(2, 5)), "mean error"),
        (results(), "fraction"),
        (results(), "median error"),
    ]:
        figure = phase_diagram(data, quantity=quantity)
        texts = [t.get_text() for axis in figure.axes for t in axis.texts]
        assert any("optimistic" in text for text in texts)
        bare = phase_diagram(data, quantity=quantity, lines=False)
        texts = [t.get_text() for axis in bare.axes for t in axis.texts]
        assert not any("optimistic" in text for text in texts)


def test_numbers_in_cells_are_those_of_the_summary():
    figure = phase_diagram(results(scale=(1.0,)))
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert texts[:5] == ["0", "0", "0", ".50", ".50"]


def test_the_style_stays_inside():
    import matplotlib as mpl

    before = mpl.rcParams["axes.prop_cycle"]
    with styled():
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"][0] == "#0072b2"
    assert mpl.rcParams["axes.prop_cycle"] == before


def test_saved_figures_are_vectors_and_repeat(tmp_path):
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    for path in (one, two):
        save_figure(phase_diagram(results(scale=(1e-3, 1.0))), path)
    assert one.read_bytes() == two.read_bytes()
    assert "<text" in one.read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.svg", "two.svg"]


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


def test_targets_without_theory_have_no_lines():
    study = dataclasses.replace(STUDY, target=rec.CustomTarget("numpy:sum"))
    (view,) = pictures(results(study=study))
    assert view.lines == ()
    assert "What theory predicts" not in sweep_page(results(study=study))


def test_what_cannot_be_drawn():
    data = results()
    foreign = data.assign_attrs({"class": '"other:Study"'})
    with pytest.raises(ValueError, match='belongs to "other:Study"'):
        phase_diagram(foreign)
    with pytest.raises(ValueError, match="varies no field"):
        phase_diagram(data.isel(size=0, drop=True))


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
