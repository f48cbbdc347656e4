"""Gradient descent and its adaptive form."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import Diagonal, Linear, TwoLayer
from suffice.training import (
    AdaptiveDescent,
    ensemble,
    GradientDescent,
    GradientFlow,
    Outcome,
    stack,
    train,
)

X = np.linspace(-2, 2, 5)[:, None]
Y = np.tanh(X[:, 0] + 1)
PLAIN = GradientDescent(1.0)
TEST = np.linspace(-2, 2, 101)[:, None]


def linear(runs=3, n=4, dim=6, seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, dim)), rng.standard_normal(n)
    x /= np.linalg.norm(x, 2)  # largest curvature 1
    models = ensemble(Linear(jnp.zeros(dim)), runs, key=jax.random.key(seed))
    return models, x, y


def networks(key, scale=0.1, runs=6):
    template = TwoLayer.normal(2, 1, key=key, bias=True)
    return ensemble(template, runs, scale=scale, key=key)


def functions(models):
    return np.asarray(jax.vmap(lambda m: jax.vmap(m)(jnp.asarray(TEST)))(models))


def nearest(models, x, y):
    """The solutions closest to the starts, where least squares by descent ends."""
    theta = np.asarray(models.theta)
    return theta + (np.linalg.pinv(x) @ (y[:, None] - x @ theta.T)).T


def test_steps_are_counted_and_are_those_of_the_closed_form():
    models, x, y = linear()
    rate = 0.5
    found = train(models, x, y, method=GradientDescent(rate, 101))
    end, start = nearest(models, x, y), np.asarray(models.theta)
    shrink = np.linalg.matrix_power(np.eye(6) - rate * x.T @ x, 101)
    twin = end + (start - end) @ shrink
    np.testing.assert_allclose(found.models.theta, twin, rtol=1e-9, atol=1e-12)
    assert (found.steps == 101).all()
    np.testing.assert_allclose(found.time, 101 * rate)
    assert (found.outcome == Outcome.out_of_steps).all()


@pytest.mark.parametrize("adaptive", [False, True])
def test_linear_models_end_at_the_solution_nearest_to_the_start(adaptive):
    models, x, y = linear()
    method = AdaptiveDescent() if adaptive else PLAIN
    found = train(models, x, y, method=method)
    assert (found.outcome == Outcome.fitted).all()
    assert found.loss.max() <= 1e-20 * np.sum(y**2) / 2
    np.testing.assert_allclose(found.models.theta, nearest(models, x, y), atol=1e-9)


@pytest.mark.slow
def test_descent_misses_the_limit_of_the_flow_by_the_order_of_its_step(key):
    template = TwoLayer.normal(1, 1, key=key, bias=True)
    start = ensemble(template, 6, scale=0.3, key=key)
    x = np.array([[-0.5], [1.0]])  # fewer samples than parameters: the way matters
    y = np.tanh(x[:, 0] + 1)
    flow = functions(train(start, x, y, method=GradientFlow(rtol=1e-7)).models)
    rates, errors = (0.08, 0.02), []
    for rate in rates:
        end = train(start, x, y, method=GradientDescent(rate, 10_000))
        assert (end.outcome == Outcome.fitted).all()
        errors.append(np.linalg.norm(functions(end.models) - flow, axis=1))
    slope = np.log(errors[0] / errors[1]) / np.log(rates[0] / rates[1])
    np.testing.assert_allclose(slope, 1, atol=0.1)


def test_too_large_a_step_diverges_and_harms_no_other_member():
    models, x, y = linear()
    scale, targets = np.ones((3, 1, 1)), np.tile(y, (3, 1))
    alone = train(models, scale * x, targets, method=PLAIN)
    scale[1] = 1.5
    mixed = train(models, scale * x, targets, method=PLAIN)
    assert mixed.outcome[1] == Outcome.diverged
    assert mixed.curvature[1] > 2
    assert (mixed.outcome[[0, 2]] == Outcome.fitted).all()
    np.testing.assert_array_equal(mixed.models.theta[::2], alone.models.theta[::2])


@pytest.mark.parametrize("scale", [1e-3, 1e-12])
def test_the_adaptive_step_leaves_the_origin_like_the_flow(key, scale):
    """Every decrease drowns in rounding at first; the direction is kept."""
    start = networks(key, scale)
    found = train(start, X, Y, method=AdaptiveDescent(30_000, 1e-10, change=0.1))
    flow = train(start, X, Y, method=GradientFlow(loss_tolerance=1e-10))
    assert (found.loss < 1e-6).all()
    gap = np.abs(functions(found.models) - functions(flow.models)).max(axis=1)
    assert np.median(gap) < 5e-3


def test_the_adaptive_loss_never_rises(key):
    method = AdaptiveDescent(2000)
    found = train(
        networks(key, 1.0), X, Y, method=method, at=np.geomspace(1e-3, 10, 20)
    )
    assert (np.diff(found.trajectory.loss, axis=1) <= 0).all()
    assert (found.rejected < found.steps).all()
    assert found.rejected.sum() > 0


def test_an_adaptive_step_may_end_by_time(key):
    found = train(networks(key), X, Y, method=AdaptiveDescent(max_time=3.0))
    assert (found.outcome == Outcome.out_of_steps).all()
    assert ((found.time >= 3.0) & (found.time < 6.0)).all()


def test_recorded_times_are_steps(key):
    method, times = GradientDescent(0.01, 1000), np.array([0.055, 1.0, 50.0])
    found = train(networks(key), X, Y, method=method, at=times)
    np.testing.assert_allclose(
        found.trajectory.time, np.tile([0.06, 1.0, 10.0], (6, 1)), atol=0.0101
    )


@pytest.mark.parametrize("method", [GradientDescent(0.01, 1000), AdaptiveDescent()])
def test_neighbours_and_order_change_no_bit(key, method):
    start = networks(key)
    order = np.array([4, 1, 5])
    part = jax.tree.map(lambda leaf: leaf[order], start)
    whole, some = (train(m, X, Y, method=method) for m in (start, part))
    np.testing.assert_array_equal(some.models.w, whole.models.w[order])
    np.testing.assert_array_equal(some.loss, whole.loss[order])


def test_a_start_at_the_origin_is_stationary(key):
    start = jax.tree.map(jnp.zeros_like, networks(key))
    for method in (GradientDescent(0.01, 1000), AdaptiveDescent()):
        found = train(start, X, Y, method=method)
        assert (found.outcome == Outcome.stationary).all()
        assert (found.steps == 0).all()


@pytest.mark.parametrize("method", [PLAIN, AdaptiveDescent()])
def test_descent_with_nothing_left_to_gain_is_stationary(method):
    models, x, y = linear()
    x[1] = x[0]  # two targets for one input
    found = train(models, x, y, method=method)
    assert (found.outcome == Outcome.stationary).all(), found.headline()
    np.testing.assert_allclose(found.loss, (y[0] - y[1]) ** 2 / 4, rtol=1e-9)


def test_a_cycle_of_two_steps_is_not_stalled():
    """Descent on (ab - 1)^2 / 2 at a rate above 2 / curvature = 1 ends in a cycle."""
    start = stack([Diagonal(jnp.full((2, 1), 1.1))])
    found = train(start, np.ones((1, 1)), np.ones(1), method=GradientDescent(1.1, 2000))
    assert found.gradient[0] > 0.1
    assert found.outcome[0] == Outcome.out_of_steps


@pytest.mark.parametrize("rate", [0.0, -1.0, np.inf, np.nan])
def test_a_learning_rate_is_positive(rate):
    with pytest.raises(ValueError, match="learning_rate is"):
        GradientDescent(rate)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AdaptiveDescent(armijo=2.0), "armijo is 2"),
        (lambda: AdaptiveDescent(growth=0.5), "growth is 0.5"),
        (lambda: AdaptiveDescent(max_time=-1.0), "max_time is -1"),
        (lambda: AdaptiveDescent(max_steps=0), "max_steps is 0"),
        (lambda: GradientDescent(0.1, max_steps=-1), "max_steps is -1"),
        (
            lambda: GradientDescent(0.1, loss_tolerance=math.nan),
            "loss_tolerance is nan",
        ),
        (lambda: GradientDescent(0.1, loss_limit=-1.0), "loss_limit is -1"),
    ],
)
def test_limits_that_no_run_could_meet_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
