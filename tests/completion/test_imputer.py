import numpy as np
import pytest
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
