"""The average over factors of low rank, against formulas of normal distributions."""

import numpy as np
import pytest

from suffice.completion import complete, LowRankImputer
from suffice.completion._entries._observed import as_observed, Observed
from suffice.completion._fit._sweeps import Blocks
from suffice.completion._fit._variational import Variational

NAN = np.nan


def table(seed, m, n, rank, noise, missing=0.3):
    """A table of low rank with a noise of every column, and its entries."""
    rng = np.random.default_rng(seed)
    whole = rng.normal(size=(m, rank)) @ rng.normal(size=(rank, n)) + rng.normal(size=n)
    seen = whole + noise * rng.normal(size=whole.shape)
    return whole, np.where(rng.random(whole.shape) < missing, NAN, seen)


def fitted(entries, offsets, rank, sweeps=60):
    found = Variational(Blocks(as_observed(entries)), offsets)
    for _ in range(rank):
        found.grow()
        found.sweep(sweeps)
    return found


def test_a_missing_value_is_the_conditional_mean_of_a_normal_distribution():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 4))
    whole = 3 + rng.normal(size=(4000, 4)) @ root
    entries = np.where(rng.random(whole.shape) < 0.2, NAN, whole)
    found = fitted(entries, "columns", 3).model.product()
    covariance = root.T @ root
    for pattern in ([1, 1, 1, 0], [1, 0, 1, 1], [0, 1, 1, 0]):
        known = np.array(pattern, bool)
        rows = (np.isnan(entries) == ~known).all(1)
        slope = covariance[~known][:, known] @ np.linalg.inv(
            covariance[known][:, known]
        )
        expected = 3 + (whole[rows][:, known] - 3) @ slope.T
        error = found[rows][:, ~known] - expected
        # Standard errors of the regression of some 3000 rows are about 2 %.
        assert np.sqrt(np.mean(error**2)) < 0.1 * np.std(expected)


def test_the_noise_of_every_column_is_learned():
    noise = np.array([0.3, 0.4, 0.6, 0.8] * 3)
    _, entries = table(1, 400, 12, 2, noise)
    found = np.sqrt(fitted(entries, "columns", 2).noise)
    # 280 entries of a column tell its standard deviation to 4 %; that of the columns
    # with little noise is less certain, because they tell the factors.
    np.testing.assert_allclose(found, noise, rtol=0.2)


@pytest.mark.parametrize("offsets", ["none", "columns", "rows", "both"])
def test_problems_side_by_side_are_those_alone(offsets):
    parts = [as_observed(table(seed, 15, 8, 2, 0.3)[1]) for seed in (2, 3)]
    joined = Observed(
        np.concatenate([parts[0].rows, parts[1].rows + 15]),
        np.concatenate([parts[0].columns, parts[1].columns + 8]),
        np.concatenate([part.values for part in parts]),
        (30, 16),
    )
    both = Variational(Blocks(joined, 2), offsets)
    alone = [Variational(Blocks(part), offsets) for part in parts]
    for found in (both, *alone):
        found.grow()
        for _ in range(200):  # one by one, so that neither ends when it stands still
            found.sweep(1)
    for number, found in enumerate(alone):
        rows, columns = slice(15 * number, None), slice(8 * number, None)
        np.testing.assert_allclose(
            both.model.product()[rows, columns][:15, :8],
            found.model.product(),
            atol=1e-4,
        )
        variances = both.variances()[rows, columns][:15, :8]
        np.testing.assert_allclose(variances, found.variances(), rtol=1e-3)


def test_a_fit_ends_where_it_stands_still():
    """Further sweeps change the entries by a small part of their noise."""
    for seed in range(4):
        _, entries = table(seed, 40, 10, 2, 0.3)
        found = fitted(entries, "columns", 2, sweeps=200)
        before = found.model.product()
        for _ in range(100):
            found.sweep(1)
        change = np.sqrt(np.mean((found.model.product() - before) ** 2 / found.noise))
        assert change < 0.1


def test_offsets_of_rows_that_vanish_are_said_to():
    _, entries = table(7, 60, 20, 1, 0.3)
    without = entries - np.nanmean(entries, 1, keepdims=True)
    assert fitted(without, "both", 0).rows_are_level
    assert not fitted(entries + np.arange(60.0)[:, None], "both", 0).rows_are_level


def test_a_surplus_of_rank_does_no_harm():
    whole, entries = table(4, 60, 30, 3, 0.1)
    hidden = np.isnan(entries)

    def error(rank):
        return np.std(
            (fitted(entries, "columns", rank).model.product() - whole)[hidden]
        )

    assert error(8) < 1.02 * error(3)
    assert error(3) < 0.1


def test_variances_are_those_of_the_errors():
    whole, entries = table(5, 300, 20, 2, 0.5)
    hidden = np.isnan(entries)
    found = fitted(entries, "columns", 2)
    ratios = (found.model.product() - whole)[hidden]
    ratios = ratios / np.sqrt((found.variances() - found.noise)[hidden])
    # 1800 errors share 600 factors of rows: their mean square is known to some 6 %.
    assert np.mean(ratios**2) == pytest.approx(1, abs=0.25)
    where = as_observed(np.where(hidden, 0.0, NAN))
    np.testing.assert_allclose(found.variance(where), found.variances()[hidden])


@pytest.mark.parametrize("units", [1.0, np.array([1, 10, 100, 1e3, 1, 1, 1, 1])])
def test_rows_of_the_table_are_transformed_as_they_were_fitted(units):
    _, entries = table(6, 120, 8, 2, 0.2, missing=0.15)
    imputer = LowRankImputer(offsets="columns", fill="all").fit(entries * units)
    expected = complete(entries * units, offsets="columns", fill="all").values / units
    found = imputer.transform(entries * units) / units
    # The table knows more than one row: its factors of columns are uncertain.
    np.testing.assert_allclose(found, expected, atol=0.05)
