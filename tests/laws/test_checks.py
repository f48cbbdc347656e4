"""What residuals say against a fit, and what they do not."""

import numpy as np
import pandas as pd
import pytest

import suffice as sf
from suffice.laws import fit_law


def test_an_outlying_row_and_a_law_of_another_form_are_said():
    x = np.linspace(0, 1, 30)
    y = 1 + 2 * x + 0.01 * np.random.default_rng(0).standard_normal(30)

    def line(x, a=1.0, b=1.0):
        return a + b * x

    law = sf.law(line, ["x"])
    off = y.copy()
    off[7] += 0.5
    fit = fit_law(law, pd.DataFrame({"x": x, "y": off}), "y", starts=2)
    assert any("row 8 lies" in said for said in fit.checks)
    fit = fit_law(law, pd.DataFrame({"x": x, "y": y + x**3}), "y", starts=2)
    assert any("of another form" in said for said in fit.checks)


def test_a_row_that_no_other_checks_is_no_outlier():
    def own(x, a=1.0, b=1.0, c=1.0):
        return a + b * x + c * (x > 8.5)

    x = np.arange(10.0)
    y = x + 0.1 * np.random.default_rng(0).standard_normal(10)
    fit = fit_law(sf.law(own), pd.DataFrame({"x": x, "y": y}), "y", starts=1)
    assert fit.leverage[-1] == pytest.approx(1)
    assert fit.checks == ()
