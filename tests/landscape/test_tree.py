"""The tree of critical points, width by width."""

import io
import itertools

import jax
import numpy as np
import pytest
from slow_cases import slow

from suffice.landscape import critical_points
from suffice.models import TwoLayer
from suffice.report import tree_figure

KEY = jax.random.key(0)


def problem(activation):
    rng = np.random.default_rng(1)
    x = 1.5 * rng.normal(size=(30, 2))
    target = TwoLayer.normal(3, 2, 1.5, key=jax.random.key(3), activation=activation)
    return x, np.asarray(jax.vmap(target)(x)) + 0.1 * rng.normal(size=30)


@pytest.mark.parametrize("activation", ["tanh", *slow("sigmoid", "softplus")])
def test_wider_critical_points_grow_out_of_narrow_ones(activation):
    x, y = problem(activation)
    tree = critical_points(x, y, width=2, activation=activation, starts=8, key=KEY)
    graph = tree.graph
    assert tree.at(0) == [0]
    assert graph.nodes[0]["loss"] == pytest.approx(0.5 * np.sum(y**2))
    for v, row in graph.nodes.items():
        assert row["gradient"] < 1e-8
        assert sum(row["inertia"]) == 3 * row["width"]
        for parent in graph.predecessors(v):
            assert graph.nodes[parent]["width"] == row["width"] - 1
    lowest = [graph.nodes[tree.at(r)[0]] for r in range(3)]
    assert lowest[0]["loss"] > lowest[1]["loss"] > lowest[2]["loss"]
    assert all(row["inertia"][1] == 0 for row in lowest[1:])  # minima
    grown = [v for v in tree.at(2) if list(graph.predecessors(v))]
    assert grown
    assert "critical points" in str(tree)
    assert '"nodes"' in tree.to_json()
    assert all(c < 0 for u, _, c in graph.edges(data="curvature") if u)
    drawn(tree)


def drawn(tree):
    """Every critical point has its mark and its label, no two on top of each other."""
    figure = tree_figure(tree)
    figure.savefig(io.BytesIO(), format="svg")
    axes = figure.axes[0]
    marks = [line for line in axes.lines if line.get_marker() in ("o", "s")]
    assert len(marks) == tree.graph.number_of_nodes()
    assert len(axes.lines) - len(marks) == tree.graph.number_of_edges()
    saddles = sum(row["inertia"][1] > 0 for row in tree.graph.nodes.values())
    assert [line.get_marker() for line in marks].count("s") == saddles
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == len(marks)
    pairs = itertools.combinations(boxes, 2)
    assert not any(one.overlaps(other) for one, other in pairs)


@pytest.mark.slow
def test_split_gelu_neurons_run_to_infinity_here():
    """Both widths have minima; the way between them leads to ever smaller weights."""
    rng = np.random.default_rng(5)
    x = 1.5 * rng.normal(size=(30, 3))
    target = TwoLayer.normal(3, 3, key=jax.random.key(5))
    y = np.asarray(jax.vmap(target)(x)) + 0.1 * rng.normal(size=30)
    options = {"width": 2, "activation": "gelu", "starts": 8, "saddles": False}
    tree = critical_points(x, y, key=KEY, **options)
    (one,), (two,) = tree.at(1), tree.at(2)
    assert tree.graph.nodes[one]["inertia"] == (4, 0, 0)
    assert tree.graph.nodes[two]["inertia"] == (8, 0, 0)
    assert tree.graph.nodes[two]["loss"] < tree.graph.nodes[one]["loss"]
    assert not tree.graph.has_edge(one, two)


def test_bad_input_is_refused():
    x, y = problem("tanh")
    with pytest.raises(ValueError, match="width is 0"):
        critical_points(x, y, width=0, key=KEY)
    with pytest.raises(
        ValueError, match="2 samples that are not tied to others; one neuron alone"
    ):
        critical_points(x[:2], y[:2], width=2, key=KEY)
    with pytest.raises(ValueError, match="y has shape"):
        critical_points(x, y[1:], width=2, key=KEY)
    with pytest.raises(ValueError, match="activation 'no' is not known"):
        critical_points(x, y, width=1, activation="no", key=KEY)
