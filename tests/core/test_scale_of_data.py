"""Data of any usual unit are taken as they are, and others are refused in words."""

import numpy as np
import pandas as pd
import pytest

from suffice._core import check_scale
from suffice.auditing import audit
from suffice.completion import complete, factorisation_flow
from suffice.spectra import nudft, principal_directions

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((5, 2)) @ RNG.standard_normal((2, 6))
SEEN = RNG.random((5, 6)) < 0.8


def test_only_the_largest_entry_counts():
    for values in (0.0, [0.0, 1e-300, 1.0], [np.nan, np.inf, 1e50], ["a"], [True]):
        check_scale("x", np.asarray(values))
    for scale in (1e200, 1e-200):
        with pytest.raises(ValueError, match="Multiply x by a constant"):
            check_scale("x", scale * np.ones(3))
    check_scale("x", 1e-200 * np.ones(3), smallest=0.0)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_every_door_refuses_what_float64_cannot_square(scale):
    with pytest.raises(ValueError, match="entries has a largest entry of"):
        complete(scale * MATRIX, SEEN, rank=2)
    with pytest.raises(ValueError, match="values has a largest entry of"):
        factorisation_flow(scale * MATRIX, SEEN)
    x = RNG.standard_normal((20, 2))
    table = pd.DataFrame({"first": scale * x[:, 0], "y": x[:, 1]})
    with pytest.raises(ValueError, match="column 'first'"):
        audit(table, "y")
    with pytest.raises(ValueError, match="x has a largest entry of"):
        principal_directions(scale * x)


@pytest.mark.parametrize("power", [-150, -37, 12, 161])
def test_answers_scale_with_the_data(power):
    scale = 2.0**power
    one = complete(MATRIX, SEEN, rank=2)
    other = complete(scale * MATRIX, SEEN, rank=2)
    np.testing.assert_array_equal(other.status, one.status)
    np.testing.assert_allclose(other.values, scale * one.values, rtol=1e-7)
    x, y = np.sort(RNG.uniform(0, 1, 12)), RNG.standard_normal(12)
    frequencies = np.arange(5.0)
    plain = np.asarray(nudft(x, y, frequencies))
    np.testing.assert_array_equal(nudft(x, scale * y, frequencies), scale * plain)
