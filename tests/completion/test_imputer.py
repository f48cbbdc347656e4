"""The imputer inside pipelines of scikit-learn."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from suffice.completion import complete, LowRankImputer


@pytest.mark.usefixtures("unchecked")
@parametrize_with_checks([LowRankImputer()])
def test_it_keeps_the_contract_of_scikit_learn(estimator, check):
    # No exception to the contract: missing values are allowed by its tag.
    check(estimator)


def table(seed=0):
    rng = np.random.default_rng(seed)
    right = rng.standard_normal((2, 12))
    full = rng.standard_normal((30, 2)) @ right
    return full, right, rng


def test_known_and_new_rows_are_filled_alike():
    full, right, rng = table()
    holes = np.where(rng.random(full.shape) < 0.6, full, np.nan)
    imputer = LowRankImputer(2).fit(holes)
    np.testing.assert_allclose(imputer.transform(holes), full, atol=1e-9)
    fresh = rng.standard_normal((5, 2)) @ right
    seen = np.full_like(fresh, np.nan)
    seen[:, [1, 4, 7]] = fresh[:, [1, 4, 7]]
    np.testing.assert_allclose(imputer.transform(seen), fresh, atol=1e-8)


def test_a_row_with_too_few_entries_stays_open():
    full, _, _ = table()
    imputer = LowRankImputer(2).fit(full)
    row = np.full((1, 12), np.nan)
    row[0, 3] = 1.0
    assert np.isnan(imputer.transform(row)).sum() == 11
    everything = LowRankImputer(2, fill="all").fit(full).transform(row)
    assert np.isfinite(everything).all()


def test_new_rows_reach_as_far_as_the_training_table():
    """Two column blocks that no training row links: each from its own entries only."""
    full, right, rng = table()
    split = full.copy()
    split[:15, 6:] = split[15:, :6] = np.nan
    imputer = LowRankImputer(2).fit(split)
    row = rng.standard_normal(2) @ right
    seen = np.full((1, 12), np.nan)
    seen[0, [0, 1]] = row[[0, 1]]
    filled = imputer.transform(seen)[0]
    np.testing.assert_allclose(filled[:6], row[:6], atol=1e-9)
    assert np.isnan(filled[6:]).all()
    seen[0, 8] = row[8]
    assert np.isnan(imputer.transform(seen)[0, 6:]).sum() == 5


def test_it_fills_what_complete_fills():
    full, _, rng = table(3)
    sparse = np.where(rng.random(full.shape) < 0.35, full, np.nan)
    imputer = LowRankImputer(2)
    filled = imputer.fit_transform(sparse)
    reference = complete(sparse, rank=2)
    np.testing.assert_array_equal(np.isnan(filled), np.isnan(reference.values))
    assert np.isnan(filled).any()
    np.testing.assert_allclose(filled, reference.values, atol=1e-6)


def test_the_inverse_puts_the_holes_back():
    full, _, rng = table()
    holes = np.where(rng.random(full.shape) < 0.7, full, np.nan)
    imputer = LowRankImputer(2)
    np.testing.assert_array_equal(
        imputer.inverse_transform(imputer.fit_transform(holes)), holes
    )
    with pytest.raises(ValueError, match="X has 3 rows and the training table had 30"):
        imputer.inverse_transform(full[:3])
    np.testing.assert_allclose(
        imputer.factors(full) @ imputer.components_, full, atol=1e-9
    )


def test_it_stands_in_a_pipeline():
    full, _, rng = table()
    holes = np.where(rng.random(full.shape) < 0.7, full, np.nan)
    reduced = make_pipeline(LowRankImputer(), PCA(2)).fit_transform(holes)
    np.testing.assert_allclose(
        np.abs(reduced), np.abs(PCA(2).fit_transform(full)), atol=1e-7
    )


def test_an_undecided_rank_fills_nothing():
    apart = np.where(np.eye(4, dtype=bool), 1.5, np.nan)
    imputer = LowRankImputer().fit(apart)
    assert imputer.rank_ == 0
    np.testing.assert_array_equal(imputer.transform(apart), apart)


def test_offsets_are_used_for_new_rows():
    rng = np.random.default_rng(1)
    right, column = rng.normal(size=(1, 8)), 10 * rng.normal(size=8)
    rows = rng.normal(size=(20, 1)) @ right + rng.normal(size=(20, 1)) + column
    holes = np.where(rng.random(rows.shape) < 0.8, rows, np.nan)
    imputer = LowRankImputer(1, offsets="both").fit(holes)
    np.testing.assert_allclose(imputer.transform(holes), rows, atol=1e-7)
    fresh = rng.normal(size=(3, 1)) @ right + rng.normal(size=(3, 1)) + column
    seen = fresh.copy()
    seen[:, 3:] = np.nan
    np.testing.assert_allclose(imputer.transform(seen), fresh, atol=1e-7)
    seen[:, 1:] = np.nan  # one entry cannot tell an offset from a factor
    assert np.isnan(imputer.transform(seen)[:, 1:]).all()


def test_marks_of_missing_values_indicators_and_names():
    full, _, rng = table()
    holes = np.where(rng.random(full.shape) < 0.8, full, -1.0)
    imputer = LowRankImputer(2, missing_values=-1.0, add_indicator=True).fit(holes)
    filled = imputer.transform(holes)
    np.testing.assert_allclose(filled[:, :12], full, atol=1e-8)
    marked = (holes == -1.0).any(axis=0)
    np.testing.assert_array_equal(filled[:, 12:], (holes == -1.0)[:, marked])
    names = imputer.get_feature_names_out()
    assert len(names) == filled.shape[1]
    assert names[12].startswith("missingindicator_x")
    np.testing.assert_array_equal(imputer.inverse_transform(filled), holes)


@pytest.mark.usefixtures("unchecked")
def test_random_states_and_input_that_needs_a_word():
    full, _, rng = table()
    holes = np.where(rng.random(full.shape) < 0.8, full, np.nan)
    for state in (None, 3, np.random.RandomState(0)):
        filled = LowRankImputer(2, random_state=state).fit_transform(holes)
        np.testing.assert_allclose(filled, full, atol=1e-8)
    with pytest.raises(TypeError, match=r"X is sparse; .* suffice\.complete"):
        LowRankImputer(2).fit(scipy.sparse.csr_array(full))
    holes[3] = np.nan
    with pytest.warns(UserWarning, match="1 of 30 rows hold no value"):
        assert np.isnan(LowRankImputer(2).fit(holes).completion_.values[3]).all()
