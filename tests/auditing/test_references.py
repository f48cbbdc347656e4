"""Other descriptions of a table stand beside the networks, and are said first."""

import dataclasses

import jax
import numpy as np
import pytest

from suffice.auditing import audit, References, Table
from suffice.auditing._memory import Memory
from suffice.auditing._references import references
from suffice.auditing._width import paired

QUICK = {"max_width": 1, "folds": 5, "restarts": 2, "splits": 2}


@pytest.fixture(scope="module")
def gas():
    rng = np.random.default_rng(0)
    x = np.exp(rng.uniform(-1, 1, (60, 3)))
    y = x[:, 0] * x[:, 1] / x[:, 2] * np.exp(0.01 * rng.normal(size=60))
    table = Table(("n", "T", "V"), "p", x, y, source="gas")
    return audit(table, key=jax.random.key(1), **QUICK)


@pytest.mark.slow
def test_a_power_law_is_not_described_by_a_narrow_network(gas):
    others = gas.references
    assert others.names[others.better] == "power law"
    assert others.clear
    assert others.error[others.better] < 0.01
    assert gas.headline().startswith("A narrow network is not the right description")


def test_every_reference_is_judged_on_all_samples_in_the_same_folds(gas):
    others, widths = gas.references, gas.widths
    assert set(others.names) <= {
        "ridge regression",
        "quadratic model",
        "power law",
        "Gaussian process",
        "gradient boosting",
    }
    ahead = widths.error[widths.chosen] - others.error
    np.testing.assert_allclose(others.ahead, ahead)
    assert (others.ahead_error > 0).all()


def test_a_reference_is_compared_with_the_chosen_and_with_the_best_model(gas):
    """Each difference has a standard error of its own, also where the two differ."""
    data, widths = gas.data, gas.widths
    other = dataclasses.replace(widths, chosen=(widths.best + 1) % len(widths.names))
    memory, key = Memory(None), jax.random.key(0)
    found = references(data, other, key=key, memory=memory)
    as_best = dataclasses.replace(widths, chosen=widths.best)
    same = references(data, as_best, key=key, memory=memory)
    np.testing.assert_allclose(found.behind, found.error - widths.error.min())
    np.testing.assert_allclose(found.behind, -same.ahead)
    np.testing.assert_allclose(found.behind_error, same.ahead_error)
    assert not np.isclose(found.behind_error, found.ahead_error).any()


def test_paired_errors_are_those_of_the_differences():
    rng = np.random.default_rng(3)
    common, extra = rng.chisquare(1, 50), 0.1 * rng.normal(size=50)
    mean, error = paired(common + extra, common, np.arange(50))
    assert mean == pytest.approx(extra.mean())
    assert error == pytest.approx(extra.std(ddof=1) / np.sqrt(50))
    twice = np.repeat(np.arange(50), 2)
    again = paired(np.repeat(common + extra, 2), np.repeat(common, 2), twice)
    assert again == pytest.approx((mean, error))


@pytest.mark.parametrize(
    ("ahead", "better", "level"),
    [
        ((0.05, -1.0), None, 0),
        ((-0.05, -1.0), None, 0),  # behind, by less than a standard error
        ((-0.2, -0.3), None, None),
        ((0.2, 0.05), 0, None),
        ((-0.05, 0.4), 1, None),
    ],
)
def test_what_lies_within_a_standard_error_on_either_side_is_level(
    ahead, better, level
):
    ahead = np.array(ahead)
    sem = np.full(2, 0.1)
    others = References(("one", "two"), 0.5 - ahead, ahead, sem, -ahead, sem)
    assert (others.better, others.level) == (better, level)
    mean = dataclasses.replace(others, error=np.ones(2))
    assert mean.level is None
