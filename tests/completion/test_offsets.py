"""Offsets of rows and columns: what is determined, and what is fitted."""

import flint
import numpy as np
import pytest
from known_masks import PRIME, random_masks

from suffice.completion import (
    closure,
    complete,
    complete_table,
    EntryStatus,
    read_entries,
)

NAN = np.nan
KINDS = ("columns", "rows", "both")


class OffsetTwin:
    """The Jacobian of the model with offsets at random factors modulo a prime."""

    def __init__(self, mask, rank, offsets, seed=0):
        rng = np.random.default_rng(seed)
        self.mask, self.rank, self.offsets = mask, rank, offsets
        self.a, self.b = (rng.integers(1, PRIME, (s, rank)) for s in mask.shape)
        self.rows = [self.row(i, j) for i, j in np.argwhere(mask)]

    def row(self, i, j):
        (m, n), r = self.mask.shape, self.rank
        left, right = np.zeros((m, r + 1), object), np.zeros((n, r + 1), object)
        left[i, :r], right[j, :r] = self.b[j], self.a[i]
        left[i, r] = int(self.offsets in ("rows", "both"))
        right[j, r] = int(self.offsets in ("columns", "both"))
        return [int(v) for v in (*left.ravel(), *right.ravel())]

    def rank_of(self, rows):
        return flint.nmod_mat(rows, PRIME).rank() if rows else 0

    def determined(self):
        before = self.rank_of(self.rows)
        found = np.zeros(self.mask.shape, bool)
        for i, j in np.argwhere(~self.mask):
            found[i, j] = self.rank_of([*self.rows, self.row(i, j)]) == before
        return found


def agree(count, seed):
    """Compare every entry with exact arithmetic; return how many of each kind."""
    kinds = [0, 0]
    for number, (mask, rank) in enumerate(random_masks(count, seed, most=8)):
        offsets = KINDS[number % 3]
        m, n = mask.shape
        most = min(m - (offsets != "rows"), n - (offsets != "columns"))
        rank = min(rank - 1, most)
        twin = OffsetTwin(mask, rank, offsets, seed=number)
        found = closure(mask, rank, offsets=offsets)
        status = found.entries()
        known = (status == EntryStatus.finite) | (status == EntryStatus.unique)
        np.testing.assert_array_equal(known, twin.determined())
        assert found.completion_rank == twin.rank_of(twin.rows)
        full = OffsetTwin(np.ones_like(mask), rank, offsets, seed=number)
        assert found.target == full.rank_of(full.rows)
        kinds[0] += int(known.sum())
        kinds[1] += int((status == EntryStatus.undetermined).sum())
    return kinds


def test_determination_with_offsets_is_that_of_exact_arithmetic():
    assert min(agree(30, 0)) > 30


@pytest.mark.slow
def test_determination_with_offsets_on_many_masks():
    assert min(agree(300, 1)) > 300


def test_rows_on_a_line():
    values = np.array([[1, 2, 3], [2, 4, 4], [3, 6, NAN]])
    found = complete(values, rank=1, offsets="columns")
    assert found.values[2, 2] == pytest.approx(5)
    assert np.isnan(complete(values, rank=2).values[2, 2])


def test_offsets_and_rank_one_have_rank_three():
    a, b = np.arange(4.0), 10.0 * np.arange(1, 5)
    whole = a[:, None] + b + np.outer([1, -1, 2, 0], [1, 0, -1, 2])
    values = whole.copy()
    values[3, 3] = NAN
    found = complete(values, rank=1, offsets="both")
    assert found.values[3, 3] == pytest.approx(43)
    left, right = found.left, found.right
    product = left @ right + found.row_offsets[:, None] + found.column_offsets
    np.testing.assert_allclose(product[~np.isnan(values)], values[~np.isnan(values)])


def test_three_corners_of_a_square_give_the_fourth():
    values = np.array([[1.0, 2.0], [3.0, NAN]])
    assert complete(values, rank=0, offsets="both").values[1, 1] == pytest.approx(4)


def test_ratings_get_offsets_and_bounds(tmp_path):
    rng = np.random.default_rng(0)
    biases = 3 + rng.normal(size=(60, 1)) + 0.7 * rng.normal(size=(1, 20))
    ratings = np.clip(np.round(biases + 0.7 * rng.normal(size=(60, 20))), 1, 5)
    entries = np.where(rng.random(ratings.shape) < 0.6, ratings, NAN)
    found = complete(entries, bounds=(1.0, 5.0), max_rank=2)
    hidden = np.isnan(entries) & found.determined
    assert found.offsets == "both"
    assert found.error.fitted < 0.75 * found.error.column_means
    error = np.sqrt(np.mean((found.values - ratings)[hidden] ** 2))
    assert error == pytest.approx(found.error.fitted, rel=0.15)
    assert (found.values[hidden] >= 1).all()
    assert (found.values[hidden] <= 5).all()
    with pytest.raises(ValueError, match=r"bounds are 2 and 5, and the entries lie"):
        complete(entries, bounds=(2.0, 5.0))


def test_intervals_hold_nine_of_ten_hidden_values():
    inside = total = 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        whole = rng.normal(size=(40, 2)) @ rng.normal(size=(2, 16))
        whole = whole + 2 * rng.normal(size=16) + 0.3 * rng.normal(size=whole.shape)
        entries = np.where(rng.random(whole.shape) < 0.7, whole, NAN)
        found = complete(entries, offsets="columns", max_rank=3)
        hidden = np.isnan(entries) & found.determined
        miss = np.abs(found.values - whole)[hidden]
        inside += int((miss <= found.half_width[hidden]).sum())
        total += int(hidden.sum())
    assert 0.85 <= inside / total <= 0.95


def test_a_rank_of_rounded_values_is_exact(tmp_path):
    rng = np.random.default_rng(1)
    whole = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 10))
    entries = np.where(rng.random(whole.shape) < 0.7, whole, NAN)
    for values, unit in (
        (np.round(entries, 3), "3 decimals"),
        (entries.astype(np.float32).astype(float), "single precision"),
        (entries, "double precision"),
    ):
        found = complete(values)
        assert (found.rank, found.choice.kind, found.offsets) == (3, "exact", "none")
        assert found.choice.unit == unit
    noisy = complete(entries + 0.01 * rng.normal(size=entries.shape), max_rank=5)
    assert noisy.choice.kind == "predictive"
    assert noisy.rank == 3


def test_a_file_says_what_was_chosen_and_how_far_off_it_is(tmp_path):
    rng = np.random.default_rng(2)
    values = rng.normal(size=(25, 1)) + 3 * rng.normal(size=(1, 9))
    values = np.round(values + 0.2 * rng.normal(size=values.shape), 2).astype(object)
    values[rng.random(values.shape) < 0.2] = ""
    text = "\n".join(",".join(map(str, row)) for row in values)
    (tmp_path / "t.csv").write_text(text)
    found = complete_table(read_entries(tmp_path / "t.csv", header=False))
    said = str(found)
    assert "with offsets of rows and columns" in said
    assert "expected error" in said
    assert "read as" in said
