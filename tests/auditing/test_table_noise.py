"""What repeated measurements say of the noise, and of the fit."""

import jax
import numpy as np
import pytest
import scipy.stats

from suffice._core import group_means, lack_of_fit, pure_error
from suffice.auditing import audit, Table
from suffice.auditing._audit import _final
from suffice.auditing._dependence import dependence
from suffice.auditing._memory import Memory
from suffice.auditing._noise import _ends, noise_of
from suffice.auditing._standard import Standard
from suffice.auditing._width import width_curve


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
    assert bent.next is None or bent.next.error is None


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


def test_repeats_give_an_interval_that_holds_the_noise_as_often_as_it_says():
    inside = 0
    for seed in range(400):
        table = doses(3, 0.7, seed, bend=2.0)  # no model is involved
        data = Standard.of(table)
        low, high = _ends(*pure_error(data.y, data.groups))
        inside += low * data.unit < 0.7 < high * data.unit
    assert scipy.stats.binomtest(inside, 400, 0.95).pvalue > 1e-4


@pytest.mark.slow
def test_planted_noise_comes_out_within_its_interval():
    """Fifteen lines and curves without repeats; 95 of 100 are asked for."""
    inside = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-1, 1, (int(rng.integers(25, 80)), 2))
        law = x @ [1.0, -0.5] if seed % 2 else np.tanh(2 * x[:, 0]) + x[:, 1] ** 2
        noise = float(rng.choice([0.05, 0.3]))
        data = Standard.of(
            Table(("a", "b"), "y", x, law + noise * rng.normal(size=len(x)))
        )
        key = jax.random.key(seed)
        widths = width_curve(
            data,
            dependence=dependence(data, key=key),
            max_width=2,
            folds=4,
            restarts=4,
            key=key,
            memory=Memory(None),
        )
        found = noise_of(_final(data, widths, 4, key), data, widths)
        inside += found.low <= noise <= found.high
    assert inside >= 12  # with 95 of 100 this fails in 5 of 1000 draws
