"""What the dynamics of a factorisation prefers among completions."""

import numpy as np
import pytest

from suffice.completion import (
    Connectivity,
    factorisation_flow,
    minimum_nuclear_norm,
    predict_bias,
)
from suffice.completion._dynamics._product_spectrum import count_rank


def generic(shape, rank, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((shape[0], rank)) @ rng.standard_normal((rank, shape[1]))


def ranks(flow):
    """At scale 1e-8 what should vanish is below 1e-12, what should not may be small."""
    return count_rank(flow.singular_values, 1e-7)


def blocks(*sizes):
    rows, columns = np.sum(sizes, axis=0)
    mask, i, j = np.zeros((rows, columns), bool), 0, 0
    for m, n in sizes:
        mask[i : i + m, j : j + n] = True
        i, j = i + m, j + n
    return mask


COMPLETE_PARTS = [
    blocks((1, 1), (3, 3)),
    blocks((2, 2), (2, 2)),
    blocks((1, 2), (2, 1), (1, 1)),
    blocks((3, 1), (1, 3)),
    np.eye(4, dtype=bool),
]


@pytest.mark.theory
@pytest.mark.slow
def test_disconnected_complete_components_get_the_least_nuclear_norm():
    """2405.13721: minimum nuclear norm as the initialisation vanishes."""
    masks = np.stack(COMPLETE_PARTS)
    values = np.stack([generic((4, 4), 2, seed) for seed in range(5)])
    flow = factorisation_flow(values, masks, scales=(1e-1, 1e-4, 1e-8), seeds=2)
    assert flow.converged.all()
    least = minimum_nuclear_norm(values, masks, tolerance=1e-12).upper
    excess = (
        np.linalg.norm(flow.values, "nuc", axis=(-2, -1)) / least[:, None, None] - 1
    )
    assert excess[:, 1].max() < 1e-5
    assert np.abs(excess[:, 2]).max() < 1e-10
    assert excess[:, 0].max() > 1e-3  # negative control: 1e-1 is not small
    for mask, rank in zip(masks, ranks(flow)[:, 2], strict=True):
        said = predict_bias(mask, rank=2)
        assert said.connectivity is Connectivity.disconnected_complete
        assert said.nuclear_norm == "yes"
        assert said.least_rank == "no"
        np.testing.assert_array_equal(rank, said.rank)
        assert said.minimum_rank < said.rank


@pytest.mark.theory
@pytest.mark.slow
def test_rank_one_with_one_entry_apart_is_never_found():
    """2405.13721, figure 4: one entry and the complementary block of a 3 x 3 matrix."""
    target = generic((3, 3), 1, 4)
    masks = np.zeros((9, 3, 3), bool)
    for k in range(9):
        i, j = divmod(k, 3)
        masks[k][np.ix_(np.arange(3) != i, np.arange(3) != j)] = True
        masks[k, i, j] = True
    values = np.broadcast_to(target, masks.shape).copy()
    flow = factorisation_flow(values, masks, scales=(1e-8,), seeds=3)
    assert (ranks(flow) == 2).all()
    sums = [
        np.abs(target[k // 3, k % 3]) + np.linalg.norm(_block(target, k), "nuc")
        for k in range(9)
    ]
    expected = np.broadcast_to(np.array(sums)[:, None], (9, 3))
    np.testing.assert_allclose(flow.nuclear_norm[:, 0], expected, rtol=1e-10)
    assert predict_bias(masks[0], rank=1).rank == 2
    assert predict_bias(masks[0], rank=1).minimum_rank == 1


def _block(target, k):
    return target[np.ix_(np.arange(3) != k // 3, np.arange(3) != k % 3)]


@pytest.mark.theory
def test_norms_of_components_add_up_for_any_mask():
    """Also where components are not complete and neither norm nor rank is least."""
    mask = blocks((2, 2), (2, 2))
    mask[1, 1] = False
    target = generic((4, 4), 1, 0)
    flow = factorisation_flow(target, mask, scales=(1e-8,), seeds=4)
    parts = sum(
        np.linalg.norm(flow.values[0][:, i : i + 2, i : i + 2], "nuc", axis=(-2, -1))
        for i in (0, 2)
    )
    np.testing.assert_allclose(flow.nuclear_norm[0], parts, rtol=1e-7)
    said = predict_bias(mask, rank=1)
    assert said.connectivity is Connectivity.disconnected
    assert (said.nuclear_norm, said.least_rank) == ("conditional", "no")
    assert (ranks(flow) == said.rank).all()


@pytest.mark.theory
def test_a_connected_mask_leans_to_low_rank_not_to_low_norm():
    mask = np.ones((4, 4), bool)
    mask[0, 0] = False
    target = generic((4, 4), 2, 0)
    flow = factorisation_flow(target, mask, scales=(1e-8,))
    said = predict_bias(mask, rank=2)
    assert said.connectivity is Connectivity.connected
    assert said.least_rank == "conditional"
    assert flow.rank[0, 0] == said.rank == said.minimum_rank == 2


def test_width_limits_the_rank_of_many_components():
    said = predict_bias(np.eye(5, dtype=bool), width=3)
    assert said.rank == 3
    assert said.alignment == pytest.approx(1 / 3)
    np.testing.assert_array_equal(said.component_ranks, np.ones(5))


def test_a_full_mask_leaves_nothing_open():
    said = predict_bias(np.ones((3, 4), bool), rank=2)
    assert (said.nuclear_norm, said.least_rank, said.rank) == ("yes", "yes", 2)
    assert "nothing is left" in said.headline()


def test_generic_values_give_a_component_its_generic_completion_rank():
    mask = ~np.eye(4, dtype=bool)
    assert predict_bias(mask).rank == 2  # 12 independent entries at rank 2
    with pytest.raises(ValueError, match="width is 0"):
        predict_bias(mask, width=0)
