"""Greedy low-rank learning, rank by rank."""

import jax
import numpy as np
import pytest

from suffice.completion import factorisation_flow, glrl, saddle_spectrum


def rank_three():
    rng = np.random.default_rng(11)
    u = np.linalg.qr(rng.standard_normal((4, 3)))[0]
    v = np.linalg.qr(rng.standard_normal((4, 3)))[0]
    return u * [8.0, 4.0, 2.0] @ v.T


def without(i, j):
    mask = np.ones((4, 4), bool)
    mask[i, j] = False
    return mask


@pytest.mark.theory
def test_greedy_learning_ends_where_small_initialisation_ends():
    """arXiv:2012.09839 through 2405.13721: the limit of vanishing initialisation."""
    target, mask = rank_three(), without(1, 1)
    greedy = glrl(target, mask)
    assert greedy.converged
    assert greedy.rank == 3
    losses = [stage.loss for stage in greedy.stages[:2]]
    assert losses == pytest.approx([9.47121, 1.74755], rel=1e-5)
    assert all(stage.rested for stage in greedy.stages)
    flow = factorisation_flow(target, mask, scales=(1e-8,))
    assert np.abs(flow.values[0, 0] - greedy.product()).max() < 6e-8


@pytest.mark.theory
@pytest.mark.slow
def test_a_saddle_is_left_along_the_singular_vectors_of_the_residual():
    """2405.13721: negative curvatures are -s_i(R), each for every missing direction."""
    target, mask = rank_three(), without(1, 1)
    greedy = glrl(target, mask, max_rank=2)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
    left = np.pad(greedy.left, ((0, 0), (0, 2))) @ turn
    right = turn.T @ np.pad(greedy.right, ((0, 2), (0, 0)))
    saddle = saddle_spectrum(left, right, target, mask)
    known = [-1.79757416, -1.79757416, -0.51364318, -0.51364318]
    np.testing.assert_allclose(saddle.negative, known, atol=1e-7)
    assert saddle.second_order
    assert saddle.simple
    assert (saddle.rank, saddle.multiplicity) == (2, 2)

    def loss(theta):
        w = theta[:16].reshape(4, 4) @ theta[16:].reshape(4, 4)
        return ((w - target) ** 2 * mask).sum() / 2

    theta = np.concatenate([left.ravel(), right.ravel()])
    every = np.sort(np.concatenate([saddle.inside, np.repeat(saddle.across, 2)]))
    twin = np.linalg.eigvalsh(jax.hessian(loss)(theta))
    np.testing.assert_allclose(every, twin, atol=1e-7)


def test_disconnected_masks_break_strict_greedy_learning():
    """Inside a rank level there is a way down that strict learning does not take."""
    mask = np.zeros((4, 4), bool)
    mask[:2, :2] = mask[2:, 2:] = True
    rng = np.random.default_rng(0)
    target = rng.standard_normal((4, 2)) @ rng.standard_normal((2, 4))
    strict, robust = (glrl(target, mask, mode=mode) for mode in ("strict", "robust"))
    assert strict.rank == 4
    assert np.abs(strict.product()[~mask]).max() < 1e-6  # blocks never meet
    assert min(stage.curvature for stage in strict.stages) < -1e-3
    assert robust.rank == 2
    assert min(stage.curvature for stage in robust.stages) > -1e-6


def test_greedy_learning_of_a_rank_one_matrix_takes_one_stage():
    target = np.outer([1.0, 2.0, 3.0, -1.0], [1.0, -1.0, 0.5, 2.0])
    found = glrl(target, without(0, 3))
    assert found.rank == 1
    np.testing.assert_allclose(found.product(), target, atol=1e-9)


@pytest.mark.usefixtures("unchecked")
def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="mode is 'greedy'"):
        glrl(rank_three(), without(0, 0), mode="greedy")
    with pytest.raises(ValueError, match="max_rank is 5"):
        glrl(rank_three(), without(0, 0), max_rank=5)
    with pytest.raises(ValueError, match=r"left has shape \(4, 2\)"):
        saddle_spectrum(np.ones((4, 2)), np.ones((3, 4)), rank_three(), without(0, 0))


def test_the_origin_is_a_saddle_along_the_residual():
    """Its row space has dimension 0; the Hessian is the residual across, by hand."""
    target, mask = np.diag([3.0, 1.0]), np.ones((2, 2), bool)
    found = saddle_spectrum(np.zeros((2, 1)), np.zeros((1, 2)), target, mask)
    assert (found.rank, found.multiplicity, len(found.inside)) == (0, 1, 0)
    hessian = np.block([[np.zeros((2, 2)), -target], [-target.T, np.zeros((2, 2))]])
    np.testing.assert_allclose(found.across, np.linalg.eigvalsh(hessian))
