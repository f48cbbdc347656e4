"""Predictions of a fitted law: those of the textbook, and those that nothing shows."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from published import inhibited

import suffice as sf
from suffice.laws import fit_law


def test_predictions_of_a_line_have_the_intervals_of_the_textbook():
    def line(x, a=1.0, b=1.0):
        return a + b * x

    rng = np.random.default_rng(0)
    x = np.linspace(0, 1, 9)
    table = pd.DataFrame({"x": x, "y": 1 + 2 * x + 0.1 * rng.standard_normal(9)})
    fit = fit_law(sf.law(line), table, "y", starts=1)
    found = fit.predict(np.array([[0.5], [2.0]]))
    share = 1 / 9 + (np.array([0.5, 2.0]) - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    np.testing.assert_allclose(found.function_error, fit.residual * share**0.5)
    half = scipy.stats.t.isf(0.025, 7) * fit.residual * (1 + share) ** 0.5
    np.testing.assert_allclose(found.high - found.value, half)
    assert found.outside.tolist() == [False, True]
    with pytest.raises(ValueError, match="the columns x"):
        fit.predict(np.ones((2, 3)))


def test_a_prediction_that_the_table_does_not_see_has_no_interval():
    s = np.linspace(0.1, 5, 10)
    noise = 0.01 * np.random.default_rng(0).standard_normal(10)
    table = pd.DataFrame({"s": s, "i": 0.0, "v": inhibited(s, 0.0) + noise})
    fit = fit_law(sf.law(inhibited, ["s", "i"]), table, "v", starts=1)
    found = fit.predict(np.array([[1.0, 0.0], [1.0, 2.0]]))
    assert np.isfinite(found.function_error).tolist() == [True, False]
