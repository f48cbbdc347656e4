"""Where branches meet: known graphs, connectivity, and points on intersections."""

import itertools
from collections import Counter

import networkx as nx
import numpy as np
import pytest

from suffice.landscape import branches, intersection_graph
from suffice.landscape._branches._graphs import hierarchy, label_graph, type_graph
from suffice.landscape._branches._joint import free_vectors


def test_type_graph_of_one_neuron_in_three():
    graph = type_graph(branches(1, 3))
    nodes = {n: (d["count"], d["dimension"]) for n, d in graph.nodes(data=True)}
    assert nodes == {
        "1; 1,1": (3, 4),
        "1; 2": (3, 3),
        "2; 1": (3, 3),
        "3; -": (1, 2),
    }
    meetings = {frozenset((a, b)): m for a, b, m in graph.edges(data="meetings")}
    assert meetings == {
        frozenset(("1; 1,1", "1; 2")): {2: 3},
        frozenset(("1; 1,1", "2; 1")): {2: 6},
        frozenset(("1; 1,1", "3; -")): {0: 3},
        frozenset(("1; 2",)): {0: 3},
        frozenset(("1; 2", "2; 1")): {0: 6},
        frozenset(("1; 2", "3; -")): {1: 3},
        frozenset(("2; 1",)): {0: 3},
        frozenset(("2; 1", "3; -")): {1: 3},
    }
    assert sum(sum(tally.values()) for tally in meetings.values()) == 30


@pytest.mark.parametrize("name", ["generic", "tanh", "sigmoid"])
def test_type_graph_is_the_quotient_of_the_intersection_graph(name):
    found = branches(1, 3, activation=name)
    single, types = intersection_graph(found), type_graph(found)
    label = nx.get_node_attributes(single, "label")
    for a, b, meetings in types.edges(data="meetings"):
        edges = [
            dimension
            for i, j, dimension in single.edges(data="dimension")
            if {label[i], label[j]} == {a, b}
        ]
        assert dict(Counter(edges)) == meetings
    total = sum(sum(m.values()) for *_, m in types.edges(data="meetings"))
    assert total == single.number_of_edges()


@pytest.mark.parametrize(
    ("k", "m", "diameter"),
    [(1, 2, 2), (1, 3, 2), (1, 4, 2), (2, 3, 6), (2, 4, 4), (3, 4, 8)],
)
def test_global_minima_are_connected_with_one_neuron_to_spare(k, m, diameter):
    graph = intersection_graph(branches(k, m))
    assert nx.is_connected(graph)
    assert nx.diameter(graph) == diameter


@pytest.mark.parametrize(("k", "points"), [(2, 2), (3, 6)])
def test_without_a_spare_neuron_they_are_isolated(k, points):
    graph = intersection_graph(branches(k, k))
    assert (len(graph), graph.number_of_edges()) == (points, 0)


@pytest.mark.parametrize("name", ["tanh", "gaussian", "elu"])
@pytest.mark.parametrize(("k", "m"), [(1, 2), (1, 3), (2, 3)])
def test_signs_keep_the_minima_connected(name, k, m):
    found = branches(k, m, activation=name)
    assert nx.is_connected(intersection_graph(found))
    assert found.connected


def test_mirrored_logistic_neurons_are_islands():
    """The constant that they leave behind pins a neuron: those minima are isolated."""
    found = branches(1, 2, activation="sigmoid")
    graph = intersection_graph(found)
    assert nx.number_connected_components(graph) == 3
    assert {graph.nodes[n]["dimension"] for n in nx.isolates(graph)} == {0}
    assert found.connected is None


