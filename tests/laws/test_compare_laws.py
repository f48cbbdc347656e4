"""Which law: cross-validation, nested tests, and the measurement that would tell."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from tables import michaelis, treated

import suffice as sf
from suffice.auditing import Region
from suffice.laws import compare_laws


def line(conc, a=50.0, b=100.0):
    return a + b * conc


def hill(conc, vmax=200.0, km=0.1, n=1.0):
    return vmax * conc**n / (km**n + conc**n)


@pytest.fixture(scope="module")
def found():
    laws = [sf.law(function, ["conc"]) for function in (line, hill, michaelis)]
    return compare_laws(laws, treated, "rate", starts=6)


def test_the_published_law_is_chosen(found):
    assert found.chosen == "michaelis"
    assert found.aicc[2] == 0
    assert found.unseen[0] > 2 * found.unseen[2]
    assert "michaelis is the law to take" in found.headline()


def test_a_law_within_another_is_tested(found):
    (small, large, p), *rest = found.nested
    assert (small, large) == ("michaelis", "hill")
    assert rest == []
    assert p > 0.05
    parameters = np.array(found.squares)
    ratio = (parameters[2] - parameters[1]) / (parameters[1] / 9)
    assert p == pytest.approx(scipy.stats.f.sf(ratio, 1, 9))


def test_the_telling_measurement_is_where_the_laws_part():
    def rising(x, a=1.0):
        return a * x

    def bent(x, a=1.0, b=0.01):
        return a * x + b * x**4

    x = np.linspace(0, 1, 12)
    y = x + 0.02 * np.random.default_rng(0).standard_normal(12)
    laws = [sf.law(rising), sf.law(bent)]
    found = compare_laws(laws, pd.DataFrame({"x": x, "y": y}), "y", starts=2)
    assert found.chosen == "rising"
    assert found.apart["x"] > 0.9
    assert 0 < found.difference < 5
    region = Region(levels={"x": (0.1, 0.5)})
    table = pd.DataFrame({"x": x, "y": y})
    inside = compare_laws(laws, table, "y", starts=2, region=region)
    assert inside.apart == {"x": 0.5}


def test_akaike_matches_the_formula(found):
    n, k = 12, np.array([3, 4, 3])
    aicc = n * np.log(np.array(found.squares) / n) + 2 * k
    aicc = aicc + 2 * k * (k + 1) / (n - k - 1)
    np.testing.assert_allclose(found.aicc, aicc - aicc.min(), atol=1e-9)


def test_laws_that_cannot_be_compared_are_refused():
    one = sf.law(michaelis, ["conc"])
    with pytest.raises(ValueError, match="at least two of different"):
        compare_laws([one, one], treated, "rate")
    with pytest.raises(ValueError, match="has the inputs conc, and another law"):
        compare_laws([one, sf.law(lambda x, a=1.0: a * jnp.exp(x))], treated, "rate")
