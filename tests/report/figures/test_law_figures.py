"""The figure of a design shows its places in the units of the inputs."""

import numpy as np
import pytest

import suffice as sf
from suffice.auditing import Region
from suffice.report._figures._law import design_figure
from suffice.report._pages._law_tables import design_grid


def line(a, u=1.0, v=2.0):
    return u + v * a


def plane(a, b, u=1.0, v=2.0):
    return u * a + v * b


def room(a, b, c, u=1.0, v=2.0, w=3.0):
    return u * a + v * b + w * c


@pytest.mark.parametrize("function", [line, plane, room])
def test_the_places_are_at_their_values(function):
    law = sf.law(function)
    corners = Region(levels={name: (2, 5) for name in law.inputs})
    best = sf.design(law, region=corners, size=4)
    figure = design_figure(best, None)
    drawn = [axes.collections[0].get_offsets() for axes in figure.axes]
    if len(law.inputs) == 2:
        np.testing.assert_array_equal(drawn[0], best.x)
        assert figure.axes[0].get_ylabel() == "b"
    else:
        columns = np.stack([offsets[:, 0] for offsets in drawn], axis=1)
        np.testing.assert_array_equal(columns, best.x)
        assert figure.axes[-1].get_xlabel() == law.inputs[-1]
    assert figure.axes[0].get_xlabel() == "a"
    assert best.headline().startswith(f"Measure {function.__name__} at a = ")
    batches = sf.design(law, region=corners, size=4, batches=2)
    assert design_grid(batches).head == (*law.inputs, "batch 1", "batch 2")
