"""Phase diagrams: what they draw and where lines lie."""

import dataclasses

import numpy as np
import pytest
from stored_sweeps import pictures, results, SIZES, STUDY

import suffice.recovery as rec
from suffice.report import phase_diagram, save_figure, sweep_page
from suffice.report._figures._sweep_view import grid_dims, staircases, stepped
from suffice.report._style import styled


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


def test_a_map_of_very_many_cells_is_a_picture_of_points(monkeypatch):
    """A shape for each cell would make pages of many megabytes."""
    from suffice.report._figures import _phase
    from suffice.report._style import to_svg

    data = results(scale=tuple(1e-3 * 1.2**i for i in range(30)))
    shapes = to_svg(phase_diagram(data, lines=False))
    monkeypatch.setattr(_phase, "FINE", 149)
    points = to_svg(phase_diagram(data, lines=False))
    assert (points.count("<image") - shapes.count("<image")) == 2  # the map, the dots
    assert shapes.count("<path") - points.count("<path") >= 150
    monkeypatch.setattr(_phase, "FINE", 150)
    assert to_svg(phase_diagram(data, lines=False)) == shapes


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
