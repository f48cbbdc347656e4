"""The parts of an audit that need no network."""

import jax
import numpy as np
import pytest

from suffice.auditing import Table
from suffice.auditing._design._next import outside
from suffice.auditing._learning import _orders, _sizes, _split
from suffice.auditing._memory import Memory
from suffice.auditing._search import affordable, best_networks
from suffice.auditing._standard import Standard
from suffice.auditing._width import folds_of


def test_repeated_inputs_are_never_split_between_folds():
    groups = np.array([0, 0, 1, 2, 3, 3, 3, 4, 5, 6])
    fold = folds_of(groups, 4, jax.random.key(0))
    assert set(fold) == {0, 1, 2, 3}
    for group in np.unique(groups):
        assert len(set(fold[groups == group])) == 1


def test_there_are_no_more_folds_than_groups():
    assert set(folds_of(np.array([0, 0, 1, 1, 2]), 10, jax.random.key(0))) == {0, 1, 2}


def test_a_repeated_input_is_unseen_only_as_a_whole():
    groups = np.repeat(np.arange(6), 2)
    orders = _orders(groups, 3, jax.random.key(1))
    chosen, unseen = _split(orders, groups, 5)
    assert (chosen.sum(axis=1) == 5).all()
    assert (unseen.sum(axis=1) == 6).all()
    assert not (chosen & unseen).any()


def test_sizes_surround_the_threshold_and_leave_a_tenth_unseen():
    sizes = _sizes(100, 20)
    assert {18, 19, 20, 21, 22, 40, 90} <= set(sizes)
    assert sizes.max() == 90
    assert (np.diff(sizes) > 0).all()


def test_a_candidate_beyond_the_range_is_counted():
    x = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert outside(np.array([[0.5, 0.5], [0.5, 1.5], [-1.0, 2.0]]), x) == 2


def test_large_fits_get_fewer_starts_but_never_fewer_than_four():
    assert affordable(8, 10, 100, 10) == 8
    assert affordable(8, 10, 5000, 200) == 4
    assert affordable(2, 10, 5000, 200) == 2


def test_small_selections_of_a_large_table_are_fitted_on_their_own_rows():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 1))
    y = np.tanh(2 * x[:, 0] - 0.5)
    chosen = np.zeros((2, 200), bool)
    chosen[0, :12], chosen[1, 20:40] = True, True
    data = Standard.of(Table(("x",), "y", x, y))
    found = best_networks(1, data, chosen, restarts=4, key=jax.random.key(0))
    assert (found.loss < 1e-20).all()
    np.testing.assert_allclose(found.predictions, [data.y, data.y], atol=1e-9)


def test_pieces_need_a_folder(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ValueError, match="taken is a file; finished pieces"):
        Memory(tmp_path / "taken")
    with pytest.raises(ValueError, match="none does not exist; make it"):
        Memory(tmp_path / "none" / "new")
    assert Memory(tmp_path / "new").folder == tmp_path / "new"
