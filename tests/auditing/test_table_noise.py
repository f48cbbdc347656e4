"""What repeated measurements say of the noise, and of the fit."""

import numpy as np
import pytest
import scipy.stats

from suffice._core import group_means, lack_of_fit, pure_error
from suffice.auditing import audit, Table
from suffice.auditing._standard import Standard


def doses(repeats, noise, seed=0, bend=0.0):
    """A straight line, or a parabola, measured several times at six doses."""
    rng = np.random.default_rng(seed)
    x = np.repeat(np.linspace(-1, 1, 6), repeats)
    y = 1 + 2 * x + bend * (3 * x**2 - 1) + noise * rng.normal(size=len(x))
    return Table(("dose",), "effect", x[:, None], y)


def test_pure_error_is_the_spread_within_the_doses():
    table = doses(4, 0.3)
    data = Standard.of(table)
    squares, freedom = pure_error(data.y, data.groups)
    within = [table.y[table.x[:, 0] == x] for x in np.unique(table.x)]
    expected = sum(((y - y.mean()) ** 2).sum() for y in within)
    assert freedom == 24 - 6
    assert squares * data.unit**2 == pytest.approx(expected)
    means = group_means(table.y, data.groups, data.weights)
    np.testing.assert_allclose(sorted(means), sorted(y.mean() for y in within))


def test_the_lack_of_fit_of_a_true_line_is_uniform_by_chance():
    p = []
    for seed in range(400):
        table = doses(2, 1.0, seed)
        data = Standard.of(table)
        line = np.polynomial.Polynomial.fit(data.x[:, 0], data.y, 1)(data.x[:, 0])
        within, _ = pure_error(data.y, data.groups)
        p.append(lack_of_fit(((data.y - line) ** 2).sum(), within, 4, 6))
    assert scipy.stats.kstest(p, "uniform").pvalue > 1e-3


@pytest.fixture(scope="module")
def bent():
    return audit(doses(5, 0.05, bend=0.5), max_width=1, folds=3, restarts=1, splits=6)


@pytest.mark.slow
def test_equal_doses_are_all_kept_and_tell_the_noise(bent):
    found = bent.sufficiency.noise
    assert bent.rows == 30
    assert found.source == "repeated measurements"
    assert found.freedom == 24
    low, high = np.sqrt(scipy.stats.chi2.interval(0.999, 24) / np.array(24)) * 0.05
    assert low < found.value < high


def test_a_misfit_withdraws_what_noise_alone_would_say(bent):
    found = bent.sufficiency
    assert found.noise.lack_of_fit < 1e-6
    assert not found.noise.settled
    assert found.typical_error is None
    assert found.worst_error is None
    assert bent.next is None or bent.next.region_error is None


def test_no_point_of_the_curve_rests_on_nothing(bent):
    curve = bent.learning
    assert (curve.unseen > 0).all()
    assert (curve.scored > 0).all()
    assert (curve.error > 0).all()


def test_no_network_has_more_parameters_than_a_fold_leaves_inputs():
    found = audit(doses(5, 0.05, bend=0.5), folds=3, restarts=1, splits=1)
    fitted = [widths for widths in found.widths.parameters if widths > 4]
    assert fitted == []
    assert "only 4 distinct inputs" in found.widths.stopped
