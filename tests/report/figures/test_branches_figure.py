"""The drawing of branches: every node is there, and what cannot be drawn is said."""

import io
import itertools

import pytest

from suffice.landscape import branches
from suffice.report import branches_figure


def words(figure):
    figure.canvas.draw_idle()
    inside = [text.get_text() for axes in figure.axes for text in axes.texts]
    return [*inside, figure.get_suptitle()]


@pytest.mark.parametrize(
    ("k", "m", "name"), [(1, 3, "generic"), (2, 4, "generic"), (1, 3, "tanh")]
)
def test_every_type_is_drawn_twice(k, m, name):
    found = branches(k, m, activation=name)
    figure = branches_figure(found)
    figure.savefig(io.BytesIO(), format="svg")
    text = words(figure)
    for kind in found.types:
        size = f"{kind.count} x dim {kind.dimension}"
        assert f"{kind.label}\n{size}" in text
        assert f"{kind.count} x ({kind.label})" in text
    marks = sum(len(c.get_offsets()) for c in figure.axes[0].collections[1:])
    assert marks == found.count


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"width": 6}, "674 branches are too many"),
        ({"width": 3, "activation": "softplus"}, "branches are curved"),
        ({"width": 6, "activation": "softplus"}, "too many types\nat width 6"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments, reason):
    figure = branches_figure(branches(1, **arguments, types=50))
    assert any(reason in text for text in words(figure))


@pytest.mark.parametrize(
    ("k", "width"),
    [
        *((1, 6), (2, 4), (3, 5)),
        pytest.param(2, 6, marks=pytest.mark.slow),
        pytest.param(3, 6, marks=pytest.mark.long),
    ],
)
def test_every_type_is_drawn_beside_the_others(k, width):
    """Boxes of one row keep apart, though most branches are not listed."""
    found = branches(k, width, listed=10)
    figure = branches_figure(found)
    figure.draw_without_rendering()
    assert len(figure.axes) == 2
    boxes = [
        text.get_bbox_patch().get_window_extent()
        for text in figure.axes[0].texts
        if " x dim " in text.get_text()
    ]
    assert len(boxes) == len(found.types)
    pairs = itertools.combinations(boxes, 2)
    assert not any(one.overlaps(other) for one, other in pairs)


@pytest.mark.parametrize(
    ("incidences", "parts"), [({0: [0], 1: [0]}, 1), ({0: [0]}, 6), ({}, 12)]
)
def test_connected_critical_sets_are_drawn_part_by_part(incidences, parts):
    found = branches(2, 3, loss="nonzero", activation="gelu")
    figure = branches_figure(found, incidences=incidences)
    text = words(figure)
    assert any(t.startswith(f"{parts} connected part") for t in text)
    assert sum(t.count("T") + t.count("Z") == 3 for t in text if len(t) == 8) == 12
    assert len(branches_figure(found).axes) == 1  # growth alone
