"""Times that are only bounded from below."""

import numpy as np
import pytest

from suffice.spectra import kaplan_meier


def test_without_censoring_it_is_the_empirical_distribution():
    found = kaplan_meier(np.array([4.0, 1.0, 2.0, 3.0]), np.zeros(4, bool))
    assert found.times.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(found.share, [0.75, 0.5, 0.25, 0])
    assert found.median == 2
    assert found.median_low <= 2 <= found.median_high


def test_the_product_of_the_shares_that_go_on():
    """Of 6 runs: 1 arrives among 6, one is lost, 1 among 4, one is lost, 1 among 2."""
    times = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    lost = np.array([False, True, False, True, False, True])
    found = kaplan_meier(times, lost)
    share = dict(zip(found.times, found.share, strict=True))
    np.testing.assert_allclose(share[1], 5 / 6)
    np.testing.assert_allclose(share[3], 5 / 6 * 3 / 4)
    np.testing.assert_allclose(share[5], 5 / 6 * 3 / 4 / 2)
    assert (found.median, found.arrived, found.runs) == (5, 3, 6)
    assert (found.low <= found.share).all()
    assert (found.share <= found.high).all()


def test_fewer_than_half_have_no_median():
    found = kaplan_meier(np.array([5.0, 9.0, 9.0]), np.array([False, True, True]))
    assert found.median == np.inf
    nobody = kaplan_meier(np.array([9.0, 9.0]), np.array([True, True]))
    assert (nobody.median, nobody.arrived) == (np.inf, 0)
    assert "0 of 2 runs arrived" in nobody.headline()


def test_the_interval_covers_at_its_rate():
    """Exponential times with a third censored: the median is in 95 % of intervals."""
    rng, inside = np.random.default_rng(0), 0
    for _ in range(300):
        times, ends = rng.exponential(1, 25), rng.exponential(2, 25)
        found = kaplan_meier(np.minimum(times, ends), times > ends)
        inside += found.median_low <= np.log(2) <= found.median_high
    assert inside >= 270  # a rate of 0.95 falls below with a chance of 1e-3


def test_wrong_times_are_named():
    with pytest.raises(ValueError, match="expected a finite time"):
        kaplan_meier(np.array([np.inf]), np.array([True]))
