"""The space of outputs that inputs allow, against the rank of many random neurons."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.landscape import classify, critical_points, embed, escape, zero_set
from suffice.landscape._network._arrays import Network, read
from suffice.landscape._network._attainable import attainable, excess, is_least
from suffice.landscape._network._jet import jet
from suffice.landscape._network._signals import signals
from suffice.models import ACTIVATIONS, DeepNetwork, TwoLayer

XOR = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])


def tied_inputs(rng, bias):
    """Copies, mirror images, multiples and zeros of a few integer vectors."""
    dim, size = int(rng.integers(1, 4)), int(rng.integers(2, 8))
    base = rng.integers(-3, 4, (int(rng.integers(1, 5)), dim)).astype(float)
    factors = rng.choice([1, -1, 2, -0.5, 0, 1, 1], (size, 1))
    z = base[rng.integers(len(base), size=size)] * factors
    return np.column_stack([z, np.ones(size)]) if bias else z


def neurons(activation, z, rng, count=2000):
    """The outputs of random neurons on inputs, one neuron a row."""
    size = 0.3 if activation.phase == "scale" else 1.0
    w = rng.standard_normal((count, z.shape[1])) * rng.choice([0.3, 1, 3], (count, 1))
    return jet(activation, size * w @ z.T).s


def numerical_rank(rows):
    rows = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-300)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=0), 1e-300)
    size = np.linalg.svd(rows, compute_uv=False)
    return int(np.sum(size > 1e-9 * max(size[0], 1e-300)))


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_the_dimension_is_the_rank_of_many_neurons(name):
    """For every activation, with and without biases."""
    rng, activation = np.random.default_rng(0), ACTIVATIONS[name]
    for case in range(30):
        z = tied_inputs(rng, bias=case % 3 == 2)
        dim = z.shape[1] - (case % 3 == 2)
        b, c = (np.zeros(1) if case % k == k - 1 else None for k in (3, 2))
        network = Network((np.zeros((1, dim)), np.zeros((1, 1))), (b, c), activation)
        space, rows = attainable(network, z), neurons(activation, z, rng)
        apart = rows.T - space.project(rows.T)
        assert np.abs(apart).max() <= 1e-10 * max(np.abs(rows).max(), 1e-300)
        if c is not None:
            rows = np.vstack([rows, np.ones((1, len(z)))])
        assert space.dimension == numerical_rank(rows)


@pytest.mark.parametrize("name", ["tanh", "gaussian", "relu", "sigmoid", "elu"])
@pytest.mark.parametrize("biased", [False, True])
def test_outputs_of_deep_networks_lie_in_the_space(name, biased):
    rng = np.random.default_rng(1)
    for case in range(3):
        z = tied_inputs(rng, bias=False)
        key = jax.random.key(case)
        model = DeepNetwork.normal(
            (z.shape[1], 3, 3, 1), 1.0, key=key, bias=biased, activation=name
        )
        outputs = np.asarray(jax.vmap(model)(z)).reshape(-1, 1)
        network = read(model)
        found = signals(network, z, outputs)
        space = attainable(network, found.h[0])
        np.testing.assert_allclose(space.project(outputs), outputs, atol=1e-12)


def test_the_origin_is_the_global_minimum_of_xor():
    """All networks of odd neurons vanish on average over mirrored inputs: loss 2."""
    y = np.array([1.0, -1.0, -1.0, 1.0])
    point = TwoLayer(jnp.array([[1.0, 0.5], [0.3, -1.0]]), jnp.zeros(2))
    found = classify(point, XOR, y)
    assert found.verdict == "global minimum"
    assert found.loss == found.unavoidable == 2.0
    assert found.escape is None
    assert escape(point, XOR, y) is None
    assert "mirrored" in found.note
    with pytest.raises(ValueError, match="no network fits these samples better"):
        zero_set(point, XOR, y, key=jax.random.key(0))
    biased = TwoLayer(0 * point.w, point.a, b=jnp.zeros(2))  # which unties the inputs
    found = classify(biased, XOR, y)
    assert found.verdict == "non-strict saddle"
    assert found.escape.measured > 0.1


def solved(x, values, activation="tanh", width=2):
    """A network without biases that has given values at inputs, by least squares."""
    w = np.random.default_rng(3).standard_normal((width, x.shape[1]))
    s = jet(ACTIVATIONS[activation], x @ w.T).s
    a = np.linalg.lstsq(s, values, rcond=None)[0]
    assert np.abs(s @ a - values).max() < 1e-12
    return TwoLayer(jnp.asarray(w), jnp.asarray(a), activation=activation)


@pytest.mark.parametrize("third", [False, True])
def test_replicates_leave_a_residual_at_the_global_minimum(third):
    """Values 0 and 1 at two inputs, twice each: a mean loss of 0.3125."""
    x = np.array([[1, 0.5], [1, 0.5], [-0.5, 1], [-0.5, 1]])
    y = np.array([1.0, -1.0, 0.5, 1.5])
    point = solved(x, np.array([0.0, 0.0, 1.0, 1.0]))
    if third:
        point = TwoLayer(
            jnp.vstack([point.w, jnp.ones((1, 2))]), jnp.append(point.a, 0)
        )
    found = classify(point, x, y)
    assert found.verdict == "global minimum"
    assert found.loss / 4 == pytest.approx(0.3125, rel=1e-12)
    if third:
        assert found.inertia.signature == (2, 0, 7)
    weights = 3 * np.random.default_rng(0).standard_normal((1000, 2))
    residual = np.asarray(jax.vmap(point)(x)) - y
    assert np.abs(np.tanh(weights @ x.T) @ residual).max() < 1e-12


def test_mirrored_inputs_leave_a_residual_at_the_global_minimum():
    """(1, .5) and (-1, -.5) with targets 1 and 2: a mean loss of 0.75."""
    x, y = np.array([[1, 0.5], [-1, -0.5], [-0.5, 1]]), np.array([1.0, 2.0, 1.0])
    point = solved(x, np.array([-0.5, 0.5, 1.0]))
    found = classify(point, x, y)
    assert found.verdict == "global minimum"
    assert found.loss / 3 == pytest.approx(0.75, rel=1e-12)
    logistic = solved(x, np.array([-0.5, 0.5, 1.0]), "sigmoid", width=3)
    assert classify(logistic, x, y).verdict != "global minimum"  # sum e != 0


def test_a_null_neuron_at_a_least_loss_is_free():
    """Every weight vector is a zero of the residual function, as at zero loss."""
    x = np.array([[1, 0.5], [1, 0.5], [-0.5, 1], [-0.5, 1]])
    y = np.array([1.0, -1.0, 0.5, 1.5])
    point = solved(x, np.array([0.0, 0.0, 1.0, 1.0]))
    wide = embed(point, x, y, width=4, kind="null", key=jax.random.key(0))
    assert wide.fits
    assert wide.predicted == classify(wide.point, x, y).inertia.signature


@pytest.mark.parametrize("name", ["tanh", "softplus", "relu", "gaussian"])
def test_replicates_do_not_change_the_verdict_on_a_saddle(name):
    """A silent neuron can help if the residual is not forced: its loss falls."""
    rng = np.random.default_rng(5)
    for _ in range(4):
        x = np.repeat(rng.standard_normal((5, 2)), 2, axis=0)
        y = rng.standard_normal(10)
        point = TwoLayer(jnp.zeros((1, 2)), jnp.zeros(1), activation=name)
        network = read(point)
        found = signals(network, x, y[:, None])
        assert not is_least(network, found)
        assert np.abs(excess(network, found)).max() > 1e-3
        answer = classify(point, x, y)
        assert answer.escape is None or answer.escape.measured > 0
        assert answer.verdict not in ("global minimum", "zero loss")


def test_a_tree_of_replicates_stops_at_the_least_loss():
    x = np.array([[-1.0], [-1.0], [0.5], [0.5], [2.0], [2.0]])
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 2.0])
    tree = critical_points(x, y, width=1, starts=4, key=jax.random.key(0))
    assert tree.at(0) == [0]
    with pytest.raises(ValueError, match="1 samples that are not tied to others"):
        critical_points(x[:2], y[:2], width=1, key=jax.random.key(0))
