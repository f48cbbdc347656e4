"""The drawing of branches: every node is there, and what cannot be drawn is said."""

import io

import pytest

from suffice.landscape import branches
from suffice.report import branches_figure


def words(figure):
    figure.canvas.draw_idle()
    return [text.get_text() for axes in figure.axes for text in axes.texts]


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
        ({"width": 3, "loss": "nonzero"}, "loss='zero'"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments, reason):
    figure = branches_figure(branches(1, **arguments, types=50))
    assert any(reason in text for text in words(figure))
