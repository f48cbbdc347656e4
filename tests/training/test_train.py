"""Training of ensembles, method by method."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, Linear, MatrixProduct, TwoLayer
from suffice.training import (
    AdaptiveDescent,
    ensemble,
    GradientFlow,
    member,
    Outcome,
    stack,
    train,
)
from suffice.training._methods._family import Family, MatrixTangent

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("outputs", [None, 3])
@pytest.mark.parametrize("bias", [True, False])
def test_closed_products_of_two_layers_are_those_of_the_matrix(outputs, bias, key):
    model = TwoLayer.normal(
        4, 2, 1.0, key=key, outputs=outputs, bias=bias, output_bias=bias
    )
    x = jnp.asarray(RNG.standard_normal((5, 2)))
    family = Family.of(model)
    theta = jnp.asarray(RNG.standard_normal(family.layout.size))
    fast = family.linearise(theta, x)
    slow = Family(family.layout, family.rest, False).linearise(theta, x)
    assert isinstance(slow, MatrixTangent)
    v = jnp.asarray(RNG.standard_normal(theta.size))
    c = jnp.asarray(RNG.standard_normal(slow.values.shape))
    np.testing.assert_allclose(fast.values, slow.values, atol=1e-13)
    np.testing.assert_allclose(fast.push(v), slow.push(v), atol=1e-13)
    np.testing.assert_allclose(fast.pull(c), slow.pull(c), atol=1e-13)
    np.testing.assert_allclose(fast.gram(), slow.gram(), atol=1e-13)
    np.testing.assert_allclose(fast.matrix(), slow.matrix(), atol=1e-13)


@pytest.mark.slow
def test_vectors_of_outputs_and_deep_networks_train(key):
    x = RNG.standard_normal((3, 2))
    template = DeepNetwork.normal([2, 5, 5, 2], 1.0, key=key)
    y = np.tanh(x @ np.array([[1.0, 0.5], [0.2, -1.0]]))
    found = train(ensemble(template, 2, scale=0.7, key=key), x, y)
    assert (found.outcome == Outcome.fitted).all()
    values = jax.vmap(found.member(1))(x)
    np.testing.assert_allclose(values, y, atol=1e-9)


@pytest.mark.slow
def test_matrices_fit_their_entries_and_are_judged_on_all(key):
    entries = np.array([[0, 0], [0, 1], [0, 2], [1, 0], [2, 0]])
    target = np.outer([1.0, 2.0, -1.0], [1.0, 0.5, 3.0])
    everything = np.argwhere(np.ones((3, 3), bool))
    template = MatrixProduct((jnp.ones((3, 3)), jnp.ones((3, 3))))
    start = ensemble(template, 3, scale=0.1, key=key)
    found = train(
        start,
        entries,
        target[tuple(entries.T)],
        test=(everything, target[tuple(everything.T)]),
    )
    assert found.count(Outcome.fitted) == 3  # four entries are not determined
    product = found.member(0).product()
    np.testing.assert_allclose(
        product[tuple(entries.T)], target[tuple(entries.T)], atol=1e-9
    )
    error = np.sqrt(np.mean((product - target) ** 2) / np.mean(target**2))
    assert found.test_error[0] == pytest.approx(error, rel=1e-10)
    assert found.trajectory is None


@pytest.mark.slow
def test_weights_of_zero_remove_samples_and_weights_scale_time(key):
    x, y = RNG.standard_normal((6, 3)), RNG.standard_normal(6)
    start = ensemble(Linear(jnp.zeros(3)), 2, scale=1.0, key=key)
    weights = np.array([[1, 1, 0, 0, 0, 0], [4, 4, 0, 0, 0, 0]], float)
    found = train(start, x, y, weights=weights, method=GradientFlow(max_time=0.5))
    start2 = stack([member(start, 0), member(start, 1), member(start, 1)])
    alone = train(
        start2,
        x[:2],
        y[:2],
        method=GradientFlow(max_time=2.0),
        at=np.array([0.5]),
    )
    np.testing.assert_allclose(
        found.models.theta[0], alone.trajectory.models.theta[0, 0], atol=1e-12
    )
    np.testing.assert_allclose(found.models.theta[1], alone.models.theta[1], atol=1e-12)


def test_members_have_their_own_data_and_test_data(key):
    x = RNG.standard_normal((3, 2, 4))
    y = RNG.standard_normal((3, 2))
    start = ensemble(Linear(jnp.zeros(4)), 3, scale=1.0, key=key)
    seen = []
    found = train(
        start,
        x,
        y,
        test=(x, y),
        progress=lambda done, total, stage: seen.append((done, total)),
    )
    assert (found.outcome == Outcome.recovered).all()
    assert seen[-1] == (3, 3)
    for i in range(3):
        np.testing.assert_allclose(x[i] @ found.models.theta[i], y[i], atol=1e-9)
        top = np.linalg.svd(x[i], compute_uv=False)[0] ** 2
        assert found.curvature[i] == pytest.approx(top, rel=1e-10)
    text = json.loads(found.to_json())
    assert text["outcome"] == [5, 5, 5]
    assert "3 recovered" in str(found)


def test_targets_that_vanish_are_recovered_by_zero_alone(key):
    x, zero = RNG.standard_normal((2, 4)), np.zeros(2)
    start = ensemble(Linear(jnp.zeros(4)), 2, scale=1.0, key=key)
    start = eqx.tree_at(lambda m: m.theta, start, start.theta.at[0].set(0.0))
    found = train(start, x, zero, test=(RNG.standard_normal((3, 4)), np.zeros(3)))
    assert list(found.outcome) == [Outcome.recovered, Outcome.fitted]
    assert list(found.test_error) == [0.0, np.inf]


@pytest.mark.slow
def test_a_snapshot_at_zero_is_the_start(key):
    x, y = RNG.standard_normal((2, 4)), RNG.standard_normal(2)
    start = ensemble(Linear(jnp.zeros(4)), 3, scale=1.0, key=key)
    solved = np.linalg.pinv(x) @ y
    start = eqx.tree_at(lambda m: m.theta, start, start.theta.at[1].set(solved))
    for runs in (start, jax.tree.map(lambda leaf: leaf[1:2], start)):
        path = train(runs, x, y, at=np.array([0.0, 0.5])).trajectory
        assert (path.time[:, 0] == 0).all()
        np.testing.assert_array_equal(path.models.theta[:, 0], runs.theta)
    np.testing.assert_array_equal(path.models.theta[:, 1], runs.theta)


def test_starts_whose_squares_vanish_are_refused(key):
    start = ensemble(Linear(jnp.zeros(4)), 2, scale=1e-160, key=key)
    with pytest.raises(ValueError, match=r"2 of 2 members start .*limit_start"):
        train(start, RNG.standard_normal((2, 4)), np.ones(2))


def test_what_does_not_agree_is_refused(key):
    x, y = RNG.standard_normal((3, 4)), RNG.standard_normal(3)
    start = ensemble(Linear(jnp.zeros(4)), 2, key=key)
    with pytest.raises(ValueError, match=r"y has shape \(2, 3, 2\)"):
        train(start, x, RNG.standard_normal((2, 3, 2)))
    with pytest.raises(ValueError, match=r"x has shape \(3, 5\).*4"):
        train(start, RNG.standard_normal((3, 5)), y)
    with pytest.raises(ValueError, match="test x has shape"):
        train(start, x, y, test=(x[:2], y))
    with pytest.raises(ValueError, match="y has 1 values that are not finite"):
        train(start, x, np.array([1.0, np.nan, 0.0]))
    with pytest.raises(ValueError, match=r"weights has shape \(2,\)"):
        train(start, x, y, weights=np.ones(2))
    with pytest.raises(ValueError, match="same leading axis"):
        train(MatrixProduct.normal((3, 2, 3), key=key), x, y)
    empty = jax.tree.map(lambda leaf: leaf[:0], start)
    with pytest.raises(ValueError, match="same leading axis"):
        train(empty, x, y)
    with pytest.raises(ValueError, match="at is"):
        train(start, x, y, at=np.array([2.0, 1.0]))


def test_single_precision_is_refused(key):
    start = ensemble(Linear(jnp.zeros(4)), 2, key=key)
    with jax.enable_x64(False), pytest.raises(ValueError, match="needs float64"):
        train(start, np.ones((3, 4)), np.ones(3))


def benchmark_problem(width, dim, n, scale, runs):
    """P1, P2 and P3: tanh networks with bias, own samples for every member."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((runs, n, dim))
    template = TwoLayer.normal(width, dim, 1.0, key=jax.random.key(0), bias=True)
    start = ensemble(template, runs, scale=scale, key=jax.random.key(1))
    return start, x, np.tanh(x.sum(axis=2) / dim**0.5 + 1)


