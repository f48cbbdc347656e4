"""Training data in other units: powers of two change no digit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import Linear, MatrixProduct, TwoLayer
from suffice.training import (
    AdaptiveDescent,
    ensemble,
    fit,
    GradientDescent,
    GradientFlow,
    Outcome,
    train,
)

METHODS = [GradientFlow(), GradientDescent(0.05, 2000), AdaptiveDescent(2000)]


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_linear_models_scale_with_their_targets(method):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4, 6)), rng.standard_normal(4)
    start = ensemble(Linear(jnp.zeros(6)), 3, key=jax.random.key(0))
    one = train(start, x, y, method=method)
    for power in rng.integers(-120, 120, 3):
        scale = 2.0**power
        scaled = jax.tree.map(lambda leaf, s=scale: s * leaf, start)
        other = train(scaled, x, scale * y, method=method)
        np.testing.assert_array_equal(other.models.theta, scale * one.models.theta)
        np.testing.assert_array_equal(other.loss, scale**2 * one.loss)
        np.testing.assert_array_equal(other.outcome, one.outcome)
        np.testing.assert_array_equal(other.steps, one.steps)


def test_a_product_scales_with_the_square_of_its_factors():
    rng = np.random.default_rng(1)
    x = np.array([[0, 0], [0, 1], [1, 0], [2, 2]])
    y = rng.standard_normal(4)
    start = MatrixProduct((jnp.ones((3, 2)), jnp.ones((2, 3))))
    start = ensemble(start, 3, scale=0.3, key=jax.random.key(0))
    one = train(start, x, y)
    for power in (-40, 31):
        scaled = jax.tree.map(lambda leaf, s=2.0**power: s * leaf, start)
        other = train(scaled, x, 4.0**power * y)
        np.testing.assert_array_equal(other.loss, 16.0**power * one.loss)
        np.testing.assert_array_equal(other.time, one.time / 4.0**power)
        np.testing.assert_array_equal(other.outcome, one.outcome)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_small_targets_are_not_fitted_before_they_are(method):
    """Before tolerances were relative, 15 % of such a residual was left."""
    x = np.linspace(-2, 2, 4)[:, None]
    y = 1e-12 * np.tanh(x[:, 0] + 1)
    template = TwoLayer.normal(2, 1, key=jax.random.key(0), bias=True)
    start = ensemble(template, 3, scale=1e-3, key=jax.random.key(1))
    found = train(start, x, y, method=method)
    fitted = found.outcome == Outcome.fitted
    assert (found.loss[fitted] <= 1e-20 * np.sum(y**2) / 2).all()
    assert (found.loss[~fitted] > 1e-20 * np.sum(y**2) / 2).all()


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_data_whose_products_leave_float64_are_refused(scale):
    x, y = np.ones((3, 2)), np.ones(3)
    start = ensemble(Linear(jnp.zeros(2)), 2, key=jax.random.key(0))
    for function in (train, fit):
        with pytest.raises(ValueError, match=r"y has a largest entry of 1e[+-]200"):
            function(start, x, scale * y)
        with pytest.raises(ValueError, match=r"x has a largest entry of 1e[+-]200"):
            function(start, scale * x, y)
