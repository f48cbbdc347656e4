"""Tables whose columns have units of their own, or lie far from zero."""

import numpy as np
import pytest

from suffice.completion import complete, LowRankImputer
from suffice.completion._entries._observed import as_observed
from suffice.completion._fit._units import relative_misfit

NAN = np.nan
UNITS = np.array([1e-12, 1.0, 1e9, 1e3, 1e-5, 1.0])


def table(noise, seed=0, rows=60):
    """A table of rank 2, and the same with missing entries."""
    rng = np.random.default_rng(seed)
    whole = rng.normal(size=(rows, 2)) @ rng.normal(size=(2, 6))
    whole = whole + noise * rng.normal(size=whole.shape)
    return whole, np.where(rng.random(whole.shape) < 0.2, NAN, whole)


def error(found, whole):
    """Largest error of filled entries, in deviations of the columns."""
    filled = found.determined
    assert filled.any()
    return np.sqrt(np.mean((((found.values - whole) / whole.std(0))[filled]) ** 2))


@pytest.mark.parametrize("rank", ["auto", 2])
def test_an_exact_table_is_exact_in_any_units(rank):
    whole, entries = table(0.0)
    found = complete(entries * UNITS, rank=rank)
    assert (found.rank, found.offsets) == (2, "none")
    assert found.exact is not None
    assert error(found, whole * UNITS) < 1e-9
    assert found.determined.sum() == complete(entries, rank=rank).determined.sum()


def test_a_noisy_table_is_not_exact_in_any_units():
    """Its largest column makes up all but 1e-12 of the squared values."""
    whole, entries = table(0.1)
    found = complete(entries * UNITS)
    assert found.exact is None
    assert found.error.unit == "deviations"
    own = error(complete(entries * whole.std(0) ** -1), whole / whole.std(0))
    assert error(found, whole * UNITS) < 1.1 * own


def test_columns_far_from_zero_are_predicted_as_near_it():
    whole, entries = table(0.05)
    found = [complete(entries + shift, offsets="columns") for shift in (0.0, 1e9)]
    assert found[0].rank == found[1].rank
    assert found[1].exact is None
    np.testing.assert_allclose(found[1].values - 1e9, found[0].values, atol=1e-3)
    assert error(found[1], whole + 1e9) < 0.2


def test_rows_are_transformed_in_any_units():
    _, entries = table(0.1)
    plain, scaled = (
        LowRankImputer(offsets="columns", rank=2, fill="all").fit_transform(some)
        for some in (entries / np.nanstd(entries, 0), entries * UNITS)
    )
    np.testing.assert_allclose(
        scaled / np.nanstd(entries * UNITS, 0), plain, rtol=1e-3, atol=1e-3
    )


def test_a_misfit_is_relative_to_what_varies():
    values = np.array([[1e9, 1e-9], [1e9 + 1, 2e-9], [1e9 + 2, 4e-9]])
    observed = as_observed(values)
    for column, size in ((0, 1.0), (1, 1e-9)):
        errors = np.where(observed.columns == column, size, 0.0)
        assert relative_misfit(observed, errors) > 0.3
    assert relative_misfit(observed, np.zeros(6)) == 0


def test_a_column_of_zeros_does_not_confirm_a_rank():
    """Any table with a column of zeros meets the rank below its number of columns."""
    rng = np.random.default_rng(3)
    whole = np.c_[3 + rng.normal(size=(40, 4)), np.zeros(40)]
    entries = np.where(rng.random(whole.shape) < 0.15, NAN, whole)
    found = complete(entries)
    assert found.exact is None
    assert found.determined.sum() > 0.9 * np.isnan(entries).sum()
    assert "because of coincidences" in found.note
    np.testing.assert_allclose(found.values[:, 4], 0, atol=1e-3)


def test_columns_that_are_lines_of_each_other_need_one_entry():
    """Degrees Celsius, Fahrenheit and Kelvin: one of them gives the others."""
    celsius = np.round(np.random.default_rng(4).uniform(-10, 35, 25), 1)
    whole = np.c_[celsius, 1.8 * celsius + 32, celsius + 273.15]
    entries = whole.copy()
    entries[[0, 1, 2, 2], [0, 1, 0, 1]] = NAN
    found = complete(entries)
    assert (found.rank, found.offsets) == (1, "columns")
    np.testing.assert_allclose(found.values, whole, atol=0.1)


def test_ratings_that_any_matrix_comes_close_to_are_not_exact():
    rng = np.random.default_rng(5)
    ratings = np.clip(np.round(3 + rng.normal(size=(30, 12))), 1, 5)
    entries = np.where(rng.random(ratings.shape) < 0.4, NAN, ratings)
    assert complete(entries).exact is None
