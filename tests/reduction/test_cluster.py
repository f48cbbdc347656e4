"""Single linkage, compared with all pairs of vectors."""

import itertools

import networkx as nx
import numpy as np
import pytest

from suffice.reduction._cluster import cluster


def by_pairs(v, tolerance, signed):
    """The partition by the distances of all pairs."""
    graph = nx.empty_graph(len(v))
    for i, j in itertools.combinations(range(len(v)), 2):
        reach = tolerance * (1 + max(np.linalg.norm(v[i]), np.linalg.norm(v[j])))
        apart = np.linalg.norm(v[i] - v[j])
        if signed:
            apart = min(apart, np.linalg.norm(v[i] + v[j]))
        if apart <= reach:
            graph.add_edge(i, j)
    return {frozenset(part) for part in nx.connected_components(graph)}


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_clusters_are_those_of_all_pairs(seed, signed):
    rng = np.random.default_rng(seed)
    tolerance = 10 ** rng.uniform(-3, -1.1)
    size, dim = int(rng.integers(1, 80)), int(rng.integers(1, 4))
    centres = rng.standard_normal((5, dim)) * rng.choice([1e-3, 1.0, 100.0], (5, 1))
    spread = rng.choice([0.0, 0.3, 1.0, 3.0], (size, 1)) * tolerance
    v = rng.choice(centres, size) * rng.choice([-1, 1], (size, 1))
    v = v + spread * (1 + abs(v)) * rng.standard_normal((size, dim))
    found = cluster(v, tolerance, signed)
    assert {frozenset(map(int, part)) for part in found.members} == by_pairs(
        v, tolerance, signed
    )
    assert [part[0] for part in found.members] == sorted(p[0] for p in found.members)


@pytest.mark.parametrize("spread", [0.0, 1e-9, 3e-7])
def test_a_hundred_thousand_copies_are_grouped_without_their_pairs(spread):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 100_000)
    v = rng.standard_normal((3, 2))[group]
    v = v + spread * rng.standard_normal(v.shape)
    found = cluster(v, 1e-5, signed=True)
    assert sorted(map(len, found.members)) == sorted(np.bincount(group))
