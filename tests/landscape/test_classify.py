"""Points of the landscape get the right verdict."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import critical, critical_mixed, loss, network, plateau
from jax.scipy.special import erf
from scipy.optimize import brentq

from suffice._core import ravel
from suffice.landscape import classify, embed, inertia, Null, Splitting
from suffice.models import Activation, TwoLayer

KEY = jax.random.key(0)


def narrow_minimum(rng, activation, dim):
    while True:
        narrow, x, y = critical(rng, activation, 1, dim, size=0.05)
        if inertia(narrow, x, y).signature[1:] == (0, 0):
            return narrow, x, y


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu"])
def test_splits_of_a_minimum_follow_the_table_of_signs(activation):
    """One definite B: shares of one sign against one share beyond one."""
    rng = np.random.default_rng(0)
    for _ in range(4):
        narrow, x, y = narrow_minimum(rng, activation, 1)
        assert classify(narrow, x, y).verdict == "minimum"
        found = [
            classify(embed(narrow, x, y, width=2, kind=Splitting(shares=s)).point, x, y)
            for s in ((0.4, 0.6), (1.5, -0.5), (1.0, 0.0))
        ]
        verdicts = {one.verdict for one in found[:2]}
        assert verdicts == {"plateau minimum", "strict saddle"}
        assert found[2].verdict == "non-strict saddle"
        for one in found:
            assert one.widths == (1,)
            assert one.predicted == one.inertia.signature
            if "saddle" in one.verdict:
                assert one.escape.measured > 0


def test_a_split_relu_minimum_is_a_plateau_of_the_samples():
    rng = np.random.default_rng(1)
    narrow, x, y = critical(rng, "relu", 1, 2, size=0.05)
    assert classify(narrow, x, y).verdict == "plateau minimum"  # its scale is free
    wide = classify(embed(narrow, x, y, width=3).point, x, y)
    assert wide.verdict == "plateau minimum"
    assert wide.dimension == 1 + 2 * 3  # the scale, and (D + 1) for each copy


def test_a_null_neuron_on_the_kink_of_a_sample_makes_a_saddle_at_a_kink():
    rng = np.random.default_rng(2)
    narrow, x, y = critical(rng, "relu", 2, 3)
    residual = np.asarray(jax.vmap(narrow)(jnp.asarray(x))) - y
    plane = np.linalg.svd(x[:1])[2][
        1:
    ]  # weight vectors with the first input on the kink

    def turned(t):
        return np.array([np.cos(t), np.sin(t)]) @ plane

    def phi(t):
        return np.maximum(x @ turned(t), 0) @ residual

    grid = np.linspace(0, 2 * np.pi, 97)
    values = np.array([phi(t) for t in grid])
    (first, *_) = np.flatnonzero(values[:-1] * values[1:] < 0)
    w = turned(brentq(phi, grid[first], grid[first + 1], xtol=1e-15))
    wide = embed(narrow, x, y, width=3, kind=Null(weights=[w]))
    assert classify(wide.point, x, y).verdict == "saddle at a kink"


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_null_neurons_make_strict_saddles(activation):
    rng = np.random.default_rng(2)
    narrow, x, y = critical(rng, activation, 2, 3)
    wide = embed(narrow, x, y, width=4, kind="null", key=KEY)
    found = classify(wide.point, x, y)
    assert found.verdict == "strict saddle"
    assert found.roles == (("target", "target", "null", "null"),)
    assert found.groups == (((0,), (1,)),)
    assert found.escape.measured > 0


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_zero_loss_and_points_that_are_not_critical(activation):
    rng = np.random.default_rng(3)
    point = network(rng, 3, 2, activation)
    x = rng.standard_normal((20, 2))
    y = np.asarray(jax.vmap(point)(x))
    assert classify(point, x, y).verdict == "zero loss"
    assert classify(point, x, y + 1).verdict == "not critical"


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_noise_is_polished_away(activation):
    rng = np.random.default_rng(4)
    narrow, x, y = critical(rng, activation, 2, 2)
    kind = Splitting(groups=(0, 1, 0, 1), shares=(0.3, 0.6, 0.7, 0.4))
    exact = embed(narrow, x, y, width=4, kind=kind).point
    for noise in (1e-7, 1e-3):
        point = jax.tree.map(
            lambda leaf, s=noise: leaf + s * rng.standard_normal(leaf.shape), exact
        )
        if noise == 1e-3:
            assert classify(point, x, y).verdict == "not critical"
        found = classify(point, x, y, polish=True, tolerance=max(1e-6, 10 * noise))
        assert found.moved < 30 * noise
        assert found.groups == (((0, 2), (1, 3)),)
        assert found.verdict == classify(exact, x, y).verdict


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_deep_splits_are_strict_saddles(activation):
    rng = np.random.default_rng(5)
    narrow, x, y = critical_mixed(rng, activation)
    kind = Splitting(groups=((0, 1, 0), (0, 1)), shares=((0.3, 1, 0.7), (1, 1)))
    found = classify(embed(narrow, x, y, width=(3, 2), kind=kind).point, x, y)
    assert found.verdict == "strict saddle"
    assert found.widths == (2, 2)
    if activation != "relu":  # whose copies may have any scale: no closed form
        assert found.predicted == found.inertia.signature
    assert found.escape.measured > 0


def test_a_degenerate_point_is_undecided():
    """f = a w^3 x^3 at w = 0: a point of inflection."""
    cube = TwoLayer(jnp.array([[0.0]]), jnp.array([1.0]), activation="cube")
    x = np.array([[-1.0], [1.0], [2.0]])
    y = np.array([1.0, 1.0, 1.0])
    found = classify(cube, x, y)
    assert found.verdict == "undecided"
    assert "second derivative does not decide" in found.note


def test_a_channel_to_infinity_is_no_critical_point():
    """Two error functions that approach the derivative of one."""
    half = Activation(
        "erf2",
        lambda z: erf(z / np.sqrt(2)),
        parity="odd",
        independent=True,
        suprema=(1.0, 0.7979, 0.4839),
    )
    x = np.linspace(-2.5, 2.5, 60)[:, None]
    z = jnp.asarray(5 * x[:, 0])
    y = np.asarray(half(z + 2.5) + half(z - 2.5))
    point = TwoLayer(
        jnp.array([[1.49], [1.31]]), jnp.array([12.0, -9.9]), activation=half
    )
    theta, unravel = ravel(point)

    def value(vector):
        return 0.5 * jnp.mean((jax.vmap(unravel(vector))(x) - y) ** 2)

    step = jax.jit(lambda t: t - 2e-3 * jax.grad(value)(t))
    for _ in range(3000):
        theta = step(theta)
    found = classify(unravel(theta), x, y)
    assert found.verdict == "channel to infinity"
    assert "approach each other" in found.note


def test_a_network_stopped_on_a_plateau_is_near_an_embedded_neuron():
    point, x, y = plateau()
    assert classify(point, x, y).verdict == "not critical"
    found = classify(point, x, y, polish=True)
    assert found.verdict == "strict saddle"
    assert found.widths == (1,)
    assert found.difference < 0.05
    assert found.predicted == found.inertia.signature
    assert found.escape.measured > 0.1 * found.loss
    for start in (found.point, point):  # the way out helps the trained network too
        moved = [
            jax.tree.map(lambda a, b, t=t: a + t * b, start, found.escape.direction)
            for t in (0.1, -0.1)
        ]
        assert min(loss(m, x, y) for m in moved) < loss(start, x, y)


def test_an_equinox_network_is_classified_as_the_deep_network_that_it_is():
    mlp = eqx.nn.MLP(2, "scalar", 2, 1, activation=jnp.tanh, key=KEY)
    x = np.random.default_rng(0).normal(size=(9, 2))
    y = np.asarray(jax.vmap(mlp)(x))
    assert classify(mlp, x, y).verdict == "zero loss"
    assert classify(mlp, x, y + 1, polish=False).verdict == "not critical"


def test_bad_input_is_refused():
    narrow, x, y = critical(np.random.default_rng(2), "tanh", 2, 2)
    with pytest.raises(ValueError, match="parameters that are not finite"):
        classify(TwoLayer(narrow.w * np.inf, narrow.a), x, y)
    with pytest.raises(ValueError, match="expected a TwoLayer or a DeepNetwork"):
        classify(lambda u: u, x, y)
    with pytest.raises(ValueError, match="y has shape"):
        classify(narrow, x, y[:3])


def test_a_classification_prints_and_is_json():
    narrow, x, y = critical(np.random.default_rng(2), "tanh", 2, 2)
    found = classify(embed(narrow, x, y, width=3).point, x, y)
    assert "width 2 embedded at width 3" in str(found)
    assert '"verdict": ' in found.to_json()
