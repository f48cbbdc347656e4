"""The completion of least nuclear norm."""

import cvxpy
import numpy as np
import pytest

from suffice.completion import minimum_nuclear_norm


def problems(count, seed=0):
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, 4, 4), bool)
    for mask in masks:
        mask.flat[rng.permutation(16)[: rng.integers(5, 16)]] = True
    ranks = rng.integers(1, 4, count)
    values = [rng.standard_normal((4, r)) @ rng.standard_normal((r, 4)) for r in ranks]
    return masks, np.stack(values)


def test_it_agrees_with_the_semidefinite_programme():
    masks, values = problems(12)
    found = minimum_nuclear_norm(values, masks)
    assert found.gap.max() <= 1e-7
    for mask, matrix, upper in zip(masks, values, found.upper, strict=True):
        x = cvxpy.Variable((4, 4))
        same = cvxpy.multiply(mask.astype(float), x - matrix) == 0
        programme = cvxpy.Problem(cvxpy.Minimize(cvxpy.normNuc(x)), [same])
        assert programme.solve(solver=cvxpy.CLARABEL) == pytest.approx(upper, rel=1e-6)


def test_the_certificate_can_be_checked_by_hand():
    masks, values = problems(40, seed=1)
    found = minimum_nuclear_norm(values, masks)
    assert (found.multiplier[~masks] == 0).all()
    assert np.linalg.norm(found.multiplier, 2, axis=(1, 2)).max() <= 1 + 1e-12
    lower = np.sum(found.multiplier * np.where(masks, values, 0), axis=(1, 2))
    np.testing.assert_allclose(lower, found.lower)
    upper = np.linalg.norm(found.values, "nuc", axis=(1, 2))
    np.testing.assert_allclose(upper, found.upper, rtol=1e-12)
    np.testing.assert_array_equal(found.values[masks], values[masks])


def test_two_diagonal_entries_leave_an_interval_of_minimisers():
    found = minimum_nuclear_norm(np.diag([1.0, 1.0]), np.eye(2, dtype=bool))
    assert found.upper == pytest.approx(2.0)
    assert isinstance(found.gap, float)
    assert "minimum nuclear norm is 2," in found.headline()


def test_zeros_and_full_masks():
    zero = minimum_nuclear_norm(np.zeros((3, 3)), np.eye(3, dtype=bool))
    assert zero.upper == zero.lower == 0.0
    matrix = np.arange(6.0).reshape(2, 3)
    full = minimum_nuclear_norm(matrix, np.ones((2, 3), bool))
    assert full.upper == pytest.approx(np.linalg.norm(matrix, "nuc"))
    np.testing.assert_array_equal(full.values, matrix)


def test_an_early_stop_says_how_far_it_came():
    masks, values = problems(1)
    found = minimum_nuclear_norm(values, masks, max_steps=25)
    assert found.gap[0] > 1e-8
    assert found.lower[0] < found.upper[0]
