"""Ranks of masks found by growing blocks."""

import networkx as nx
import numpy as np
import pytest
from known_masks import band, ExactTwin, random_masks

from suffice.completion import closure, EntryStatus
from suffice.completion._determined._growth import grow, largest_block
from suffice.completion._determined._peel import CORE, peel
from suffice.completion._entries._mask import read_mask


def test_growth_is_the_completion_algorithm():
    """Each row and column added is a solve with `rank` unknowns: the values come out.

    Done here in the naive way, one vector at a time, on values of a rank-2 matrix.
    """
    rank, mask = 2, band(12, 2)
    rng = np.random.default_rng(0)
    values = rng.standard_normal((12, rank)) @ rng.standard_normal((rank, 12))
    rows, columns = largest_block(read_mask(mask), rank)
    assert rows.all()
    assert columns.all()
    known = np.where(mask, values, np.nan)
    a, b = np.full((12, rank), np.nan), np.full((12, rank), np.nan)
    b[:2] = np.eye(2)
    a[:2] = known[:2, :2]
    for _ in range(12):
        for left, right, table in ((a, b, known), (b, a, known.T)):
            for i in range(12):
                use = np.isfinite(table[i]) & np.isfinite(right[:, 0])
                if np.isnan(left[i, 0]) and use.sum() >= rank:
                    left[i] = np.linalg.lstsq(right[use], table[i, use], rcond=None)[0]
    np.testing.assert_allclose(a @ b.T, values, atol=1e-8)


def test_a_grown_block_is_determined_exactly():
    found = 0
    for mask, rank in random_masks(60, seed=11, most=8):
        rows, columns = largest_block(read_mask(mask), rank)
        inside = rows[:, None] & columns & ~mask
        found += inside.any()
        if inside.any():
            assert ExactTwin(mask, rank).determined()[inside].all()
    assert found > 20


def test_growth_stops_at_rows_with_too_few_entries():
    mask = np.zeros((5, 6), bool)
    mask[:2, :2] = True
    mask[2, :2] = True  # joins
    mask[3, 0] = True  # one entry is too few at rank 2
    mask[:2, 3] = True  # joins as a column
    rows, columns = grow(read_mask(mask), 2, np.array([0, 1]), np.array([0, 1]))
    assert rows.tolist() == [True, True, True, False, False]
    assert columns.tolist() == [True, True, False, True, False, False]


def test_peeling_leaves_the_core_of_networkx():
    for mask, rank in random_masks(30, seed=12):
        graph = nx.Graph()
        graph.add_edges_from((i, 100 + j) for i, j in np.argwhere(mask))
        core = set(nx.k_core(graph, rank + 1))
        rows, columns = peel(read_mask(mask), rank)
        kept = set(np.flatnonzero(rows == CORE)) | set(
            100 + np.flatnonzero(columns == CORE)
        )
        assert kept == core


def test_a_peeled_vertex_lowers_the_rank_by_its_entries():
    for mask, rank in random_masks(20, seed=13, most=7):
        rows, columns = peel(read_mask(mask), rank)
        core = mask[np.ix_(rows == CORE, columns == CORE)]
        inner = ExactTwin(core, rank).rank if core.any() else 0
        assert ExactTwin(mask, rank).rank == inner + mask.sum() - core.sum()


@pytest.mark.parametrize("share", [0.2, 0.12, 0.09])
def test_a_dense_part_decides_as_the_whole(share, monkeypatch):
    mask = np.random.default_rng(0).random((130, 110)) < share
    whole = closure(mask, 3)
    monkeypatch.setattr("suffice.completion._determined._parts.SEED", 100)
    monkeypatch.setattr("suffice.completion._determined._parts.LARGEST", 500)
    small = closure(mask, 3)
    assert small.completion_rank == whole.completion_rank
    fixed = (EntryStatus.unique, EntryStatus.finite)
    np.testing.assert_array_equal(
        np.isin(small.entries(), fixed), np.isin(whole.entries(), fixed)
    )
    assert small.unique >= whole.unique
    assert share < 0.2 or small.unique == 1
