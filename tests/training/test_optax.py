"""Optimisers of optax as methods of training."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from suffice.models import Linear, TwoLayer
from suffice.training import (
    ensemble,
    GradientDescent,
    member,
    Optax,
    Outcome,
    train,
)

X = np.linspace(-2, 2, 6)[:, None]
Y = np.tanh(X[:, 0] + 1)


SGD = Optax("sgd", 0.05, 100, batch_size=2)


def networks(key, runs=5):
    template = TwoLayer.normal(2, 1, key=key, bias=True)
    return ensemble(template, runs, scale=0.5, key=key)


def by_hand(model, rule, steps):
    """The same optimiser on the model as a pytree, in a loop."""

    def loss(m):
        return 0.5 * jnp.sum((jax.vmap(m)(X) - Y) ** 2)

    def step(carry, _):
        change, memory = rule.update(jax.grad(loss)(carry[0]), carry[1], carry[0])
        return (optax.apply_updates(carry[0], change), memory), None

    return jax.lax.scan(step, (model, rule.init(model)), None, length=steps)[0][0]


@pytest.mark.parametrize(
    ("method", "rule"),
    [
        (Optax("adam", 1e-2, 100), optax.adam(1e-2)),
        (
            Optax("sgd", 1e-2, 100, options=(("momentum", 0.9),)),
            optax.sgd(1e-2, momentum=0.9),
        ),
    ],
)
def test_it_is_the_optimiser_of_optax(key, method, rule):
    start = networks(key)
    found = train(start, X, Y, method=method)
    twin = by_hand(member(start, 2), rule, 100)
    np.testing.assert_allclose(found.models.w[2], twin.w, rtol=1e-9)
    assert (found.steps == 100).all()
    np.testing.assert_allclose(found.time, 1.0)


def test_sgd_on_all_samples_is_gradient_descent(key):
    start = networks(key)
    ours = train(start, X, Y, method=Optax("sgd", 0.05, 200))
    plain = train(start, X, Y, method=GradientDescent(0.05, 200))
    np.testing.assert_allclose(ours.models.w, plain.models.w, rtol=1e-12)


def test_mini_batches_are_right_on_average(key):
    """The mean of one step over many members is the step on all samples."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 3)), rng.standard_normal(9)
    weights = np.array([1.0, 2.0, 0.0, 1.0, 0.5, 0.0, 1.0, 1.0, 3.0])
    spread = 1e-9 * rng.standard_normal((500, 3))  # members that draw for themselves
    start = Linear(jnp.asarray(np.array([1.0, -1.0, 0.5]) + spread))
    method = Optax("sgd", 0.1, 1, batch_size=3)
    ends = np.asarray(train(start, x, y, weights=weights, method=method).models.theta)
    theta = np.asarray(start.theta)
    whole = theta - 0.1 * (weights * (theta @ x.T - y)) @ x
    error = ends.std(axis=0) / np.sqrt(len(ends))
    assert (error > 0).all()
    assert (np.abs(ends.mean(axis=0) - whole.mean(axis=0)) < 5 * error).all()


def test_mini_batches_belong_to_members_by_value(key):
    start, method = networks(key), SGD
    whole = train(start, X, Y, method=method)
    order = np.array([3, 0])
    part = jax.tree.map(lambda leaf: leaf[order], start)
    some = train(part, X, Y, method=method)
    np.testing.assert_array_equal(some.models.w, whole.models.w[order])
    again = train(start, X, Y, method=Optax("sgd", 0.05, 100, batch_size=2, seed=1))
    assert not np.array_equal(again.models.w, whole.models.w)


def test_two_members_draw_different_batches(key):
    """Starts that differ in the last bit only go different ways."""
    one = networks(key, 1)
    two = jax.tree.map(lambda leaf: jnp.concatenate([leaf, leaf * (1 + 2.0**-50)]), one)
    found = train(two, X, Y, method=SGD)
    assert np.abs(found.models.w[0] - found.models.w[1]).max() > 1e-4


def test_samples_of_weight_zero_are_never_drawn(key):
    start, method = networks(key), SGD
    padded_x = np.concatenate([X, [[50.0]]])
    padded_y = np.append(Y, 1e6)
    weights = np.append(np.ones(6), 0.0)
    padded = train(start, padded_x, padded_y, weights=weights, method=method)
    assert np.isfinite(padded.loss).all()
    assert padded.loss.max() < 50
    plain = train(start, X, Y, method=method)
    np.testing.assert_allclose(padded.models.w, plain.models.w, rtol=1e-9)


def test_a_loss_beyond_the_limit_has_diverged(key):
    method = Optax("sgd", 5.0, 100, batch_size=2)
    found = train(networks(key), X, Y, method=method)
    assert (found.outcome == Outcome.diverged).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "adma"}, "optimizer is 'adma', which is no optimiser"),
        ({"optimizer": "global_norm"}, "no optimiser of optax"),
        ({"learning_rate": 0.0}, "learning_rate is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"options": (("momentun", 0.9),)}, "options has 'momentun'"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Optax(**arguments)
