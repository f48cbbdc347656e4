import jax
import numpy as np
import pytest

from suffice.landscape import critical_points
from suffice.models import TwoLayer

KEY = jax.random.key(0)


def problem(activation):
    rng = np.random.default_rng(1)
    x = 1.5 * rng.normal(size=(30, 2))
    target = TwoLayer.normal(3, 2, 1.5, key=jax.random.key(3), activation=activation)
    return x, np.asarray(jax.vmap(target)(x)) + 0.1 * rng.normal(size=30)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
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


def test_bad_input_is_refused():
    x, y = problem("tanh")
    with pytest.raises(ValueError, match="width is 0"):
        critical_points(x, y, width=0, key=KEY)
    with pytest.raises(ValueError, match="2 samples; one neuron alone has 3"):
        critical_points(x[:2], y[:2], width=2, key=KEY)
    with pytest.raises(ValueError, match="y has shape"):
        critical_points(x, y[1:], width=2, key=KEY)
    with pytest.raises(ValueError, match="activation 'no' is not known"):
        critical_points(x, y, width=1, activation="no", key=KEY)
