"""Numerical ranks and their gaps."""

import hypothesis as hp
import hypothesis.strategies as st
import numpy as np
import pytest

from suffice._core._ranks._numerical import equilibrated, numerical_rank


def low_rank(shape, rank, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(shape[0], rank)) @ rng.normal(size=(rank, shape[1]))


@pytest.mark.parametrize("shape", [(8, 5), (5, 8), (1, 1)], ids=str)
@hp.settings(max_examples=40, deadline=None, derandomize=True)
@hp.given(
    rank=st.integers(0, 5), seed=st.integers(0, 2**16), exponent=st.integers(-100, 100)
)
def test_known_rank_at_any_scale(shape, rank, seed, exponent):
    rank = min(rank, *shape)
    found = numerical_rank(low_rank(shape, rank, seed) * 10.0**exponent)
    assert found.value == rank
    assert found.confident


@hp.settings(max_examples=40, deadline=None, derandomize=True)
@hp.given(seed=st.integers(0, 2**16), spread=st.floats(0, 12))
def test_badly_scaled_rows_and_columns_do_not_lower_the_rank(seed, spread):
    rng = np.random.default_rng(seed)
    rows, columns = 10 ** rng.uniform(-spread, spread, (2, 9))
    matrix = rows[:, None] * low_rank((9, 9), 4, seed) * columns
    assert numerical_rank(matrix).value == 4


def test_equilibration_leaves_zero_columns_zero():
    matrix = np.diag([1.0, 0.0, 1e-20])
    scaled, error = equilibrated(matrix, 1e-3 * matrix)
    np.testing.assert_allclose(scaled, np.diag([1.0, 0.0, 1.0]))
    np.testing.assert_allclose(error, 1e-3 * scaled)


def test_a_spectrum_without_a_gap_is_not_confident():
    rng = np.random.default_rng(0)
    u, _ = np.linalg.qr(rng.normal(size=(40, 40)))
    matrix = (u * np.logspace(0, -18, 40)) @ u.T
    assert not numerical_rank(matrix).confident


def test_nothing_is_decided_on_entries_that_are_not_finite():
    with pytest.raises(ValueError, match=r"shape \(2, 2\).*not finite"):
        numerical_rank(np.array([[1.0, np.nan], [0.0, 1.0]]))


def test_the_zero_matrix_has_rank_zero():
    found = numerical_rank(np.zeros((3, 2)))
    assert (found.value, found.confident) == (0, True)