@pytest.mark.parametrize("name", ["generic", "tanh", "gaussian", "sigmoid"])
def test_an_intersection_is_where_the_equations_of_both_hold(name):
    """Twin: dimension of the common solutions, in all parameters at once."""
    found = branches(1, 3, activation=name)
    graph = intersection_graph(found)
    a, w = 1.3, np.array([0.7, -0.4])
    for i, j in list(itertools.combinations(range(len(graph)), 2))[::7]:
        rows = [
            row
            for index in (i, j)
            for row in equations(found.listed[index], found.family, a, w)
        ]
        system, right = np.array([r for r, _ in rows]), np.array([b for _, b in rows])
        rank = np.linalg.matrix_rank(system)
        meets = np.linalg.matrix_rank(np.column_stack([system, right])) == rank
        assert graph.has_edge(i, j) == meets
        if meets:
            assert graph.edges[i, j]["dimension"] == system.shape[1] - rank


def equations(branch, family, a, w):
    """Linear equations of a branch in `(a, W)`, with right-hand sides."""
    m, dim = len(branch), family.weights
    odd = family.name in ("tanh", "sigmoid")

    def row(entries, right):
        out = np.zeros(m * (dim + 1))
        for index, value in entries:
            out[index] += value
        return out, right

    blocks = {}
    for i, place in enumerate(branch):
        slot = m + i * dim
        if place.role == "silent":
            yield from (row([(slot + d, 1)], 0.0) for d in range(dim))
            continue
        if place.role == "target":
            yield from (row([(slot + d, 1)], place.sign * w[d]) for d in range(dim))
        blocks.setdefault(place[:2], []).append((i, place.sign))
    for key, members in blocks.items():
        aim = a if key[0] == "target" else 0.0
        yield row([(i, sign if odd else 1) for i, sign in members], aim)
        first, sign = members[0]
        for i, other in members[1:]:
            for d in range(dim):
                pair = [(m + i * dim + d, other), (m + first * dim + d, -sign)]
                yield row(pair, 0.0)
    if family.coupling == "constant":
        yield row([(i, 1) for i in range(m)], a)


def test_targets_never_fall_together():
    first, second = branches(2, 2).listed
    assert free_vectors(2, first, second) is None
    assert free_vectors(2, first, first) == 0


def test_hierarchy_is_graded_and_every_wider_type_has_a_cover():
    for name in ("generic", "tanh", "gaussian"):
        graph = hierarchy(branches(1, 4, activation=name))
        assert all(b[0] == a[0] + 1 for a, b in graph.edges)
        roots = [node for node, degree in graph.in_degree if degree == 0]
        assert {width for width, _ in roots} == {1}
        assert nx.is_directed_acyclic_graph(graph)
    assert len([n for n in hierarchy(branches(1, 4)) if n[0] == 4]) == 7


def test_mirrored_softplus_neurons_start_families_of_their_own():
    """Four neurons can cancel though no three of them do."""
    graph = hierarchy(branches(1, 5, activation="softplus"))
    assert any(d == 0 and node[0] > 1 for node, d in graph.in_degree)


@pytest.mark.parametrize(
    ("components", "incidences", "nodes", "parts"),
    [
        (1, {0: [0], 1: [0]}, 12, 1),
        (2, {0: [0], 1: [1]}, 18, 6),
        (1, {}, 12, 12),
    ],
)
def test_connectivity_at_nonzero_loss(components, incidences, nodes, parts):
    """Two neurons in three: one zero set through both, one each, or none (definite)."""
    found = branches(2, 3, loss="nonzero", components=components)
    graph = label_graph(found, incidences)
    assert len(graph) == nodes
    assert nx.number_connected_components(graph) == parts


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: intersection_graph(branches(1, 2, loss="nonzero")), "label_graph"),
        (lambda: intersection_graph(branches(1, 2, bias=True)), "with biases"),
        (
            lambda: type_graph(branches(1, 2, activation="softplus")),
            "activation softplus",
        ),
        (lambda: intersection_graph(branches(1, 3, listed=5)), "listed="),
        (lambda: label_graph(branches(1, 2), {}), "loss='nonzero'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_graphs_that_are_not_known_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
