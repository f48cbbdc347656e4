"""Identities of activations, one by one, in the reduction of a network."""

import numpy as np
import pytest
from embeddings import inside, outputs
from reducible import network, W

from suffice.reduction import reduce


@pytest.mark.parametrize(
    ("activation", "bias", "width"),
    [
        ("tanh", False, 1),  # 2 s(z) + s(-z) = s(z)
        ("tanh", True, 1),
        ("gaussian", False, 1),
        ("sigmoid", False, 2),  # ... + a constant, without an output bias
        ("sigmoid", True, 2),
        ("softplus", False, 2),  # ... + a linear function along w: split over +-w
        ("silu", True, 2),
        ("relu", False, 2),
        ("elu", False, 2),  # no identity: two neurons
        ("exp", False, 2),
    ],
)
def test_a_neuron_and_its_mirror_image(activation, bias, width):
    b = np.array([0.2, -0.2]) if bias else None
    model = network([W[0], -W[0]], [2.0, 1.0], b, None, activation)
    assert reduce(model).widths == (width,)


@pytest.mark.parametrize(
    ("activation", "width"), [("sigmoid", 0), ("softplus", 2), ("tanh", 1)]
)
def test_an_output_bias_takes_the_constant(activation, width):
    """s(z) + s(-z) is 1 for the logistic function, not for the others."""
    b = np.array([0.2, -0.2])
    model = network([W[0], -W[0]], [1.0, 1.0], b, 0.5, activation)
    found = reduce(model)
    assert found.widths == (0 if activation == "tanh" else width,)
    if activation == "sigmoid":
        assert found.model.c == pytest.approx(1.5)


def test_a_linear_function_of_softplus_pairs_takes_two_neurons():
    w = np.vstack([W, -W])
    model = network(w, [1.0, 1.0, -1.0, -1.0], activation="softplus")
    found = reduce(model)
    x = inside(np.random.default_rng(0), 50, 2, 3.0)
    assert found.widths == (2,)
    np.testing.assert_allclose(outputs(found.model, x), x @ (W[0] + W[1]), atol=1e-13)


def test_signs_are_searched_for_a_softplus_network_without_remainder():
    """s(z1) + s(-z1) + ... hides behind signs that no member has alone."""
    third = -(W[0] + W[1])
    w = np.vstack([W, third, -W, -third])
    # even parts 2 E(z_t), linear part (1/2) sum w_t - (1/2) sum w_t = 0 = sum of w_t
    model = network(w, np.ones(6), activation="softplus")
    found = reduce(model)
    assert found.widths == (3,)
    x = inside(np.random.default_rng(0), 50, 2, 3.0)
    np.testing.assert_allclose(outputs(found.model, x), outputs(model, x), atol=1e-13)


def test_nearly_parallel_atoms_are_not_played_off_against_each_other():
    """Found by random search: the remainder went into weights of 8e5."""
    w = np.vstack([W[0], -W[0] * (1 + 1e-6), W[1], -W[1]])
    b = np.array([1.0, 0.5, -0.3, 0.3])
    model = network(w, [1.0, 2.0, 1.5, -0.5], b, 0.0, "softplus")
    for tolerance in (0.0, 1e-5):
        small = reduce(model, tolerance=tolerance).model
        assert np.abs(small.a).max() < 10


@pytest.mark.parametrize("activation", ["sigmoid", "softplus", "silu", "relu"])
def test_the_width_does_not_depend_on_the_order(activation):
    """Small integer weights make many ties between signs; 20 networks, 3 orders."""
    rng = np.random.default_rng(0)
    v = np.array([[1.0, 0.5, 0.5], [-0.5, 1.0, 0.5], [0.5, 0.5, -1.0]])
    for case in range(20):
        rows = v[rng.integers(0, 3, 7)] * rng.choice([-1, 1], (7, 1))
        a, c = rng.integers(-2, 3, 7), (None, 0.0)[case % 2]
        x = inside(rng, 50, 2, 3.0)
        widths = set()
        for order in (np.arange(7), rng.permutation(7), rng.permutation(7)):
            model = network(rows[order, :2], a[order], rows[order, 2], c, activation)
            found = reduce(model)
            widths.add(found.widths)
            np.testing.assert_allclose(
                outputs(found.model, x), outputs(model, x), atol=1e-12
            )
            assert reduce(found.model).widths == found.widths
        assert len(widths) == 1


def test_relu_neurons_on_one_ray_are_one():
    scales = np.array([0.3, 1.7, 5.0])
    w = np.vstack([scales[:, None] * W[0], W[1]])
    model = network(w, [1.0, 2.0, -0.5, 1.0], activation="relu")
    found = reduce(model)
    assert found.widths == (2,)
    size = np.linalg.norm(W[0])
    assert np.linalg.norm(found.model.w[0]) == pytest.approx(1)
    assert found.model.a[0] == pytest.approx(size * (0.3 + 3.4 - 2.5))
    assert reduce(network(w, [1.0, 2, -0.5, 1], activation="tanh")).widths == (4,)


def test_exponentials_with_biases_are_scaled_copies():
    b = np.array([0.3, -1.0])
    model = network([W[0], W[0]], [1.0, 2.0], b, None, "exp")
    found = reduce(model)
    assert found.widths == (1,)
    assert found.model.a[0] == pytest.approx(np.exp(0.3) + 2 * np.exp(-1.0))
    assert reduce(network([W[0], -W[0]], [1.0, 2.0], b, None, "exp")).widths == (2,)


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_waves_of_one_frequency_are_one_wave(name):
    rng = np.random.default_rng(3)
    w, a, b = np.vstack([W[0], -W[0], W[0]]), rng.normal(size=3), rng.normal(size=3)
    model = network(w, a, b, None, name)
    found = reduce(model)
    wave = {"sin": np.sin, "cos": np.cos}[name]
    x = inside(rng, 50, 2, 3.0)
    small = found.model
    got = wave(x @ np.asarray(small.w).T + np.asarray(small.b)) @ np.asarray(small.a)
    assert found.widths == (1,)
    np.testing.assert_allclose(got, wave(x @ w.T + b) @ a, atol=1e-13)
    two = network(w, np.stack([a, rng.normal(size=3)]), b, None, name)
    assert reduce(two).widths == (2,)  # amplitude and phase of two outputs
