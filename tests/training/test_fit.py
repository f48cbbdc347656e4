"""Fits of many models at once."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import least_squares

from suffice._core import evaluate, ravel
from suffice.models import Linear, TwoLayer
from suffice.training import ensemble, fit, member, Outcome


def linear_problem(seed=0, n=30, dim=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, dim)), rng.standard_normal(n)


def test_a_linear_fit_is_the_weighted_ridge_solution(key):
    x, y = linear_problem()
    rng = np.random.default_rng(1)
    weights, ridge = rng.uniform(size=(3, 30)), np.array([0.0, 0.1, 1.0])
    start = ensemble(Linear(jnp.zeros(4)), 3, key=key)
    found = fit(start, x, y, weights=weights, ridge=ridge, tolerance=1e-10)
    for i in range(3):
        w = weights[i] / weights[i].sum()
        gram = x.T @ (w[:, None] * x) + ridge[i] * np.eye(4)
        theta = np.linalg.solve(gram, x.T @ (w * y))
        np.testing.assert_allclose(found.member(i).theta, theta, rtol=1e-7)
        assert found.loss[i] == pytest.approx(w @ (x @ theta - y) ** 2, rel=1e-10)
    assert found.converged.all()


@pytest.mark.slow
def test_samples_of_weight_zero_do_not_exist(key):
    x, y = linear_problem()
    template = TwoLayer.normal(2, 4, key=key, bias=True)
    start = ensemble(template, 2, key=key)
    weights = np.ones((2, 30))
    weights[0, 20:] = weights[1, :5] = 0
    both = fit(start, x, y, weights=weights, max_steps=40)
    y[20:] += 1e3 * (weights[0, 20:] == 0)  # must not matter to the first member
    again = fit(start, x, y, weights=weights, max_steps=40)
    alone = fit(
        jax.tree.map(lambda leaf: leaf[:1], start), x[:20], y[:20], max_steps=40
    )
    assert again.loss[0] == both.loss[0]
    assert alone.loss[0] == pytest.approx(both.loss[0], rel=1e-6)
    assert again.loss[1] != pytest.approx(both.loss[1], rel=1e-3)


def test_it_ends_where_scipy_ends(key):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((60, 2))
    y = np.tanh(x[:, 0]) + 0.3 * rng.standard_normal(60)
    start = ensemble(TwoLayer.normal(1, 2, key=key, bias=True), 4, key=key)
    found = fit(start, x, y, max_steps=300, tolerance=1e-9)
    for i in range(4):
        theta, at = ravel(member(start, i))
        residual = jax.jit(lambda t, at=at: jax.vmap(at(t))(x) - y)
        twin = least_squares(residual, theta)
        assert found.loss[i] == pytest.approx(2 * twin.cost / 60, rel=1e-5)


def test_a_planted_network_is_found_from_enough_samples_only(key):
    """Rank 12 of a width-3 tanh network on R^3: recovery needs as many samples."""
    rng = np.random.default_rng(3)
    target = TwoLayer(
        jnp.asarray(rng.standard_normal((3, 3))), jnp.asarray([1.0, -1.5, 0.8])
    )
    x, fresh = rng.standard_normal((40, 3)), rng.standard_normal((500, 3))
    y, truth = evaluate(target, x)[:, 0], evaluate(target, fresh)[:, 0]
    weights = np.ones((24, 40))
    weights[12:, 8:] = 0  # eight samples for the second half
    start = ensemble(target, 24, scale=0.5, key=key)
    found = fit(start, x, y, weights=weights, max_steps=300)
    errors = np.array(
        [
            np.mean((evaluate(found.member(i), fresh)[:, 0] - truth) ** 2)
            for i in range(24)
        ]
    )
    assert (errors[:12] < 1e-12).mean() >= 0.5
    assert (found.outcome[:12] == Outcome.fitted).mean() >= 0.5
    assert (found.loss[12:] < 1e-12).mean() >= 0.5  # fitted,
    assert errors[12:].min() > 1e-4  # but never recovered


def test_a_network_too_narrow_cannot_fit(key):
    rng = np.random.default_rng(4)
    target = TwoLayer(jnp.asarray(rng.standard_normal((3, 2))), jnp.ones(3))
    x = rng.standard_normal((50, 2))
    narrow = ensemble(TwoLayer.normal(1, 2, key=key), 10, key=key)
    found = fit(narrow, x, evaluate(target, x)[:, 0], max_steps=200)
    assert found.loss.min() > 1e-3
    assert not (found.outcome == Outcome.fitted).any()


def test_vector_outputs_share_one_loss(key):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((40, 3))
    theta = rng.standard_normal((2, 3))
    noise = rng.standard_normal((40, 2))
    start = ensemble(Linear(jnp.zeros((2, 3))), 1, key=key)
    found = fit(start, x, x @ theta.T + noise)
    best = np.linalg.lstsq(x, x @ theta.T + noise, rcond=None)
    np.testing.assert_allclose(found.best().theta, best[0].T, rtol=1e-8)
    assert found.loss[0] == pytest.approx(best[1].sum() / 80)


def test_a_member_that_cannot_start_is_reported_and_harms_no_other(key):
    x, y = linear_problem()
    start = ensemble(Linear(jnp.zeros(4)), 3, key=key)
    broken = eqx.tree_at(lambda m: m.theta, start, start.theta.at[1].set(jnp.inf))
    found = fit(broken, x, y)
    assert found.outcome[1] == Outcome.diverged
    assert not found.converged[1]
    assert found.converged[[0, 2]].all()
    assert "1 diverged" in found.headline()
    np.testing.assert_array_equal(found.best().theta, found.member(0).theta)


def test_batches_change_nothing(key, monkeypatch):
    x, y = linear_problem()
    start = ensemble(TwoLayer.normal(1, 4, key=key), 5, key=key)
    whole = fit(start, x, y, max_steps=20)
    monkeypatch.setattr("suffice.training._fit._MEMORY", 2 * 30 * 5)
    parts = fit(start, x, y, max_steps=20)
    np.testing.assert_allclose(parts.loss, whole.loss, rtol=1e-12)
    np.testing.assert_allclose(parts.models.w, whole.models.w, rtol=1e-9)


def test_the_step_limit_is_an_outcome(key):
    x, y = linear_problem()
    found = fit(ensemble(TwoLayer.normal(3, 4, key=key), 2, key=key), x, y, max_steps=2)
    assert (found.outcome == Outcome.out_of_steps).all()
    assert (found.steps == 2).all()
    assert set(found.to_dict()) >= {"loss", "steps", "outcome"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(29)}, r"y has shape \(29,\) and x holds 30"),
        ({"y": np.zeros((30, 2))}, r"2 number\(s\) per sample, but a member returns"),
        ({"y": np.full(30, np.nan)}, "y has 30 values that are not finite"),
        ({"weights": np.ones((3, 30))}, r"weights has shape \(3, 30\)"),
        ({"weights": -np.ones(30)}, "weights must be finite and >= 0"),
        ({"weights": np.zeros(30)}, "at least one sample of positive weight"),
        ({"ridge": -1.0}, "ridge must be finite"),
    ],
)
def test_bad_arguments_are_refused(key, change, message):
    x, y = linear_problem()
    models = ensemble(Linear(jnp.zeros(4)), 2, key=key)
    arguments = {"y": y} | change
    with pytest.raises(ValueError, match=message):
        fit(models, x, **arguments)


def test_a_single_model_is_not_an_ensemble(key):
    x, y = linear_problem()
    with pytest.raises(ValueError, match="models must be an ensemble"):
        fit(TwoLayer.normal(2, 4, key=key), x, y)


def test_every_outcome_says_what_happened_and_most_what_to_do():
    for outcome in Outcome:
        assert outcome.sentence.endswith(".")
        assert Outcome(int(outcome)) is outcome
    good = {o for o in Outcome if not o.remedy}
    assert good == {Outcome.fitted, Outcome.recovered}
    assert Outcome.fitted.tested == "fitted another function"
