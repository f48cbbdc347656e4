"""The page of a classified point, from the plateau of a wide network on."""

import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import critical, critical_deep, plateau
from whole_pages import check

from suffice.cli._main import guarded
from suffice.cli._verbs import _classify
from suffice.landscape import classify, embed, Splitting
from suffice.models import save_model, TwoLayer
from suffice.report import classification_page
from suffice.report._figures._classification import (
    escape_figure,
    neurons_figure,
    spectrum_figure,
)

KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Width 50, three inputs, stopped on a plateau: its file and its table."""
    folder = tmp_path_factory.mktemp("plateau")
    point, x, y = plateau()
    save_model(point, folder / "trained.npz")
    rows = np.column_stack([x, y])
    np.savetxt(folder / "t.csv", rows, "%.17g", ",", header="u,v,w,y", comments="")
    return folder, classify(point, x, y, polish=True, key=KEY)


def lines(figure):
    """The lines of a figure that have a name."""
    drawn = figure.axes[0].get_lines()
    return [line for line in drawn if not line.get_label().startswith("_")]


def texts(page):
    return " ".join(re.sub(r"<[^>]+>", " ", bare(page)).split())


def bare(page):
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


@pytest.mark.slow
def test_a_plateau_becomes_a_page_as_a_user_asks_for_it(stopped, capsys):
    folder, found = stopped
    page = folder / "page.html"
    args = [str(folder / "trained.npz"), "--data", str(folder / "t.csv"), "--target"]
    args += ["y", "--polish", "--report", str(page)]
    assert guarded(_classify.run, [*args, "--json"], False) == 0
    out, err = capsys.readouterr()
    assert f"the page is {page}" in err
    row = json.loads(out)
    assert row["verdict"] == "strict saddle"
    assert row["widths"] == [1]
    text = texts(page.read_text())
    for piece in (
        "width 1 embedded at width 50",
        "strict saddle",
        "predicted from the narrow network 53 57 90",
        "copies of narrow neuron 0 9 nos. ",
        "null 41 nos. ",
        f"curvature {found.escape.curvature:.3g}",
        "From the network given, a step of",
        "suffice classify",
    ):
        assert piece in text, piece
    check(page.read_text())
    assert guarded(_classify.run, args, False) == 2
    assert "exists" in capsys.readouterr().err


def test_the_way_out_lowers_the_loss_of_the_trained_network_at_once(stopped):
    _, found = stopped
    way = found.escape
    small = np.abs(way.steps) < 0.1
    at_rest = way.losses[small] - way.loss
    predicted = 0.5 * way.curvature * way.steps[small] ** 2
    np.testing.assert_allclose(at_rest, predicted, rtol=0.1, atol=1e-9)
    assert (at_rest < 0).all()  # at once, and on both sides
    near = found.given_losses[np.abs(way.steps) == np.abs(way.steps).min()]
    assert near.min() < near.max()  # of the trained network too, on one side
    assert found.given_losses.min() < near.min() - 0.1 * found.loss


def test_every_eigenvalue_and_every_neuron_is_drawn(stopped):
    _, found = stopped
    counts = [len(line.get_xdata()) for line in lines(spectrum_figure(found))]
    assert counts == [57, 90, 53]
    figure = neurons_figure(found, 0)
    (moves,) = lines(figure)
    assert len(moves.get_xdata()) == 3 * 50
    groups = [len(group.get_offsets()) for group in figure.axes[0].collections]
    assert groups == [9, 41]


def test_the_loss_is_drawn_as_it_was_measured(stopped):
    _, found = stopped
    given, measured, predicted = lines(escape_figure(found))
    assert len(given.get_xdata()) == len(measured.get_xdata()) - 1
    inside = dict(zip(found.escape.steps, found.escape.losses, strict=True))
    drawn = dict(zip(*measured.get_data(), strict=True))
    assert drawn.pop(0.0) == found.loss
    assert all(inside[t] == loss for t, loss in drawn.items())
    np.testing.assert_allclose(
        predicted.get_ydata(),
        found.loss + 0.5 * found.escape.curvature * predicted.get_xdata() ** 2,
    )


@pytest.mark.parametrize("activation", ["sigmoid", "softplus", "gelu", "relu"])
def test_pages_of_null_neurons_and_of_points_that_are_not_critical(activation):
    rng = np.random.default_rng(2)
    narrow, x, y = critical(rng, activation, 2, 3)
    found = classify(embed(narrow, x, y, width=4, kind="null", key=KEY).point, x, y)
    text = texts(classification_page(found))
    assert "strict saddle" in text
    assert "null 2 nos. 2, 3" in text
    assert "copies of narrow neuron 0 1 no. 0 " in text
    assert "distance moved" not in text
    text = texts(classification_page(classify(narrow, x, y + 1)))
    assert "Training has not come to rest" in text
    assert "Curvature" not in text


@pytest.mark.parametrize("name", ["tanh", "softplus"])
def test_a_silent_neuron_has_its_gain_marked_exactly(name):
    narrow, x, y = critical(np.random.default_rng(0), name, 1, 1, size=0.05)
    kind = Splitting(shares=(1.0, 0.0))
    found = classify(embed(narrow, x, y, width=2, kind=kind).point, x, y)
    if found.escape.kind != "silent":
        pytest.fail(found.escape.headline())
    measured, star = lines(escape_figure(found))
    assert list(star.get_xdata()) == [found.escape.step]
    at = list(measured.get_xdata()).index(found.escape.step)
    assert star.get_ydata()[0] == pytest.approx(measured.get_ydata()[at], rel=1e-12)


def test_a_deep_network_has_a_picture_of_every_layer():
    narrow, x, y = critical_deep(np.random.default_rng(5), "tanh")
    kind = Splitting(groups=((0, 1, 0), (0, 1)), shares=((0.3, 1, 0.7), (1, 1)))
    found = classify(embed(narrow, x, y, width=(3, 2), kind=kind).point, x, y)
    page = classification_page(found, command="suffice classify <deep>")
    assert 'id="neurons0"' in page
    assert 'id="neurons1"' in page
    check(page)
    assert "width 2 x 2 embedded at width 3 x 2" in texts(page)
    assert "suffice classify &lt;deep&gt;" in page


def test_a_spectrum_that_was_not_written_down_is_not_drawn():
    narrow, x, y = critical(np.random.default_rng(3), "tanh", 2, 2)
    found = classify(embed(narrow, x, y, width=510).point, x, y)
    assert found.inertia.method == "sliced"
    assert spectrum_figure(found) is None
    assert "sliced" in texts(classification_page(found))


def test_without_output_weights_there_is_no_narrow_network():
    empty = TwoLayer(jnp.zeros((2, 2)), jnp.zeros(2))
    x = np.random.default_rng(0).normal(size=(9, 2))
    y = x[:, 0] ** 2
    text = texts(classification_page(classify(empty, x, y)))
    assert "saddle" in text
