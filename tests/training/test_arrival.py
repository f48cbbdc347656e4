"""Stopping at a positive residual, against Levenberg-Marquardt and the Hessian."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import ravel
from suffice.models import TwoLayer
from suffice.training import (
    AdaptiveDescent,
    ensemble,
    fit,
    GradientDescent,
    GradientFlow,
    member,
    Outcome,
    stack,
    train,
)
from suffice.training._data import read_data
from suffice.training._methods._arrival import is_tested, movement_left
from suffice.training._methods._by_tiles import by_tiles
from suffice.training._methods._family import Family
from suffice.training._methods._kinks import all_seen, switches
from suffice.training._methods._problem import Problem

STARTS = 6


def noisy(seed, n=30):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 1))
    y = np.tanh(x[:, 0] + 1) + 0.5 * np.tanh(2 * x[:, 0] - 0.5)
    return x, y + 0.1 * rng.standard_normal(n)


def networks(seed, runs=STARTS, scale=0.7):
    template = TwoLayer.normal(2, 1, key=jax.random.key(0), bias=True)
    return ensemble(template, runs, scale=scale, key=jax.random.key(seed))


def values(models, x):
    return np.asarray(jax.vmap(lambda m: jax.vmap(m)(jnp.asarray(x)))(models))


def strict(models, x, y):
    """For each member, whether all eigenvalues of the Hessian are clearly positive."""

    @eqx.filter_jit
    def eigenvalues(model):
        theta, at = ravel(model)

        def loss(v):
            return 0.5 * jnp.sum((jax.vmap(at(v))(x) - y) ** 2)

        return jnp.linalg.eigvalsh(jax.hessian(loss)(theta))

    found = [eigenvalues(member(models, i)) for i in range(len(models.a))]
    return np.array([ev[0] > 1e-7 * ev[-1] for ev in found])


def check_noisy(seeds, method):
    """Every member at a strict minimum has stopped, and whoever stopped has arrived."""
    ends, kinds = [], []
    for seed in seeds:
        x, y = noisy(seed)
        found = train(networks(seed), x, y, method=method)
        polished = fit(found.models, x, y, max_steps=400, tolerance=1e-12)
        at_minimum = strict(polished.models, x, y)
        moved = np.abs(values(found.models, x) - values(polished.models, x)).max(axis=1)
        stopped = found.outcome == Outcome.stationary
        assert (stopped >= at_minimum).all(), found.headline()
        assert (moved[stopped] < 1e-6).all()
        assert (found.loss[stopped] > 0.05).all()
        ends.append(stopped)
        kinds.append(at_minimum)
    return np.concatenate(ends), np.concatenate(kinds)


@pytest.mark.slow
def test_noisy_regression_ends_stationary_at_every_strict_minimum():
    _, minima = check_noisy([1], GradientFlow())
    assert minima.sum() >= 4


@pytest.mark.slow
def test_of_many_noisy_regressions_all_end_at_their_strict_minima():
    _, minima = check_noisy(range(8), GradientFlow())
    assert minima.sum() >= 30


@pytest.mark.slow
def test_descent_ends_stationary_too():
    """A slow direction may need more steps; whoever stops has arrived."""
    x, y = noisy(1)
    found = train(networks(1), x, y, method=GradientDescent(0.05))
    polished = fit(found.models, x, y, max_steps=400, tolerance=1e-12)
    moved = np.abs(values(found.models, x) - values(polished.models, x)).max(axis=1)
    stopped = found.outcome == Outcome.stationary
    assert stopped.sum() >= 3
    assert (moved[stopped] < 1e-6).all()


@pytest.mark.slow
def test_the_rest_of_the_linearised_flow_is_the_way_to_the_minimum():
    """Random small steps away from minima, and a saddle as negative control."""
    x, y = noisy(1)
    best = fit(networks(1, runs=12), x, y, max_steps=400, tolerance=1e-12).models
    keep = strict(best, x, y)
    assert keep.sum() >= 6
    best = jax.tree.map(lambda leaf: leaf[keep], best)
    rng = np.random.default_rng(5)
    moved = jax.tree.map(lambda p: p + 1e-6 * rng.standard_normal(p.shape), best)
    found = left(moved, x, y)
    away = np.linalg.norm(values(moved, x) - values(best, x), axis=1)
    true = away / np.maximum(np.linalg.norm(y), np.linalg.norm(values(best, x), axis=1))
    np.testing.assert_allclose(found, true, rtol=0.05)
    assert np.isinf(left(networks(0, runs=3, scale=1e-6), x, y)).all()


def left(models, x, y):
    runs = len(models.a)
    theta = np.array([ravel(member(models, i))[0] for i in range(runs)])
    data = read_data(models, runs, x, y, None)
    return by_tiles(movement_left, Family.of(member(models, 0)), theta, data)


@pytest.mark.slow
def test_arrival_depends_on_no_neighbour():
    x, y = noisy(1)
    start = networks(1)
    order = np.array([4, 1, 5])
    part = stack([member(start, int(i)) for i in order])
    whole, some = train(start, x, y), train(part, x, y)
    for name in ("loss", "time", "steps", "outcome"):
        np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[order])
    np.testing.assert_array_equal(some.models.w, whole.models.w[order])


class Rectifier(eqx.Module):
    """A single rectified neuron, as a user writes it."""

    w: jax.Array

    def __call__(self, x):
        return jax.nn.relu(self.w @ x)


class Written(eqx.Module):
    """Two neurons of any function of their inputs, as a user writes them."""

    w: jax.Array
    function: Callable = eqx.field(static=True)

    def __call__(self, x):
        return self.function(self.w @ x)


KINKS = {  # numbers of switches for two neurons at one input; None if some are unseen
    "softplus": (lambda z: jax.nn.softplus(z).sum(), 0),
    "logaddexp": (lambda z: jnp.logaddexp(z[0], z[1]), 0),
    "softmax": (lambda z: jax.nn.softmax(z)[0], 0),
    "constant": (lambda z: z.sum() * jnp.maximum(jnp.ones(()).var(), 1e-3), 0),
    "relu": (lambda z: jax.nn.relu(z).sum(), 2),
    "largest": (lambda z: z.max(), 2),
    "clipped": (lambda z: jax.lax.clamp(0.0, z, 1.0).sum(), 4),
    "sorted": (lambda z: jnp.sort(z)[0], None),
    "loop": (lambda z: jax.lax.fori_loop(0, 2, lambda _, v: abs(v), z).sum(), None),
}


@pytest.mark.parametrize("name", KINKS)
def test_switches_are_where_the_derivative_jumps(name):
    """Raw `softplus` compares numbers, and so do constants, but neither jumps."""
    function, count = KINKS[name]
    problem, theta = at_one_input(function, [[1.0, 2.0], [3.0, -1.0]], [1.0, 1.0])
    assert all_seen(problem, theta) == (count is not None)
    if count is not None:
        assert switches(problem, theta).shape == (count,)


def at_one_input(function, w, x):
    model = Written(jnp.array(w), function)
    one = jnp.ones((1, 1))
    problem = Problem(Family.of(model), jnp.array([x]), one, one, jnp.zeros(0))
    return problem, ravel(model)[0]


def test_the_switches_of_a_maximum_say_which_number_is_the_largest():
    at = at_one_input(lambda z: z.max(), np.eye(3), [1.0, 4.0, 2.0])
    np.testing.assert_allclose(switches(*at), [-3.0, 2.0, -2.0])


def test_what_was_not_tested_is_said():
    """Neither large models nor kinks that are not seen can be tested for arrival."""
    x, y = noisy(1)
    large = TwoLayer.normal(600, 1, key=jax.random.key(0), bias=True)
    data = read_data(stack([large]), 1, x, y, None)
    assert not is_tested(Family.of(large), np.zeros((1, 1800)), data)
    start = stack([Written(jnp.array([[1.0], [2.0]]), KINKS["sorted"][0])])
    found = train(start, x, y, method=GradientFlow(max_steps=1))
    assert found.outcome[0] == Outcome.out_of_steps
    assert not found.arrival_tested
    assert "not tested" in str(found)


SLIDING = (np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([-1.0, 2.0]))


@pytest.mark.slow
def test_a_flow_that_slides_along_a_kink_is_not_followed():
    """It hits `w1 = 0` at t = 0.7720687866, slides to (0, 2) and ends at loss 1/2."""
    start = stack([Rectifier(jnp.array([0.5, 1.0]))])
    found = train(start, *SLIDING)
    assert found.outcome[0] == Outcome.kinked
    assert found.time[0] == pytest.approx(0.7720687866, abs=1e-4)
    np.testing.assert_allclose(found.models.w[0], [0, 1.4385429285], atol=1e-4)
    assert "GradientDescent" in str(found)
    end = train(start, *SLIDING, method=GradientDescent(1e-3, 20_000))
    np.testing.assert_allclose(end.models.w[0], [0, 2], atol=5e-3)
    assert end.loss[0] == pytest.approx(0.5, abs=5e-3)


def test_adaptive_descent_says_that_it_stopped_at_a_kink():
    start = stack([Rectifier(jnp.array([0.5, 1.0]))])
    found = train(start, *SLIDING, method=AdaptiveDescent())
    assert found.outcome[0] == Outcome.kinked
    assert found.loss[0] > 0.55


@pytest.mark.slow
@pytest.mark.parametrize("name", ["relu", "leaky-relu"])
def test_a_rectified_flow_through_kinks_is_that_of_small_euler_steps(name):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((24, 8, 2))
    y = np.maximum(x @ np.array([1.0, -0.5]) + 0.3, 0)
    template = TwoLayer.normal(3, 2, key=jax.random.key(0), activation=name, bias=True)
    start = ensemble(template, 24, scale=0.5, key=jax.random.key(3))
    flow = train(start, x, y, method=GradientFlow(max_time=4.0))
    euler = train(start, x, y, method=GradientDescent(2e-4, 20_000))
    through = flow.outcome == Outcome.out_of_steps
    assert through.sum() >= 8
    np.testing.assert_allclose(
        flow.models.w[through], euler.models.w[through], atol=5e-3
    )
