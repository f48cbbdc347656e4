"""Completion fills what is determined, and says what is not."""

import numpy as np
import pytest
import scipy.sparse

from suffice.completion import complete, EntryStatus
from suffice.completion._dynamics._product_spectrum import learned_rank
from suffice.completion._entries._observed import as_observed


def planted(n=20, rank=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, rank)) @ rng.standard_normal((rank, n)), rng


def two_blocks():
    full, _ = planted()
    entries = np.full((20, 20), np.nan)
    entries[:10, :10], entries[10:, 10:] = full[:10, :10], full[10:, 10:]
    return full, entries


def half(noise=0.0):
    full, rng = planted()
    entries = np.where(rng.random(full.shape) < 0.5, full, np.nan)
    return full, entries + noise * rng.standard_normal(full.shape)


@pytest.mark.parametrize("method", ["least-squares", "flow", "greedy", "nuclear"])
def test_two_full_blocks_determine_nothing_between_them(method):
    """200 entries that every other tool fills."""
    _, entries = two_blocks()
    entries = entries[5:15, 5:15] if method in ("flow", "greedy") else entries
    found = complete(entries, method=method)
    open_ = np.isnan(entries)
    assert np.isnan(found.values[open_]).all()
    assert not found.determined.any()
    np.testing.assert_array_equal(found.values[~open_], entries[~open_])
    assert f"0 of {open_.sum()} missing entries are determined" in found.headline()
    assert "fall apart into 2 components" in found.note


def test_undetermined_entries_come_only_when_asked_for():
    _, entries = two_blocks()
    found = complete(entries, rank=2, fill="all")
    assert np.isfinite(found.values).all()
    assert (found.status == EntryStatus.undetermined).sum() == 200


def test_exact_values_and_rank_of_half_a_matrix():
    full, entries = half()
    found = complete(entries)
    assert found.rank == 2
    assert found.choice.kind == "exact"
    assert found.choice.redundant == np.isfinite(entries).sum() - 2 * (20 + 20 - 2)
    np.testing.assert_allclose(found.values, full, atol=1e-10)
    np.testing.assert_allclose(
        found.singular_values, np.linalg.svd(full)[1][:2], rtol=1e-10
    )
    assert found.determined.sum() == np.isnan(entries).sum()


@pytest.mark.slow
def test_training_from_small_initialisation_finds_them_too():
    full, rng = planted(8, 1)
    entries = np.where(rng.random((8, 8)) < 0.6, full, np.nan)
    for method in ("flow", "greedy"):
        found = complete(entries, method=method)
        assert found.rank == 1
        np.testing.assert_allclose(found.values, full, atol=1e-5)
    flow = complete(entries, method="flow")
    assert np.isnan(flow.spread[flow.observed]).all()
    assert flow.exponent.shape == (4,)
    assert (flow.exponent > 0.5).all()


def test_nuclear_norm_completes_what_it_can():
    full, rng = planted(20, 1)
    entries = np.where(rng.random((20, 20)) < 0.9, full, np.nan)
    found = complete(entries, method="nuclear")
    assert found.rank == 1
    assert found.gap <= 1e-7
    np.testing.assert_allclose(found.values, full, atol=1e-3)


def test_noisy_entries_get_the_rank_that_predicts():
    full, entries = half(noise=0.05)
    found = complete(entries)
    assert found.rank == 2
    assert found.choice.kind == "predictive"
    errors = found.choice.errors
    assert errors[2] < 0.3 * errors[1] < errors[0]
    error = (found.values - full)[found.determined]
    assert np.sqrt(np.mean(error**2)) < 0.15
    np.testing.assert_array_equal(found.values[found.observed], entries[found.observed])


def test_pure_noise_gets_no_rank():
    rng = np.random.default_rng(1)
    entries = np.where(
        rng.random((12, 12)) < 0.6, rng.standard_normal((12, 12)), np.nan
    )
    found = complete(entries)
    assert found.rank == 0
    assert found.error.fitted == min(found.error.column_means, found.error.offsets)
    assert "Column means or offsets predict held-out entries as well" in str(found)


def test_independent_entries_test_no_rank():
    entries = np.full((4, 4), np.nan)
    entries[np.arange(4), np.arange(4)] = [1.0, 2.0, 3.0, 4.0]
    found = complete(entries)
    assert found.rank is None
    assert "independent already at rank 1" in found.note


