"""The continued learning curve, and how many more rows a wanted error needs."""

import numpy as np
import pytest
from advice_cases import estimate, NONE

from suffice.auditing._design._forecast import (
    change_of_error,
    continued,
    ErrorForecast,
)
from suffice.auditing._design._more import more_for_new
from suffice.auditing._design._next import foretold_power
from suffice.auditing._design._want import wanted
from suffice.auditing._references import References


def test_few_rows_or_an_unstable_fit_are_foretold_with_less_fall():
    assert foretold_power(40, 10, estimate()) == 1.0
    assert foretold_power(39, 10, estimate()) == 0.65
    assert foretold_power(400, 10, estimate(ratio=1.5)) == 0.65


def test_the_forecast_of_least_squares():
    # 60 rows, 5 parameters, 54 in each fit: from 1 to 0.972308 at 120 rows.
    found = change_of_error(np.array([120]), 54, 5, None)
    assert found[0] == pytest.approx(0.972308, abs=5e-7)


def test_the_forecast_is_the_error_of_fresh_fits():
    rng = np.random.default_rng(1)
    mean = {}
    for n in (20, 40):
        x = rng.normal(size=(4000, n, 4))
        j = np.concatenate([np.ones((4000, n, 1)), x], axis=2)
        y = rng.normal(size=(4000, n, 1))
        theta = np.linalg.solve(j.mT @ j, j.mT @ y)[..., 0]
        mean[n] = 1 + (theta**2).sum(1).mean()  # new inputs have unit covariance
    # The chi-square of 4000 fits moves the ratio by about one percent.
    found = change_of_error(np.array([40]), 20, 5, None)[0]
    assert found == pytest.approx(np.sqrt(mean[40] / mean[20]), rel=0.02)


def test_a_floor_is_found_in_the_curve():
    n = np.array([10, 40, 60, 80, 90])
    floor, fall = continued(n, 0.9 + 5.4 / n, 100 - n, 100)
    assert floor == pytest.approx(0.9)
    assert fall == pytest.approx(5.4)
    assert continued(n, 0.1 + n / 100.0, 100 - n, 100)[1] == 0.0
    assert continued(n[:2], np.ones(2), 100 - n[:2], 100) is None


def curve(n=100, fitted=90, now=1.0, uncertainty=0.0):
    """A forecast of which the curve itself is 0.9 + 5.4 / n."""
    line = np.zeros(1)
    return ErrorForecast(
        np.array([n]),
        line,
        line,
        line,
        0.9**0.25 / (0.9 + 5.4 / fitted) ** 0.25 * now,
        now,
        fitted,
        uncertainty,
        (0.9, 5.4),
        7,
    )


def test_the_number_of_rows_is_where_the_curve_is_small_enough():
    # Half the slope in logarithms: where the curve itself is at 0.92, with 270 rows.
    want = ((0.92) / (0.9 + 5.4 / 90)) ** 0.25
    found = more_for_new(want * (1 + 1e-9), curve(), estimate(), NONE, 1.0)
    assert found.verdict == "more"
    assert found.random == 270 - 100
    assert found.least == 0  # the interval of the error holds what is wanted
    assert found.most is None
    assert found.planned is None
    assert "takes about 170 more measurements of the same kind" in str(found)


def test_what_lies_below_the_floor_is_never_reached():
    floor = (0.9 / (0.9 + 5.4 / 90)) ** 0.25
    found = more_for_new(floor, curve(), estimate(), NONE, 1.0)
    assert found.verdict == "never"
    assert found.random is None
    assert found.floor == pytest.approx(floor)
    assert "never reached with this noise" in str(found)
    noisy = estimate(source="repeated measurements", pure_error=0.99)
    assert more_for_new(0.985, curve(), noisy, NONE, 1.0).verdict == "never"


def test_just_above_the_floor_takes_more_than_ten_times_the_rows():
    floor = (0.9 / (0.9 + 5.4 / 90)) ** 0.25
    found = more_for_new(floor * 1.0001, curve(), estimate(), NONE, 1.0)
    assert found.verdict == "beyond"
    assert "more than 10 times the rows" in str(found)


def test_another_model_is_named_where_it_is_already_better():
    numbers = np.array([[0.25], [0.7], [0.1], [-0.7], [0.1]])
    process = References(("Gaussian process",), *numbers)
    found = more_for_new(0.6, curve(), estimate(), process, 1.0)
    assert found.verdict == "another model"
    assert "the Gaussian process leaves 0.5 on unseen samples" in str(found)
    assert more_for_new(1.5, curve(), estimate(), process, 1.0).verdict == "enough"


@pytest.mark.parametrize(
    ("want", "value"), [(5, 5.0), ("5", 5.0), ("10%", 0.3), (" 10 % ", 0.3)]
)
def test_a_wanted_error_is_a_number_or_a_share(want, value):
    assert wanted(want, 3.0) == pytest.approx(value)


@pytest.mark.parametrize("want", [0, -1, "nan", "inf", "ten", "", "%", "1e999"])
def test_an_impossible_wanted_error_is_refused(want):
    with pytest.raises(ValueError, match=r"want is .*expected a positive error"):
        wanted(want, 1.0)