@pytest.mark.parametrize(
    ("sizes", "runs", "bound"),
    [
        ((2, 1, 4, 1e-3), 200, 60),
        ((20, 4, 12, 0.1), 20, 45),
        pytest.param((100, 19, 40, 0.1), 4, 20, marks=pytest.mark.slow),
    ],
    ids=["P1", "P2", "P3"],
)
def test_few_steps_reach_the_limit(sizes, runs, bound):
    start, x, y = benchmark_problem(*sizes, runs)
    found = train(start, x, y, method=GradientFlow(rtol=1e-4))
    assert np.median(found.steps) <= bound
    assert found.count(Outcome.fitted) >= 0.98 * runs


@pytest.mark.parametrize("method", [GradientFlow(), AdaptiveDescent()])
@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_training_leaves_the_origin_where_the_gradient_does_not_vanish(method, unit):
    rng = np.random.default_rng(0)
    x, y = unit * rng.standard_normal((3, 5)), rng.standard_normal(3)
    trained = train(stack([Linear(jnp.zeros(5))]), x, y, method=method)
    assert trained.outcome == [Outcome.fitted]
    least = np.linalg.pinv(x) @ y
    assert np.allclose(
        trained.models.theta[0], least, rtol=0, atol=1e-8 * abs(least).max()
    )


@pytest.mark.parametrize("method", [GradientFlow(), AdaptiveDescent()])
def test_a_network_of_zeros_with_an_output_bias_learns_the_mean(method):
    net = TwoLayer(jnp.zeros((2, 1)), jnp.zeros(2), c=jnp.zeros(()))
    x = np.linspace(-1, 1, 4)[:, None]
    trained = train(stack([net]), x, np.array([1.0, 3.0, 2.0, 6.0]), method=method)
    assert np.isclose(trained.models.c[0], 3.0, atol=1e-6)
