"""How many more rows a parameter needs: closed forms, units, and a published table."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from tables import michaelis, treated

import suffice as sf
from suffice.laws import compare_laws, fit_law, rows_needed


@pytest.fixture(scope="module")
def fit():
    return fit_law(sf.law(michaelis, ["conc"]), treated, "rate")


def hill(conc, vmax=200.0, km=0.1, n=1.0):
    return vmax * conc**n / (km**n + conc**n)


def line(x, a=1.0, b=1.0):
    return a + b * x


def test_how_many_more_rows_the_published_table_needs(fit):
    need = rows_needed(fit, "km", 0.004)
    assert need.repeated == 40
    assert need.planned == 23
    assert need.by_determinant == 27
    assert abs(need.uniform - 90) <= 4
    assert (need.x < 0.1).sum() == 17
    assert (need.x == 1.1).sum() == 6
    after = sf.design(fit, criterion="km", size=23)
    assert after.errors["km"] * fit["km"].value == pytest.approx(0.003936, rel=1e-3)
    assert rows_needed(fit, "km", 0.01).planned == 0


def test_the_rows_of_an_interval_are_those_of_students_distribution():
    """Rows at both ends of a line: after more pairs all is in closed form."""
    noise = np.array([0.1, -0.1, 0.1, -0.1])
    x = np.array([-1.0, -1.0, 1.0, 1.0])
    fit = fit_law(sf.law(line), pd.DataFrame({"x": x, "y": x + noise}), "y", starts=1)
    reach = fit["b"].linear[1] - fit["b"].value
    assert fit["b"].interval[1] - fit["b"].value == pytest.approx(reach)

    def after(more):
        freedom = 2 + more
        return scipy.stats.t.isf(0.025, freedom) * fit.residual / (4 + more) ** 0.5

    assert reach == pytest.approx(after(0))
    for more in (2, 4, 10):
        want = after(more) * 1.0001
        assert rows_needed(fit, "b", want, interval=True).repeated == more
        assert rows_needed(fit, "b", want, interval=True).planned == more
    now = rows_needed(fit, "b", 1.001 * reach, interval=True)
    assert "reaches 0.304 to each side already" in now.headline()
    assert rows_needed(fit, "b", 0.999 * reach, interval=True).planned > 0
    assert rows_needed(fit, "b", 0.9 * reach / 2).planned == 0  # its standard error


@pytest.mark.slow
def test_known_deviations_count_before_and_after():
    """The same table in units of its known noise has the same designs and rows."""
    rng = np.random.default_rng(0)
    s = np.repeat([0.05, 0.1, 0.3, 0.8], 3)
    rate = michaelis(s) + 3 * rng.standard_normal(12)
    law = sf.law(michaelis, ["conc"])
    table = pd.DataFrame({"conc": s, "rate": rate, "sd": 3.0})
    small = table.assign(rate=table.rate / 3, sd=1.0)
    unit = sf.law(lambda conc, vmax=70.0, km=0.1: vmax * conc / (km + conc))
    one, other = (
        fit_law(made, rows, "rate", error="sd", starts=1)
        for made, rows in ((law, table), (unit, small))
    )
    found, same = (sf.design(fit, size=4) for fit in (one, other))
    assert found.rows == same.rows
    assert found.errors == pytest.approx(same.errors, rel=1e-4)
    assert found.errors["km"] < one["km"].error / one["km"].value < 0.5
    want = one["km"].error / 2
    need = rows_needed(one, "km", want)
    assert need.planned < need.repeated == 36 == rows_needed(other, "km", want).repeated
    assert need.planned == rows_needed(other, "km", want).planned
    both = [
        compare_laws([made, sf.law(hill, start=start)], rows, "rate", error="sd")
        for made, rows, start in ((law, table, {}), (unit, small, {"vmax": 70.0}))
    ]
    assert both[0].apart == pytest.approx(both[1].apart)
    assert both[0].difference == pytest.approx(both[1].difference, rel=1e-3)
