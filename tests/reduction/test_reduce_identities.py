"""Identities of activations, one by one, in the reduction of a network."""

from fractions import Fraction

import numpy as np
import pytest
from embeddings import inside, outputs
from reducible import network, W

from suffice.reduction import equal_functions, reduce


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
    first = np.array([[1.0, 0.5], [-0.25, 0.75]])
    third = -first.sum(axis=0)
    w = np.vstack([first, third, -first, -third])
    # even parts 2 E(z_t), linear part (1/2) sum w_t - (1/2) sum w_t = 0 = sum of w_t
    model = network(w, np.ones(6), activation="softplus")
    found = reduce(model)
    assert found.widths == (3,)
    x = inside(np.random.default_rng(0), 50, 2, 3.0)
    np.testing.assert_allclose(outputs(found.model, x), outputs(model, x), atol=1e-13)


def test_a_remainder_that_is_only_small_is_kept_at_tolerance_zero():
    """The sum of these three rows is zero up to rounding, but not exactly."""
    third = -(W[0] + W[1])
    assert (W.sum(axis=0) + third == 0).all()
    assert Fraction(W[0, 0]) + Fraction(W[1, 0]) + Fraction(third[0])
    model = network(
        np.vstack([W, third, -W, -third]), np.ones(6), activation="softplus"
    )
    assert reduce(model).widths == (5,)
    assert reduce(model, tolerance=1e-12).widths == (3,)


MIRRORED = ["softplus", "gelu", "silu", "relu", "leaky-relu"]


@pytest.mark.parametrize("name", MIRRORED)
@pytest.mark.parametrize("small", [0, 1, 20, 50, 60, 300])
def test_a_neuron_and_its_mirror_image_are_a_linear_function_of_any_size(name, small):
    """`e s(z) - e s(-z) = e z`, which is a function of its own unless `e` is zero."""
    e = 2.0**-small if small else 0.0
    w = np.array([[1.0, 0.5], [0.75, -1.0], [-0.75, 1.0]])
    model = network(w, [1.0, e, -e], activation=name)
    one = network(w[:1], [1.0], activation=name)
    assert reduce(model).widths == (3 if e else 1,)
    assert equal_functions(model, one, tolerance=0.0) == (e == 0)
    assert equal_functions(model, one) == (e < 1e-10)


@pytest.mark.parametrize("small", [0, 20, 50, 60, 300])
def test_a_logistic_neuron_and_its_mirror_image_are_a_constant_of_any_size(small):
    e = 2.0**-small if small else 0.0
    w = np.array([[1.0, 0.5], [0.75, -1.0], [-0.75, 1.0]])
    model = network(w, [1.0, e, e], activation="sigmoid")
    assert reduce(model).widths == (2 if e else 1,)


@pytest.mark.parametrize("apart", [2.0**-30, 2.0**-50, 2.0**-52, 0.0])
@pytest.mark.parametrize("name", ["relu", "tanh", "exp", "sin"])
def test_only_equal_directions_are_merged_at_tolerance_zero(name, apart):
    w = np.array([[1.0, 0.5], [1.0, 0.5 + apart], [0.25, 1.0]])
    model = network(w, [1.0, 2.0, -1.0], np.array([0.5, 0.5, 0.25]), None, name)
    assert reduce(model).widths == (3 if apart else 2,)


@pytest.mark.parametrize("name", ["exp", "sin", "cos"])
def test_biases_that_differ_in_the_last_bit_do_not_cancel(name):
    w, b = np.array([[1.0, 0.5], [1.0, 0.5]]), np.array([0.5, 0.5 + 2.0**-52])
    assert reduce(network(w, [1.0, -1.0], b, None, name)).widths != (0,)
    assert reduce(network(w, [1.0, -1.0], b[[0, 0]], None, name)).widths == (0,)


def test_parallel_rectified_neurons_cancel_exactly_or_not_at_all():
    """Multiples with few bits, whose norms are rounded."""
    rng = np.random.default_rng(2)
    for _ in range(50):
        row, factor = rng.integers(-9, 10, 3) + 0.5, float(rng.integers(1, 99))
        w = np.vstack([row, factor * row])
        whole = network(w[:, :2], [factor, -1.0], w[:, 2], None, "relu")
        assert reduce(whole).widths == (0,)
        rest = network(w[:, :2], [factor, -1.0 - 2.0**-52], w[:, 2], None, "relu")
        assert reduce(rest).widths == (1,)


def test_tiny_weights_of_rectified_neurons_do_not_underflow():
    w, a = 1e-30 * np.array([[1.0, 0.5], [0.25, 1.0]]), 1e-300 * np.array([1.0, 2.0])
    found = reduce(network(w, a, activation="relu"))
    assert found.widths == (2,)
    assert (np.asarray(found.model.a) != 0).all()


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
