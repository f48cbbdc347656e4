"""Which entries to observe next."""

import itertools

import numpy as np
import pytest
from known_masks import ExactTwin, random_masks, two_blocks

from suffice.completion import closure, EntryStatus, next_entries, stability_map


def with_picks(mask, picks):
    mask = mask.copy()
    assert not mask[picks.rows, picks.columns].any()
    mask[picks.rows, picks.columns] = True
    return mask


def test_exactly_the_deficit_determines_everything():
    """Against ranks by python-flint before and after."""
    for mask, rank in random_masks(40, seed=21, most=8):
        picks = next_entries(mask, rank)
        target = rank * (sum(mask.shape) - rank)
        assert picks.needed == len(picks.rows) == target - ExactTwin(mask, rank).rank
        assert ExactTwin(with_picks(mask, picks), rank).rank == target


def test_every_pick_counts():
    mask = two_blocks(12)
    picks = next_entries(mask, 3)
    assert picks.needed == picks.deficit == 9
    for size in range(9):
        partial = mask.copy()
        partial[picks.rows[:size], picks.columns[:size]] = True
        assert closure(partial, 3).deficit == 9 - size


def test_the_cheapest_picks_are_the_cheapest_of_all_sets():
    """By trying every set of two entries."""
    mask = np.ones((4, 4), bool)
    mask[0, :3] = mask[1, 1:] = False
    cost = np.random.default_rng(0).random((4, 4))
    picks = next_entries(mask, 2, cost=cost)
    free = [tuple(e) for e in np.argwhere(~mask)]
    prices = []
    for some in itertools.combinations(free, picks.deficit):
        more = mask.copy()
        more[tuple(np.transpose(some))] = True
        if ExactTwin(more, 2).rank == 12:
            prices.append(sum(cost[e] for e in some))
    assert picks.deficit == 2
    assert picks.cost == pytest.approx(min(prices))


def test_leverage_conditions_better_than_chance():
    """The 90 % quantile of the amplification, against random independent picks."""
    rng = np.random.default_rng(5)
    mask = rng.random((24, 24)) < 0.16
    rank = 3
    a, b = rng.standard_normal((24, rank)), rng.standard_normal((rank, 24))
    planned = next_entries(mask, rank, factors=(a, b))
    assert planned.deficit >= 16
    good = worst(a, b, with_picks(mask, planned))
    random = []
    for seed in range(5):
        shuffled = np.random.default_rng(seed).random(mask.shape)
        picks = next_entries(mask, rank, cost=shuffled)
        random.append(worst(a, b, with_picks(mask, picks)))
    assert good < np.sort(random)[2] / 2  # the median; some amplify without bound


def worst(a, b, mask):
    amplification = stability_map(a, b, mask).amplification
    return np.quantile(amplification, 0.9, method="higher")


def test_picks_beyond_the_deficit_lower_the_noise():
    rng = np.random.default_rng(2)
    mask = rng.random((10, 9)) < 0.6
    a, b = rng.standard_normal((10, 2)), rng.standard_normal((2, 9))
    assert closure(mask, 2).deficit == 0
    before = stability_map(a, b, mask).amplification
    picks = next_entries(mask, 2, count=3, factors=(a, b))
    assert (picks.needed, picks.left, len(picks.rows)) == (0, 0, 3)
    hidden = np.where(mask, -1.0, before)
    assert (picks.rows[0], picks.columns[0]) == np.unravel_index(
        hidden.argmax(), (10, 9)
    )
    after = stability_map(a, b, with_picks(mask, picks)).amplification
    assert (after <= before * (1 + 1e-9)).all()
    assert "Nothing is needed; 3 entries that lower the noise" in picks.headline()


def test_a_few_picks_of_many():
    picks = next_entries(two_blocks(12), 3, count=4)
    assert (picks.needed, picks.left, picks.deficit) == (4, 5, 9)
    assert "The first 4 of 9" in picks.headline()


def test_what_cannot_be_observed_is_not_asked_for_and_the_rest_is_said():
    mask = two_blocks(12)
    cost = np.full((12, 12), np.inf)
    cost[0, 6:] = 1.0
    picks = next_entries(mask, 2, cost=cost)
    assert set(picks.rows) == {0}
    assert (picks.needed, picks.deficit, picks.left) == (2, 4, 2)
    assert "Only 2 of the 4 entries" in picks.headline()
    same = next_entries(mask, 2, available=np.isfinite(cost))
    assert (same.needed, same.left) == (2, 2)


def test_a_target_on_offer_is_the_whole_answer():
    targets = np.zeros((12, 12), bool)
    targets[3, 8] = True
    picks = next_entries(two_blocks(12), 2, targets=targets)
    assert (picks.rows.tolist(), picks.columns.tolist()) == ([3], [8])
    assert picks.deficit == 1


def test_a_target_that_cannot_be_observed_needs_others():
    mask, targets = two_blocks(12), np.zeros((12, 12), bool)
    targets[3, 8] = True
    picks = next_entries(mask, 2, targets=targets, available=~targets)
    assert picks.deficit == 1 <= len(picks.rows) <= 4
    after = closure(with_picks(mask, picks), 2).entries()
    assert after[3, 8] in (EntryStatus.finite, EntryStatus.unique)
    row = np.zeros((12, 12), bool)
    row[3, 6:8] = True
    alone = next_entries(mask, 2, targets=targets, available=row)
    assert len(alone.rows) == 2
    row[3, 7] = False
    row[0, 8] = True
    none = next_entries(mask, 1, targets=targets & False | mask, available=row)
    assert none.needed == 0
    stuck = next_entries(
        mask, 2, targets=targets, available=row & (np.eye(12) > 2) | row
    )
    assert stuck.left is None
    assert "whatever is observed" in stuck.headline()


def test_nothing_is_needed_where_all_is_determined():
    picks = next_entries(np.ones((4, 5), bool), 2)
    assert picks.needed == 0
    assert "Nothing is needed" in str(picks)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cost": np.ones((2, 3))}, r"cost has shape \(2, 3\); expected \(12, 12\)"),
        ({"cost": -np.eye(12)}, r"12 entries .* first is -1.0 at \(0, 0\)"),
        ({"cost": np.full((12, 12), np.nan)}, "144 entries that are negative or NaN"),
        ({"available": np.zeros((12, 12), bool)}, "available marks no entry"),
        ({"targets": np.ones((3, 3), bool)}, r"targets has shape \(3, 3\)"),
        ({"count": 0}, "count is 0"),
        ({"factors": (np.ones((12, 1)), np.ones((1, 12)))}, "factors have rank 1"),
        ({"factors": (np.ones((9, 2)), np.ones((2, 12)))}, r"shape \(9, 12\)"),
    ],
)
def test_impossible_wishes_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        next_entries(two_blocks(12), 2, **options)


def test_five_hundred_picks_take_more_than_one_round():
    mask = np.zeros((300, 30), bool)
    mask[:40] = True
    picks = next_entries(mask, 2)
    assert picks.needed == 520
    assert closure(with_picks(mask, picks), 2).deficit == 0