def test_sparse_triplets_and_masks_are_the_same_matrix():
    full, entries = half()
    rows, columns = np.nonzero(~np.isnan(entries))
    values = entries[rows, columns]
    first = complete(entries, rank=2).values
    stored = scipy.sparse.coo_array((values, (rows, columns)), shape=entries.shape)
    for same in (
        complete(stored, rank=2),
        complete((rows, columns, values), rank=2, shape=(20, 20)),
        complete(full, ~np.isnan(entries), rank=2),
    ):
        np.testing.assert_allclose(same.values, first, atol=1e-10)


def test_a_stored_zero_is_an_observation():
    stored = scipy.sparse.coo_array(([0.0, 1.0], ([0, 1], [0, 1])), shape=(2, 2))
    assert len(as_observed(stored).values) == 2


def test_empty_rows_stay_open_and_are_counted():
    full, rng = planted(12, 1)
    entries = np.where(rng.random((12, 12)) < 0.7, full, np.nan)
    entries[3], entries[:, 5] = np.nan, np.nan
    found = complete(entries, rank=1)
    assert np.isnan(found.values[3]).all()
    assert np.isnan(found.values[:, 5]).all()
    assert found.determined.sum() > 0
    assert "1 row and 1 column hold no observation" in found.note


def test_a_full_matrix_is_left_as_it_is():
    full, _ = planted(6, 2)
    found = complete(full)
    np.testing.assert_array_equal(found.values, full)
    assert found.headline().startswith("No entry is missing; rank 2")


def test_equal_duplicates_are_one_entry():
    found = as_observed(([0, 0, 1], [1, 1, 0], [2.0, 2.0, 3.0]))
    np.testing.assert_array_equal(found.values, [2.0, 3.0])


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("entries", "options", "message"),
    [
        ([[1.0, np.inf], [np.nan, 1.0]], {}, r"entry \(0, 1\) is infinite"),
        ([["a", "b"], ["c", "d"]], {}, "entries must be numbers"),
        ([1.0, 2.0], {}, r"entries has shape \(2,\)"),
        (np.full((2, 2), np.nan), {}, "No entry was observed"),
        (
            np.ones((3, 3)),
            {"rank": 4},
            "rank is 4; expected a whole number",
        ),
        (np.ones((3, 3)), {"rank": "two"}, "rank is 'two'"),
        (np.ones((3, 3)), {"method": "magic"}, "method is 'magic'; expected one of"),
        (np.ones((3, 3)), {"fill": "some"}, "fill is 'some'"),
        (np.ones((3, 3)), {"ridge": -1.0}, "ridge is -1.0"),
        (np.ones((3, 3)), {"max_rank": 0}, "max_rank is 0"),
        (([0, 0], [1, 1], [1.0, 2.0]), {}, r"\(0, 1\) was observed twice, as 1 and as"),
        (([0.5], [1], [1.0]), {}, "rows has type float64"),
        (([0], [9], [1.0]), {"shape": (3, 3)}, r"outside of the matrix of shape"),
        (([0, 1], [9], [1.0]), {}, "three vectors of one length"),
        (np.ones((2, 2)), {"mask": np.ones((2, 2))}, "type float64"),
    ],
)
def test_bad_entries_are_refused_in_one_sentence(entries, options, message):
    with pytest.raises(ValueError, match=message) as raised:
        complete(entries, **options)
    assert "\n" not in str(raised.value)


def test_a_mask_must_not_point_at_missing_values():
    with pytest.raises(ValueError, match=r"mask says that entry \(0, 1\)"):
        complete(np.array([[1.0, np.nan]]), np.ones((1, 2), bool))
    with pytest.raises(ValueError, match="mask goes with a matrix only"):
        complete(([0], [0], [1.0]), np.ones((1, 1), bool))


def test_a_rank_without_a_gap_is_undecided():
    assert learned_rank(np.diag([1.0, 0.5, 1e-9])).value == 2
    doubtful = learned_rank(np.array([1.0, 2e-3, 5e-4]))
    assert doubtful.value is None
    assert "close to the threshold" in doubtful.headline()
