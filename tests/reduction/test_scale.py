"""No verdict of a reduction depends on the units of inputs or outputs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, TwoLayer
from suffice.reduction import effective_reduction, equal_functions, reduce

KEYS = jax.random.split(jax.random.key(0), 2)
SCALES = (1e-300, 1e-200, 1e-12, 1e12, 1e150)


def scaled(model, factor):
    c = None if model.c is None else factor * model.c
    return TwoLayer(model.w, factor * model.a, model.b, c, model.activation)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "relu", "cos"])
def test_equality_does_not_depend_on_the_unit_of_the_output(activation):
    f, g = (
        TwoLayer.normal(2, 2, key=k, bias=True, output_bias=True, activation=activation)
        for k in KEYS
    )
    split = TwoLayer(
        jnp.concatenate([f.w, f.w]),
        jnp.concatenate([0.25 * f.a, 0.75 * f.a]),
        jnp.concatenate([f.b, f.b]),
        f.c,
        activation,
    )
    for scale in SCALES:
        assert not equal_functions(scaled(f, scale), scaled(g, scale))
        assert not equal_functions(scaled(f, scale), scaled(f, 2 * scale))
        assert equal_functions(scaled(f, scale), scaled(split, scale))


def reducible(rng, activation):
    """Copies and mirror images with dyadic weights, some of which cancel."""
    w = rng.integers(-8, 9, (2, 2)) / 8
    rows = w[rng.integers(0, 2, 5)] * rng.choice([1, -1], (5, 1))
    a = rng.integers(-2, 3, 5) / 2
    return TwoLayer(jnp.asarray(rows), jnp.asarray(a), activation=activation)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "relu"])
def test_widths_do_not_depend_on_the_units(activation):
    """Powers of two change no bit of a weight, and no neuron that merges."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        model = reducible(rng, activation)
        widths = reduce(model).widths
        for power in (-900, -40, 400):
            assert reduce(scaled(model, 2.0**power)).widths == widths
            if activation == "tanh":
                moved = TwoLayer(2.0**power * model.w, model.a)
                assert reduce(moved).widths == widths


def test_mirror_images_of_tiny_weights_cancel_like_others():
    w = jnp.array([[1e-200, 2e-200], [-1e-200, -2e-200]])
    assert reduce(TwoLayer(w, jnp.ones(2))).widths == (0,)
    assert reduce(TwoLayer(w, jnp.array([1.0, -1.0]))).widths == (1,)


def test_a_neuron_far_below_the_others_counts():
    w = jnp.array([[1.0, 0.0], [0.0, 1.0]])
    target = TwoLayer(w, jnp.array([1.0, 1e-200]))
    assert reduce(target).widths == (2,)
    deep = DeepNetwork((w, jnp.array([[1.0, 1e-200]]), jnp.ones(1)))
    assert reduce(deep).widths == (2, 1)


@pytest.mark.slow
def test_the_effective_width_does_not_depend_on_the_unit_of_the_output():
    wide = TwoLayer.normal(4, 2, key=KEYS[0])
    x = np.random.default_rng(0).normal(size=(40, 2))
    errors = [
        effective_reduction(
            scaled(wide, s), x, max_width=1, restarts=1, key=KEYS[1]
        ).errors
        for s in (1.0, 2.0**-700)
    ]
    np.testing.assert_allclose(*errors, rtol=1e-3)


@pytest.mark.parametrize(("activation", "far"), [("gaussian", 40.0), ("sigmoid", -800)])
def test_a_constant_that_underflows_is_not_zero(activation, far):
    """exp(-1600) is 0 in float64, but the function is never zero."""
    w = jnp.array([[1.0], [0.0], [0.0]])
    b = jnp.array([0.5, far, far])
    target = TwoLayer(w, jnp.array([1.0, 1.0, 2.0]), b, activation=activation)
    assert reduce(target).widths == (2,)
    with_bias = TwoLayer(w, target.a, b, jnp.array(0.5), activation)
    assert reduce(with_bias).widths == (1,)
    silent = TwoLayer(w, jnp.array([1.0, 0.0, 0.0]), b, activation=activation)
    assert reduce(silent).widths == (1,)
