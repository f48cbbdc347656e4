"""Deep networks are reduced layer by layer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from embeddings import inside, Net

from suffice.models import DeepNetwork
from suffice.reduction import reduce


def numbers(model):
    net = Net.__new__(Net)
    net.weights = [np.asarray(w) for w in model.weights]
    net.biases = [np.asarray(b) for b in model.biases]
    net.activation = model.activation.name
    return net


KINDS = ["tanh", "sigmoid", "gaussian", "elu", "softplus", "gelu", "relu"]


@pytest.mark.parametrize("activation", KINDS)
@pytest.mark.parametrize("widths", [(3, 3, 2), (2, 3, 2, 1), (2, 2, 3, 2, 1)], ids=str)
@pytest.mark.parametrize("seed", range(10))
def test_every_embedding_is_undone(activation, widths, seed):
    rng = np.random.default_rng(seed)
    net = Net(rng, widths, activation)
    x = inside(rng, 200, widths[0], 5.0)
    narrow, y = net.hidden, net(x)
    net.embed(int(rng.integers(2, 7)))
    np.testing.assert_allclose(net(x), y, atol=1e-11)
    found = reduce(net.model(), tolerance=1e-9, radius=5.0)
    assert found.widths == narrow
    assert found.original_widths == net.hidden
    assert found.status == "rigorous"
    change = np.linalg.norm(numbers(found.model)(x) - y, axis=1).max()
    assert change <= found.bound + 1e-12
    assert found.bound < 1e-4


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "elu"])
def test_a_dipole_of_a_deep_network_is_reported_and_kept(activation):
    rng, eps = np.random.default_rng(3), 1e-7
    net = Net(rng, (2, 2, 2, 1), activation)
    row, bias = net.weights[1][0] + [2.0, 1.0], net.biases[1][0] - 1.0
    for sign in (1, -1):
        net.add(1, row + np.array([sign * eps, 0]), bias, np.array([sign * 0.5 / eps]))
    found = reduce(net.model(), tolerance=1e-6)
    assert found.layers[1].roles == ("target", "target", "dipole", "dipole")
    assert found.widths == (2, 4)
    assert "2 neurons form dipoles" in found.note


def test_merging_above_kills_below():
    """A neuron heard only by two neurons that cancel is found in a second pass."""
    rng = np.random.default_rng(0)
    net = Net(rng, (2, 2, 2, 1), "tanh")
    net.null(1)  # a neuron of layer 1 that nothing hears ...
    net.add(0, np.array([0.3, -0.7]), 0.2, np.array([0.0, 0.0, 1.0]))  # heard by it
    found = reduce(net.model())
    assert found.original_widths == (3, 3)
    assert found.widths == (2, 2)
    assert found.layers[0].roles == ("target", "target", "null")
    assert found.layers[0].origins == ((0,), (1,))


def test_uniform_splitting_is_undone_without_tolerance():
    rng = np.random.default_rng(1)
    net = Net(rng, (2, 2, 2, 1), "tanh")
    for q in (1, 0, 0, 1):
        net.split(q, 0.25)
    found = reduce(net.model())
    assert found.widths == (2, 2)
    assert found.tolerance == 0


def test_a_generic_network_stays_as_it_is(key):
    for bias in (True, False):
        model = DeepNetwork.normal((3, 4, 3, 2), 1.0, key=key, bias=bias)
        found = reduce(model)
        assert found.widths == (4, 3)
        assert not found.changed
        assert found.bound == 0
        for old, new in zip(model.weights, found.model.weights, strict=True):
            np.testing.assert_array_equal(old, new)


def test_the_bound_holds_when_noise_is_merged():
    rng = np.random.default_rng(2)
    for seed in range(30):
        net = Net(np.random.default_rng(seed), (2, 2, 2, 1), "tanh")
        net.embed(3)
        eta = 10.0 ** rng.uniform(-8, -5)
        net.weights = [w + eta * rng.standard_normal(w.shape) for w in net.weights]
        x = inside(rng, 100, 2, 3.0)
        found = reduce(net.model(), tolerance=30 * eta, radius=3.0)
        assert found.widths == (2, 2)
        change = np.abs(numbers(found.model)(x) - net(x)).max()
        assert change <= found.bound + 1e-13


def test_a_scalar_head_stays_scalar(key):
    model = DeepNetwork.normal((2, 3, 1), 1.0, key=key)
    wide = DeepNetwork(
        (jnp.repeat(model.weights[0], 2, 0), jnp.repeat(model.weights[1] / 2, 2)),
        (jnp.repeat(model.biases[0], 2), model.biases[1]),
    )
    found = reduce(wide)
    assert found.widths == (3,)
    assert found.model(jnp.ones(2)).shape == ()
    assert jax.tree.map(jnp.shape, found.model) == jax.tree.map(jnp.shape, model)
