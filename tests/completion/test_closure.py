"""Which entries follow from the observed ones, step by step."""

import numpy as np
import pytest
from known_masks import (
    band,
    ExactTwin,
    off_diagonal,
    overlapping,
    random_masks,
    two_blocks,
)

import suffice.completion._determined._numerical_flex as numerical
import suffice.completion._determined._parts as parts
import suffice.completion._determined._solution as solution
from suffice.completion import closure, EntryStatus

DETERMINED = (EntryStatus.finite, EntryStatus.unique)


@pytest.fixture
def no_counting(monkeypatch):
    """Elimination instead of growth, so that the core is really computed."""

    def none(mask, rank):
        return tuple(np.zeros(size, bool) for size in mask.shape)

    monkeypatch.setattr(parts, "largest_block", none)
    monkeypatch.setattr(solution, "largest_block", none)


@pytest.fixture
def only_floats(no_counting, monkeypatch):
    monkeypatch.setattr(parts, "DENSE_COLUMNS", -1)


def check_against_exact_twin(count, seed):
    methods = set()
    for mask, rank in random_masks(count, seed):
        found, twin = closure(mask, rank), ExactTwin(mask, rank)
        assert found.completion_rank in (twin.rank, None)
        codes = found.entries()
        assert (np.isin(codes, DETERMINED) == twin.determined()).all()
        assert (codes == EntryStatus.observed).tolist() == mask.tolist()
        if not mask.all():
            share = np.isin(codes, DETERMINED).sum() / (~mask).sum()
            assert found.determined == pytest.approx(share, abs=1e-12)
        methods.add(found.method)
    return methods


def test_counting_and_elimination_equal_ranks_by_flint():
    assert "growth" in check_against_exact_twin(100, seed=5)


def test_elimination_alone_equals_ranks_by_flint(no_counting):
    assert "finite field" in check_against_exact_twin(100, seed=6)


def test_numerical_closure_equals_ranks_by_flint(only_floats):
    """300 random masks, no exception and none unresolved."""
    assert "float64" in check_against_exact_twin(300, seed=7)


def test_band_of_width_three_is_tight_at_rank_three():
    found = closure(band(60, 3), 3)
    assert found.completion_rank == found.target == 351
    assert found.status == "unique"


def test_band_of_width_three_by_elimination_and_by_flint(no_counting):
    found = closure(band(60, 3), 3)
    assert found.completion_rank == 351
    assert ExactTwin(band(60, 3), 3).rank == 351
    assert closure(band(60, 2), 3).deficit == 357 - 6 - ExactTwin(band(60, 2), 3).rank


@pytest.mark.parametrize("links", [0, 5, 8, 9])
def test_every_link_between_two_rigid_blocks_counts_until_nine(links):
    found = closure(two_blocks(40, links), 3)
    assert found.deficit == 9 - links
    assert found.determined == (1.0 if links == 9 else 0.0)


def test_links_of_two_large_rigid_blocks():
    assert closure(two_blocks(400, 8), 3).deficit == 1


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("shared", [(a, b) for a in range(4) for b in range(4)])
def test_blocks_that_share_rows_and_columns(rank, shared):
    """Relative freedom (r - a)^+ (r - b)^+ for `a` shared rows, `b` shared columns."""
    rows, columns = shared
    freedom = max(rank - rows, 0) * max(rank - columns, 0)
    assert closure(overlapping(6, rows, columns), rank).deficit == freedom


def test_four_by_four_off_the_diagonal_has_two_completions_of_rank_two():
    """Finite and not certified unique; Newton from many starts finds exactly two."""
    mask = off_diagonal(4)
    found = closure(mask, 2)
    assert (found.completion_rank, found.deficit, found.status) == (12, 0, "finite")
    assert found.unique == 0.0
    assert len(completions(mask, 2)) == 2


def test_one_more_entry_makes_it_unique():
    mask = off_diagonal(4)
    mask[0, 0] = True
    assert closure(mask, 2).status == "unique"
    assert len(completions(mask, 2)) == 1


def test_stresses_certify_what_growth_cannot(no_counting):
    mask = np.ones((6, 6), bool)
    mask[range(4), range(4)] = False
    found = closure(mask, 2)
    assert (found.method, found.status) == ("finite field", "unique")
    assert len(completions(mask, 2)) == 1


def completions(mask, rank, starts=200):
    """Every completion, complex ones too, that Newton finds from random starts."""
    rng = np.random.default_rng(1)
    m, n = mask.shape
    target = rng.standard_normal((m, rank)) @ rng.standard_normal((rank, n))
    rows, columns = np.nonzero(mask)
    found = []
    for _ in range(starts):
        a, b = (complex_normal(rng, size, rank) for size in (m, n))
        for _ in range(60):
            residual = (a @ b.T - target)[mask]
            if np.abs(residual).max() < 1e-12:
                break
            jacobian = np.zeros((len(rows), m + n, rank), complex)
            jacobian[range(len(rows)), rows] = b[columns]
            jacobian[range(len(rows)), m + columns] = a[rows]
            flat = jacobian.reshape(len(rows), -1)
            step = np.linalg.lstsq(flat, residual, rcond=1e-10)[0].reshape(m + n, rank)
            a, b = a - step[:m], b - step[m:]
        done = a @ b.T
        good = np.abs((done - target)[mask]).max() < 1e-9 and np.abs(done).max() < 1e3
        if good and all(np.abs(done - other).max() > 1e-5 for other in found):
            found.append(done)
    return found


def complex_normal(rng, size, rank):
    real, imaginary = rng.standard_normal((2, size, rank))
    return real + 1j * imaginary


def test_the_key_does_not_change_the_answer(key):
    mask = np.random.default_rng(3).random((30, 25)) < 0.2
    assert (closure(mask, 2).entries() == closure(mask, 2, key=key).entries()).all()


def test_without_a_gap_nothing_is_called_determined(only_floats, monkeypatch):
    """A projection that stops early must say unresolved, not undetermined."""
    monkeypatch.setattr(numerical, "MAX_ITERATIONS", 2)
    found = closure(band(40, 3), 3)
    assert found.status == "unresolved"
    assert found.completion_rank is None
    assert found.unresolved == 1.0
    assert "no clean gap" in found.headline()


@pytest.mark.slow
def test_a_large_sparse_mask_takes_seconds():
    rng = np.random.default_rng(0)
    at = rng.choice(20_000 * 2_000, 300_000, replace=False)
    found = closure((at // 2_000, at % 2_000, (20_000, 2_000)), 5)
    assert found.method == "float64"
    low = np.bincount(at // 2_000, minlength=20_000) < 5
    assert found.deficit == (5 - np.bincount(at // 2_000, minlength=20_000)[low]).sum()
    assert found.determined == pytest.approx(1 - low.mean(), abs=2e-4)
