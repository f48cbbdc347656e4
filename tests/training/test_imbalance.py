"""What gradient flow conserves between layers."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import ravel
from suffice.models import Activation, DeepNetwork, TwoLayer
from suffice.training import ensemble, imbalance, member

X = np.linspace(-2, 2, 6)[:, None]
Y = np.tanh(X[:, 0] + 1)


def two_neurons(key, runs=4, scale=1e-3, **options):
    options = {"bias": True} | options
    return ensemble(
        TwoLayer.normal(2, 1, key=key, **options), runs, scale=scale, key=key
    )


@eqx.filter_jit
def hessian(model, x, y, weights):
    theta, at = ravel(model)

    def loss(vector):
        error = jax.vmap(at(vector))(x).reshape(len(x), -1) - y.reshape(len(x), -1)
        return 0.5 * jnp.sum(weights[:, None] * error**2)

    return jax.hessian(loss)(jnp.zeros_like(theta))


def growth(model, x, y, weights):
    """The largest rate at the origin and the growing part, from the dense Hessian."""
    rates, modes = np.linalg.eigh(-np.asarray(hessian(model, x, y, weights)))
    top = modes[:, rates > rates.max() * (1 - 1e-9)]
    return rates.max(), top @ (top.T @ np.asarray(ravel(model)[0]))


def test_the_formula_of_the_paper_for_tanh_with_biases(key):
    models = two_neurons(key)
    found = imbalance(models, X, Y)
    gamma = np.array([Y @ X[:, 0], Y.sum()])
    norm = np.linalg.norm(gamma)
    incoming = np.stack([models.w[..., 0], models.b], axis=-1)
    np.testing.assert_allclose(found.gamma, gamma)
    np.testing.assert_allclose(found.rate, norm)
    c = np.asarray(models.a) * norm + incoming @ gamma
    np.testing.assert_allclose(found.c, c, rtol=1e-12)
    np.testing.assert_allclose(found.ratio, c[:, 0] / c[:, 1])
    assert ((found.folded > 0) & (found.folded <= 1)).all()
    np.testing.assert_allclose(np.linalg.norm(found.direction, axis=1), 1)


@pytest.mark.parametrize(
    ("name", "outputs"), [("erf", None), ("poly:0,-2,1", None), ("silu", 2)]
)
def test_rate_and_growing_part_are_those_of_the_hessian(key, name, outputs):
    rng = np.random.default_rng(1)
    x, weights = rng.standard_normal((5, 2)), rng.uniform(size=5)
    y = rng.standard_normal((5, 2) if outputs else 5)
    template = TwoLayer.normal(
        3, 2, key=key, bias=True, outputs=outputs, activation=name
    )
    model = member(ensemble(template, 1, scale=1e-2, key=key), 0)
    found = imbalance(model, x, y, weights=weights)
    rate, grown = growth(model, x, y, weights)
    assert found.rate == pytest.approx(rate)
    size = np.linalg.norm(grown)
    assert np.exp(-found.shift * found.rate) == pytest.approx(size)
    slope = abs(jax.grad(model.activation)(0.0))
    assert np.linalg.norm(found.c) == pytest.approx(np.sqrt(2) * size * rate / slope)
    neurons = np.linalg.norm(grown[:6].reshape(3, 2), axis=1)
    shares = neurons / np.linalg.norm(neurons)
    np.testing.assert_allclose(np.abs(found.direction), shares, rtol=1e-9)
    assert (found.ratio, found.folded) == (None, None)


def test_a_negative_slope_flips_the_output_weights(key):
    falling = Activation("falling", lambda z: -jnp.tanh(z), parity="odd")
    models = two_neurons(key)
    mirrored = dataclasses.replace(
        member(models, 0), a=-member(models, 0).a, activation=falling
    )
    ours, theirs = imbalance(mirrored, X, Y), imbalance(member(models, 0), X, Y)
    np.testing.assert_allclose(ours.c, theirs.c, rtol=1e-12)


def test_a_single_model_is_the_member_of_its_ensemble(key):
    models = two_neurons(key)
    whole, one = imbalance(models, X, Y), imbalance(member(models, 2), X, Y)
    np.testing.assert_array_equal(one.c, whole.c[2])
    assert one.ratio == whole.ratio[2]
    assert "ratio" in str(one)
    assert "ratio" not in str(whole)


def test_no_digit_is_lost_at_any_scale(key):
    models = two_neurons(key)
    small = eqx.tree_at(
        lambda m: (m.w, m.a, m.b), models, replace_fn=lambda leaf: 1e-290 * leaf
    )
    ours, theirs = imbalance(small, X, Y), imbalance(models, X, Y)
    np.testing.assert_allclose(ours.direction, theirs.direction, rtol=1e-14)
    late = 290 * np.log(10) / ours.rate
    np.testing.assert_allclose(ours.shift - theirs.shift, late, rtol=1e-12)


def test_each_member_may_have_data_of_its_own(key):
    models = two_neurons(key)
    xs = np.stack([X, 2 * X, X + 1, X**2])
    own = imbalance(models, xs, np.tanh(xs[..., 0]))
    assert own.gamma.shape == (4, 2)
    for i in range(4):
        alone = imbalance(member(models, i), xs[i], np.tanh(xs[i, :, 0]))
        np.testing.assert_allclose(own.c[i], alone.c, rtol=1e-12)


def test_a_deep_network_of_two_layers_is_one_of_them(key):
    models = two_neurons(key, bias=False)
    net = member(models, 0)
    deep = DeepNetwork((net.w, net.a), activation="tanh")
    np.testing.assert_array_equal(imbalance(deep, X, Y).c, imbalance(net, X, Y).c)


def test_only_odd_activations_have_a_folded_ratio(key):
    silu = imbalance(two_neurons(key, activation="silu"), X, Y)
    assert silu.ratio is not None
    assert silu.folded is None


@pytest.mark.parametrize(
    ("options", "targets", "message"),
    [
        ({"activation": "sigmoid"}, Y, r"s\(0\) = 0.5, so the origin is not"),
        ({"activation": "relu"}, Y, "'relu' has a kink at 0"),
        ({"activation": "square"}, Y, r"s'\(0\) = 0, so no direction grows"),
        ({"output_bias": True}, Y, "the model has an output bias"),
        ({}, 0 * Y, "second derivative of the loss vanishes at the origin"),
        ({}, Y[:5], r"y has shape \(5,\)"),
        ({}, np.full(6, np.nan), "finite"),
    ],
)
def test_where_the_theorem_does_not_apply_it_says_why(key, options, targets, message):
    with pytest.raises(ValueError, match=message):
        imbalance(two_neurons(key, **options), X, targets)


@pytest.mark.usefixtures("unchecked")
def test_deeper_networks_have_no_imbalance(key):
    with pytest.raises(ValueError, match="has 3 layers, so no direction grows"):
        imbalance(DeepNetwork.normal((1, 2, 2, 1), key=key, bias=False), X, Y)
    with pytest.raises(ValueError, match="models is a PjitFunction"):
        imbalance(jax.jit(jnp.tanh), X, Y)
