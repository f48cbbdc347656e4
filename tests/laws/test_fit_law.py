"""What a table says of the parameters: published fits, and hand calculations."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import scipy.stats
from published import compartment, enzyme, inhibited, two_exponentials
from tables import demand, michaelis, saturation, treated, untreated

import suffice as sf
from suffice.laws import fit_law, rows_needed

# Values by two independent methods, to the digits shown: estimate, standard error,
# linear interval, interval of the profile.
KNOWN = {
    "treated": (
        (212.6837, 6.9472, 197.205, 228.163, 197.302, 229.289),
        (0.064121, 0.008281, 0.04567, 0.08257, 0.04692, 0.08616),
    ),
    "untreated": (
        (160.2800, 6.4802, 145.621, 174.939, 145.637, 176.544),
        (0.047708, 0.007782, 0.03010, 0.06531, 0.03137, 0.07006),
    ),
    "demand": (
        (19.1426, 2.4959, 12.21, 26.07, 14.049, 38.456),
        (0.53109, 0.20308, -0.0328, 1.0949, 0.1314, 1.8082),
    ),
    "demand, 80 %": (
        (19.1426, 2.4959, 15.316, 22.969, 16.016, 24.818),
        (0.53109, 0.20308, 0.2197, 0.8425, 0.2792, 0.9678),
    ),
}
# Correlation, residual sd, sum of squares.
FITS = {
    "treated": (0.7651, 10.9337, 1195.4488),
    "untreated": (0.7768, 9.7730, 859.6043),
    "demand": (-0.8528, 2.5490, 25.9903),
    "demand, 80 %": (-0.8528, 2.5490, 25.9903),
}


@pytest.fixture(scope="module")
def fits():
    rate, oxygen = sf.law(michaelis, ["conc"]), sf.law(saturation, ["time"])
    return {
        "treated": fit_law(rate, treated, "rate"),
        "untreated": fit_law(rate, untreated, "rate"),
        "demand": fit_law(oxygen, demand, "demand"),
        "demand, 80 %": fit_law(oxygen, demand, "demand", level=0.8),
    }


@pytest.mark.parametrize("name", KNOWN)
def test_published_fits_are_met_to_all_their_digits(fits, name):
    fit = fits[name]
    for estimate, known in zip(fit.estimates, KNOWN[name], strict=True):
        found = (estimate.value, estimate.error, *estimate.linear, *estimate.interval)
        np.testing.assert_allclose(found, known, rtol=3e-4, atol=6e-5)
        assert estimate.open == (False, False)
    correlation, residual, squares = FITS[name]
    assert fit.correlations[0, 1] == pytest.approx(correlation, abs=6e-5)
    assert fit.residual == pytest.approx(residual, abs=6e-5)
    assert fit.squares == pytest.approx(squares, abs=6e-5)
    assert fit.determined is not None
    assert fit.determined.whole
    assert fit.others == ()
    assert fit.checks == ()


def test_repeats_give_the_pure_error_and_the_test_of_fit(fits):
    found = [
        (fit.pure_error, fit.freedom, fit.misfit)
        for fit in (fits["treated"], fits["untreated"])
    ]
    np.testing.assert_allclose(
        found, [(10.782, 6, 0.447), (8.911, 5, 0.340)], atol=6e-4
    )
    assert fits["demand"].pure_error is None
    assert fits["demand"].misfit is None


def test_a_line_with_repeats_is_that_of_the_hand_calculation():
    def line(x, intercept=1.0, slope=1.0):
        return intercept + slope * x

    table = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "y": [0, 2, 3, 5, 10, 12]})
    fit = fit_law(sf.law(line, ["x"]), table, "y")
    assert fit["intercept"].value == pytest.approx(1 / 3)
    assert fit["slope"].value == pytest.approx(5)
    assert fit.squares == pytest.approx(34 / 3)
    assert fit.misfit == pytest.approx(0.200976, abs=1e-6)
    for estimate in fit.estimates:  # of a linear law both intervals agree
        np.testing.assert_allclose(estimate.interval, estimate.linear, rtol=1e-6)
    assert fit.leverage.sum() == pytest.approx(2)


def test_flip_flop_kinetics_have_two_solutions():
    t = np.array([0.25, 0.5, 1, 2, 4, 8, 12, 24])
    noise = 1 + 0.02 * np.random.default_rng(0).standard_normal(8)
    truth = sf.law(compartment, ["t"], fixed={"f": 1.0})
    y = np.asarray([truth(jnp.array([time])) for time in t]) * noise
    fit = fit_law(truth, pd.DataFrame({"t": t, "c": y}), "c")
    v, ka, ke = (fit[name].value for name in ("v", "ka", "ke"))
    assert len(fit.others) == 1
    other = fit.others[0]
    np.testing.assert_allclose(
        [other["v"], other["ka"], other["ke"]], [v * ke / ka, ke, ka], rtol=1e-5
    )


def test_swapped_exponentials_are_said():
    t = np.linspace(0, 10, 21)
    law = sf.law(two_exponentials, ["t"])
    y = np.asarray([law(jnp.array([time])) for time in t])
    y = y + 0.01 * np.random.default_rng(0).standard_normal(21)
    fit = fit_law(law, pd.DataFrame({"t": t, "y": y}), "y")
    a, k, b, m = (e.value for e in fit.estimates)
    assert len(fit.others) == 1
    np.testing.assert_allclose(list(fit.others[0].values()), [b, m, a, k], rtol=1e-4)


def test_the_worst_direction_of_two_exponentials():
    t = np.linspace(0, 10, 21)
    law = sf.law(two_exponentials, ["t"])
    y = np.asarray([law(jnp.array([time])) for time in t])
    fit = fit_law(law, pd.DataFrame({"t": t, "y": y}), "y", starts=1)
    assert fit.spread == pytest.approx(221, rel=2e-3)


def test_parameters_that_a_table_does_not_determine_have_no_interval():
    s = np.linspace(0.1, 2, 12)
    y = enzyme(s) + 0.01 * np.random.default_rng(0).standard_normal(12)
    fit = fit_law(sf.law(enzyme, ["s"]), pd.DataFrame({"s": s, "v": y}), "v")
    assert fit["kcat"].verdict == fit["e0"].verdict == "not determined"
    assert fit["km"].verdict == "determined"
    assert fit["km"].interval[0] < 0.8 < fit["km"].interval[1]
    only = fit_law(sf.law(enzyme, ["s"], fixed=["e0"]), fit.data)
    assert only["km"].interval == pytest.approx(fit["km"].interval, rel=1e-5)
    assert only["km"].error == pytest.approx(fit["km"].error, rel=1e-5)


def test_rows_may_determine_less_than_the_law_allows():
    s = np.linspace(0.1, 5, 10)
    table = pd.DataFrame({"s": s, "i": 0.0, "v": inhibited(s, 0.0)})
    law = sf.law(inhibited, ["s", "i"])
    assert sf.identify(law).whole
    fit = fit_law(law, table, "v", starts=2)
    assert fit.determined is not None
    assert fit.determined.without_influence == ("ki",)
    assert fit["ki"].verdict == "not determined"


def test_an_interval_is_open_where_the_data_do_not_end_it():
    time = np.array([0.1, 0.2, 0.3, 0.4])
    y = saturation(time, 20.0, 0.3) + np.array([0.05, -0.03, 0.02, -0.04])
    law = sf.law(saturation, ["time"], positive=["k"])
    fit = fit_law(law, pd.DataFrame({"time": time, "y": np.asarray(y)}), "y")
    assert fit["a"].open[1]
    assert fit["a"].interval[1] == np.inf
    assert fit["k"].open[0]
    assert fit["k"].interval[0] == 0
    assert "∞)" in fit["a"].between


def test_bounds_are_respected():
    law = sf.law(michaelis, ["conc"], bounds={"km": (0.1, 1.0)})
    fit = fit_law(law, treated, "rate", starts=4)
    assert fit["km"].value == pytest.approx(0.1)
    assert fit["km"].open[0]
    assert any("km stays at its bound 0.1, where" in said for said in fit.checks)


def test_known_standard_deviations_weigh_the_rows():
    table = treated.assign(sd=np.tile([10.0, 5.0], 6))  # of repeats, too
    fit = fit_law(sf.law(michaelis, ["conc"]), table, "rate", error="sd", starts=4)
    weighed = [
        (row.rate - michaelis(row.conc, fit["vmax"].value, fit["km"].value)) / row.sd
        for row in table.itertuples()
    ]
    assert fit.squares == pytest.approx(sum(r**2 for r in weighed))
    assert 0 < fit.misfit < 1
    apart = np.diff(table.rate.to_numpy().reshape(6, 2), axis=1)
    assert fit.pure_error == pytest.approx(np.mean(apart**2 / (100 + 25)) ** 0.5)


def test_a_law_of_several_outputs_is_fitted_to_several_columns():
    def both(t, a=1.0, k=0.5):
        decayed = a * jnp.exp(-k * t)
        return decayed, a - decayed

    t = np.linspace(0, 5, 8)
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"t": t, "left": 2 * np.exp(-0.7 * t), "made": 0.0})
    table["made"] = 2 - table.left + 0.01 * rng.standard_normal(8)
    fit = fit_law(sf.law(both, ["t"]), table, ("left", "made"), starts=4)
    assert fit["a"].value == pytest.approx(2, abs=0.02)
    assert fit["k"].value == pytest.approx(0.7, abs=0.02)
    with pytest.raises(ValueError, match="has 2 outputs"):
        fit_law(sf.law(both, ["t"]), table, "left")


def test_too_few_measurements_are_refused():
    law = sf.law(two_exponentials, ["t"])
    table = pd.DataFrame({"t": [1.0, 1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(ValueError, match="3 distinct inputs, and two_exp"):
        fit_law(law, table, "y")


def line(x, a=1.0, b=1.0):
    return a + b * x


@pytest.mark.parametrize("y", ["1 + 2 * x", "2 + 0 * x"])
def test_data_without_noise_have_exact_parameters(y):
    x = np.linspace(0, 1, 6)
    table = pd.DataFrame({"x": x, "y": eval(y, {"x": x})})
    fit = fit_law(sf.law(line), table, "y", starts=2)
    assert [e.interval for e in fit.estimates] == [
        (e.value,) * 2 for e in fit.estimates
    ]
    np.testing.assert_allclose(line(x, *(e.value for e in fit.estimates)), table.y)
    assert rows_needed(fit, "a", 1e-3).planned == 0
    assert fit.checks == ()


def test_without_a_row_more_than_parameters_the_noise_is_not_known():
    fit = fit_law(sf.law(line), pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 3.0]}), "y")
    assert [e.verdict for e in fit.estimates] == ["noise not known"] * 2
    assert fit["b"].value == pytest.approx(2)
    assert "b = 2." in fit.headline()
    assert np.isnan(list(sf.design(fit, size=2).errors.values())).all()


@pytest.mark.slow
def test_a_fit_that_has_not_come_to_rest_says_so():
    x = np.linspace(0, 1, 6)
    table = pd.DataFrame({"x": x, "y": 1e90 * (1 + x + 0.01 * np.sin(40 * x))})
    fit = fit_law(sf.law(line), table, "y", starts=1)
    assert any("not come to rest" in said for said in fit.checks)
    assert "The fit has not come to rest" in fit.headline()


@pytest.mark.parametrize("rows", [3, 4, 9])
def test_what_rounding_errors_reach_is_zero_and_no_other_solution(rows):
    def decay(t, a=1.0, k=0.3, c=0.1):
        return a * np.exp(-k * t) + c

    t = np.linspace(0.5, 4.0, rows)
    table = pd.DataFrame({"t": t, "y": 4 * np.exp(-0.6 * t)})
    fit = fit_law(sf.law(decay, inputs=["t"]), table, "y")
    assert fit["c"].value == 0.0
    assert fit["a"].value == pytest.approx(4.0)
    assert fit.others == ()


def test_one_column_has_one_part():
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 2.5]})
    law = sf.law(lambda x, a=1.0: a * x)
    for options in ({"target": "x"}, {"target": "y", "error": "y"}):
        with pytest.raises(ValueError, match="is named twice"):
            fit_law(law, table, **options)


@pytest.mark.parametrize("unit", [1e-12, 1e-9, 1e9])
def test_the_unit_of_the_measurements_changes_no_fit(unit):
    def diode(v, b=1.0, c=1.0):
        return unit * c * (np.exp(b * v) - 1)

    v = np.linspace(0.1, 2, 12)
    noise = 1 + 0.02 * np.random.default_rng(1).standard_normal(12)
    y = 0.4 * (np.exp(1.7 * v) - 1) * noise
    fit = fit_law(sf.law(diode), pd.DataFrame({"v": v, "y": unit * y}), "y", starts=1)
    known, covariance = scipy.optimize.curve_fit(
        lambda v, b, c: c * (np.exp(b * v) - 1), v, y, p0=[1.0, 1.0]
    )
    np.testing.assert_allclose([e.value for e in fit.estimates], known, rtol=1e-5)
    errors = [e.error for e in fit.estimates]
    np.testing.assert_allclose(errors, np.diag(covariance) ** 0.5, rtol=1e-4)
