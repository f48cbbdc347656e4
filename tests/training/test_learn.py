"""Training on streams, with measurements on the way."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from learned import equal, leaves, outputs, run

from suffice.training import (
    cross_entropy,
    Fit,
    Learning,
    log_steps,
    mean_squared_error,
    member,
    Minibatches,
    Outcome,
    stack,
    Training,
)


def test_full_batches_are_plain_gradient_descent(problem):
    models, x, y = problem
    found = run(problem, data=Minibatches(x, y), optimizer=optax.sgd(0.1), steps=5)
    for i in range(3):
        model = member(models, i)
        for _ in range(5):
            slope = jax.grad(mean_squared_error)(model, (x, y))
            model = jax.tree.map(lambda p, g: p - 0.1 * g, model, slope)
        ours = jax.tree.leaves(found.member(i))
        for a, b in zip(ours, jax.tree.leaves(model), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_measurements_are_those_of_the_model_at_that_step(problem):
    _, x, _ = problem
    found = run(problem, at=[0, 3, 40])
    short = run(problem, steps=3, at=[3])
    assert found.measured.shape == (3, 3, 12)
    np.testing.assert_array_equal(found.measured[:, 1], short.measured[:, 0])
    last = eqx.filter_vmap(outputs(x))(found.models)
    np.testing.assert_allclose(found.measured[:, 2], last, rtol=1e-12)


def test_losses_are_means_since_the_previous_measurement(problem):
    fine = run(problem, at=list(range(41))).losses
    coarse = run(problem, at=[0, 10, 40]).losses
    assert np.isnan(coarse[:, 0]).all()
    np.testing.assert_allclose(coarse[:, 1], fine[:, 1:11].mean(1), rtol=1e-12)
    np.testing.assert_allclose(coarse[:, 2], fine[:, 11:].mean(1), rtol=1e-12)


def test_a_member_does_not_know_its_neighbours(problem):
    models, _, _ = problem
    whole = run(problem, seed=[3, 4, 5])
    alone = run(problem, models=stack([member(models, 1)]), seed=[4])
    assert equal(whole.member(1), alone.member(0))
    assert not equal(whole.member(1), run(problem, seed=5).member(1))


@pytest.mark.parametrize("size", [2, 9])
def test_an_epoch_sees_no_sample_twice(size):
    data, key = Minibatches(jnp.arange(9.0), jnp.arange(9), size), jax.random.key(1)
    per_epoch, steps = 9 // size, jnp.arange(4 * (9 // size))
    x, y = jax.jit(jax.vmap(data, (None, 0)))(key, steps)
    np.testing.assert_array_equal(x, y)
    for seen in np.asarray(y).reshape(4, per_epoch * size):
        assert len(set(seen.tolist())) == per_epoch * size


def test_epochs_differ_in_their_order():
    data, key = Minibatches(jnp.zeros(50), jnp.arange(50), 50), jax.random.key(1)
    orders = [np.asarray(data(key, jnp.asarray(step))[1]) for step in range(2)]
    assert (orders[0] != orders[1]).any()
    assert sorted(orders[0]) == list(range(50))


def test_cross_entropy_is_minus_the_log_of_the_softmax():
    logits = jnp.array([[1.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    found = cross_entropy(lambda x: x, (logits, jnp.array([1, 2])))
    first = np.exp(2) / (np.e + np.exp(2) + 1)
    np.testing.assert_allclose(found, -(np.log(first) + np.log(1 / 3)) / 2)


def test_logarithmic_steps_hold_both_ends_and_grow():
    steps = log_steps(30_000)
    assert steps[0] == 0
    assert steps[1] == 1
    assert steps[-1] == 30_000
    late = steps[steps >= 100]
    assert np.allclose(np.diff(np.log10(late))[:-1], 1 / 16, atol=0.004)


def test_a_task_may_draw_its_samples(problem):
    def fresh(key, step):
        x = jax.random.normal(jax.random.fold_in(key, step), (32, 2))
        return x, jnp.tanh(x[:, 0])

    found = run(problem, data=fresh, steps=300)
    assert (found.losses[:, -1] < 0.1 * found.losses[:, 1]).all()


def test_float32_stays_float32(problem):
    models = jax.tree.map(lambda a: a.astype(jnp.float32), problem[0])
    _, x, y = problem
    data = Minibatches(x.astype(jnp.float32), y.astype(jnp.float32), 5)
    found = run(problem, models=models, data=data, measure=None)
    assert {leaf.dtype for leaf in leaves(found.models)} == {np.dtype("float32")}


def test_a_diverging_member_is_reported_and_harms_no_other(problem):
    models, _, _ = problem
    bad = jax.tree.map(lambda a: a.at[1].mul(1e200), models)
    found = run(problem, models=bad)
    assert (found.outcome == Outcome.diverged).tolist() == [False, True, False]
    assert equal(found.member(2), run(problem).member(2))
    assert "1 diverged" in found.headline()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "at least 1"),
        ({"at": [3, 2]}, "increasing"),
        ({"at": np.array([0.5])}, "whole numbers"),
        ({"at": [0, 41]}, "from 0 to 40"),
        ({"seed": [1, 2]}, "one for each member"),
        ({"loss": lambda model, batch: batch[1]}, "one real number"),
        ({"models": lambda x: x}, "ensemble"),
    ],
)
def test_bad_input_is_refused(problem, options, words):
    with pytest.raises(ValueError, match=words):
        run(problem, **options)


def test_minibatches_refuse_data_that_do_not_agree():
    x, y = np.zeros((4, 2)), np.zeros(3)
    with pytest.raises(ValueError, match="as many targets"):
        Minibatches(x, y)
    with pytest.raises(ValueError, match="1 to 4"):
        Minibatches(x, np.zeros(4), 5)


def test_three_trainings_return_the_same_fields_first():
    first = ["models", "loss", "steps", "outcome"]
    for kind in (Fit, Training, Learning):
        assert [field.name for field in dataclasses.fields(kind)][:4] == first
