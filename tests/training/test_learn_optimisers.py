"""Optimisers that need the loss itself, and what learning refuses or gives up."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from suffice.models import DeepNetwork, Linear, TwoLayer
from suffice.training import (
    cross_entropy,
    ensemble,
    learn,
    mean_squared_error,
    Minibatches,
    Outcome,
)

X = np.linspace(-1.0, 1.0, 8)[:, None]


def line():
    """Two lines through the origin, one right (slope 2) and one wrong."""
    return Linear(jnp.array([[2.0], [0.0]]))


def trained(optimizer, steps=30, models=None, y=2 * X[:, 0], loss=mean_squared_error):
    return learn(
        line() if models is None else models,
        Minibatches(X, y),
        loss=loss,
        optimizer=optimizer,
        steps=steps,
        at=[0, steps],
    )


@pytest.mark.parametrize(
    "optimizer",
    [
        optax.lbfgs(),
        optax.polyak_sgd(),
        optax.chain(optax.sgd(0.5), optax.contrib.reduce_on_plateau()),
    ],
    ids=["lbfgs", "polyak", "plateau"],
)
def test_optimisers_that_need_the_loss_are_given_it(optimizer):
    theta = trained(optimizer).models.theta[:, 0]
    np.testing.assert_allclose(theta, [2.0, 2.0], rtol=1e-4)


def test_the_step_of_polyak_is_the_loss_over_the_squared_slope():
    # f(θ) = m (θ - 2)², f' = 2 m (θ - 2), so θ - f / f' = θ - (θ - 2) / 2.
    theta = trained(optax.polyak_sgd(max_learning_rate=1e9), steps=1).models.theta
    np.testing.assert_allclose(theta[:, 0], [2.0, 1.0])


def test_a_plateau_halves_the_rate_where_the_loss_does_not_fall():
    def flat(model, batch):  # its value is 0, its slope 1
        return model.theta[0] - jax.lax.stop_gradient(model.theta[0])

    plateau = optax.contrib.reduce_on_plateau(factor=0.5, patience=2)
    rule = optax.chain(optax.sgd(1.0), plateau)
    theta, state = jnp.array([2.0]), rule.init(jnp.array([2.0]))
    for _ in range(9):
        change, state = rule.update(jnp.ones(1), state, theta, value=jnp.array(0.0))
        theta = theta + change
    found = trained(rule, steps=9, loss=flat).models.theta[0]
    np.testing.assert_allclose(found, theta)
    assert found[0] > 2.0 - 9.0


def test_labels_outside_the_classes_are_named():
    models = ensemble(
        DeepNetwork.normal((1, 3), key=jax.random.key(0)), 2, key=jax.random.key(1)
    )
    labels = np.array([0, 1, 2, 0, 1, 2, 3, -1])
    with pytest.raises(ValueError, match="y holds 2 labels outside the 3 classes"):
        trained(optax.sgd(0.1), models=models, y=labels, loss=cross_entropy)
    with pytest.raises(ValueError, match="labels of type float64"):
        trained(optax.sgd(0.1), models=models, y=X[:, 0], loss=cross_entropy)
    model = DeepNetwork.normal((1, 3), key=jax.random.key(0))
    assert np.isnan(cross_entropy(model, (X, labels)))
    assert np.isfinite(cross_entropy(model, (X[:6], labels[:6])))


def test_a_loss_that_is_not_a_number_is_a_divergence():
    def loss(model, batch):
        value = mean_squared_error(model, batch)
        return value + jax.lax.stop_gradient(jnp.where(value > 1e-9, jnp.nan, 0.0))

    result = trained(optax.sgd(0.0), steps=3, loss=loss)
    assert result.outcome.tolist() == [Outcome.out_of_steps, Outcome.diverged]


def test_a_model_with_mutable_state_is_refused():
    class Normalised(eqx.Module):
        linear: Linear
        norm: eqx.nn.BatchNorm

        def __call__(self, x):
            return self.linear(x)

    norm = eqx.nn.BatchNorm(1, axis_name="batch", mode="batch")
    models = Normalised(line(), norm)
    with pytest.raises(ValueError, match=r"mutable state.*; use LayerNorm or"):
        trained(optax.sgd(0.1), models=models)


def test_a_model_with_the_norm_that_is_named_instead_is_trained():
    class Normalised(eqx.Module):
        linear: Linear
        norm: eqx.nn.GroupNorm

        def __call__(self, x):
            return self.linear(self.norm(x[:, None])[:, 0])

    norm = eqx.filter_vmap(lambda _: eqx.nn.GroupNorm(1, 1))(jnp.arange(2))
    result = trained(optax.sgd(0.1), models=Normalised(line(), norm), steps=2)
    assert np.isfinite(result.loss).all()


def test_a_plain_optimiser_is_not_disturbed():
    models = ensemble(
        TwoLayer.normal(2, 1, key=jax.random.key(0)), 2, key=jax.random.key(1)
    )
    before = trained(optax.adam(1e-2), steps=4, models=models)
    after = trained(
        optax.with_extra_args_support(optax.adam(1e-2)), steps=4, models=models
    )
    np.testing.assert_array_equal(before.losses, after.losses)
