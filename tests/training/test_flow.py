"""Gradient flow to its limit."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from suffice._core import ravel
from suffice.models import DeepNetwork, Linear, MatrixProduct, TwoLayer
from suffice.training import ensemble, GradientFlow, member, Outcome, stack, train
from suffice.training._methods._family import Family
from suffice.training._methods._krogstad import exponential_step
from suffice.training._methods._problem import Problem
from suffice.training._methods._stopping import Decay

TANH = TwoLayer.normal(2, 1, 1.0, key=jax.random.key(0), bias=True)


def one_problem(model, x, y, weights=None):
    y = np.asarray(y, float).reshape(len(y), -1)
    root = np.ones(len(y)) if weights is None else np.sqrt(weights)
    return Problem(
        Family.of(model),
        jnp.asarray(x),
        jnp.asarray(y),
        jnp.asarray(root)[:, None],
        jnp.zeros(0),
    )


def tanh_data(n, dim, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, dim))
    return x, np.tanh(x.sum(axis=1) / dim**0.5 + 1)


def krogstad_with_explicit_matrices(problem, theta, h):
    """The textbook scheme with the P x P matrices of -J^T J: its naive twin."""

    def force(v):
        return -problem.gradient(v)[1]

    tangent = problem.tangent(theta)
    jac = np.asarray(tangent.matrix())
    values, basis = np.linalg.eigh(jac.T @ jac)
    z = -h * np.maximum(values, 0)

    def phi(k, scale):
        x = np.minimum(scale * z, -1e-300)
        if k == 0:
            return basis @ np.diag(np.exp(x)) @ basis.T
        small = sum(x**j / float(np.prod(np.arange(1, j + k + 1))) for j in range(25))
        big = np.exp(x)
        for j in range(k):
            big = (big - 1 / float(np.prod(np.arange(1, j + 1)))) / x
        return basis @ np.diag(np.where(x > -1, small, big)) @ basis.T

    first = force(theta)

    def rest(v):
        return force(v) - first + jac.T @ (jac @ (v - theta))

    half = (h / 2) * phi(1, 0.5) @ first
    u2 = theta + half
    u3 = theta + half + h * phi(2, 0.5) @ rest(u2)
    u4 = theta + h * phi(1, 1) @ first + 2 * h * phi(2, 1) @ rest(u3)
    n2, n3, n4 = rest(u2), rest(u3), rest(u4)
    middle = (2 * phi(2, 1) - 4 * phi(3, 1)) @ (n2 + n3)
    last = (4 * phi(3, 1) - phi(2, 1)) @ n4
    return theta + h * (phi(1, 1) @ first + middle + last)


@pytest.mark.parametrize("n", [4, 12], ids=["fewer residuals", "fewer parameters"])
def test_projected_and_explicit_steps_are_one(n):
    problem = one_problem(TANH, *tanh_data(n, 1))
    theta = ravel(TANH)[0]
    step = jax.jit(lambda h: exponential_step(problem, theta, h).theta)
    for h in (1e-3, 0.3, 5.0):
        twin = krogstad_with_explicit_matrices(problem, theta, h)
        error = np.linalg.norm(step(h) - twin)
        assert error < 2e-13 * np.linalg.norm(twin)


def test_order_four():
    problem = one_problem(TANH, *tanh_data(4, 1))
    theta = ravel(TANH)[0]

    @jax.jit
    def flow(steps, h):
        def body(_, v):
            return exponential_step(problem, v, h).theta

        return jax.lax.fori_loop(0, steps, body, theta)

    counts = np.array([16, 32, 64, 128])
    end = flow(1024, 1.0 / 1024)
    errors = [float(jnp.linalg.norm(flow(k, 1.0 / k) - end)) for k in counts]
    order = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert abs(order - 4) < 0.1


def test_linear_least_squares_is_exact(key):
    """From any start, one step of any length: the start plus the pseudo-inverse."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3, 5)), rng.standard_normal(3)
    start = ensemble(Linear(jnp.zeros(5)), 2, scale=1.0, key=key)
    found = train(start, x, y)
    for i in range(2):
        theta = np.asarray(start.theta[i])
        limit = theta + np.linalg.pinv(x) @ (y - x @ theta)
        np.testing.assert_allclose(found.models.theta[i], limit, atol=1e-12)
    assert (found.outcome == Outcome.fitted).all()
    assert (found.steps < 12).all()
    t = 0.7  # and exactly on the way
    found = train(start, x, y, method=GradientFlow(max_time=t))
    values, basis = np.linalg.eigh(x.T @ x)
    theta, limit = np.asarray(start.theta[0]), np.linalg.pinv(x) @ y
    limit = limit + theta - np.linalg.pinv(x) @ (x @ theta)
    decay = basis @ np.diag(np.exp(-values * t)) @ basis.T
    np.testing.assert_allclose(
        found.models.theta[0], limit + decay @ (theta - limit), atol=1e-12
    )
    np.testing.assert_allclose(found.time, t, rtol=1e-12)
    assert (found.outcome == Outcome.out_of_steps).all()


def reference(model, x, y):
    """The limit by an implicit Runge-Kutta method of SciPy at tight tolerance."""
    theta, at = ravel(model)

    def loss(v):
        return 0.5 * jnp.sum((jax.vmap(at(v))(x).ravel() - y.ravel()) ** 2)

    value, force, slope = map(jax.jit, (loss, jax.grad(loss), jax.hessian(loss)))

    def fitted(_, v):
        return float(value(v)) - 1e-19

    fitted.terminal = True
    found = scipy.integrate.solve_ivp(
        lambda _, v: -np.asarray(force(v)),
        (0.0, 1e9),
        np.asarray(theta),
        method="Radau",
        jac=lambda _, v: -np.asarray(slope(v)),
        events=fitted,
        rtol=1e-9,
        atol=1e-11,
    )
    assert found.success
    return at(jnp.asarray(found.y[:, -1]))


def check_limit(start, x, y, points, rtol=1e-6):
    found = train(start, x, y, method=GradientFlow(rtol=rtol))
    assert (found.outcome == Outcome.fitted).all()
    for i in range(len(found.loss)):
        twin = jax.vmap(reference(member(start, i), x, y))(points)
        ours = jax.vmap(found.member(i))(points)
        error = jnp.sqrt(jnp.mean((ours - twin) ** 2) / jnp.mean(twin**2))
        assert error < 10 * rtol


@pytest.mark.slow
def test_two_layer_limits_are_those_of_a_stiff_solver(key):
    x = np.linspace(-2, 2, 4)[:, None]
    y = np.tanh(x[:, 0] + 1)
    start = ensemble(TANH, 2, scale=0.1, key=key)
    check_limit(start, x, y, jnp.linspace(-2, 2, 50)[:, None])


@pytest.mark.slow
def test_limits_of_matrix_factorisation_are_those_of_a_stiff_solver(key):
    x = np.array([[0, 0], [0, 1], [1, 0], [2, 2]])
    y = np.array([1.0, 2.0, 3.0, -1.0])
    start = ensemble(MatrixProduct((jnp.ones((3, 2)), jnp.ones((2, 3)))), 1, key=key)
    check_limit(start, x, y, np.argwhere(np.ones((3, 3), bool)))


@pytest.mark.slow
def test_a_deep_network_reaches_the_limit_of_a_stiff_solver(key):
    x, y = tanh_data(5, 2)
    template = DeepNetwork.normal([2, 4, 4, 1], 1.0, key=key)
    y = y[:, None] if jax.vmap(template)(x).ndim == 2 else y
    start = ensemble(template, 1, scale=0.5, key=key)
    points = jnp.asarray(np.random.default_rng(3).standard_normal((20, 2)))
    check_limit(start, x, y, points)


def near_the_origin(c, gamma, delta):
    """Start on the unstable manifold of the origin with imbalance ratio c."""
    norm = np.linalg.norm(gamma)
    unit = np.array([c, 1.0]) / np.hypot(c, 1.0)
    a = delta / 2**0.5 * unit
    w = a[:, None] * gamma[None] / norm
    return TwoLayer(w=jnp.asarray(w[:, :1]), a=jnp.asarray(a), b=jnp.asarray(w[:, 1]))


@pytest.mark.theory
@pytest.mark.slow
def test_the_merged_branch_decays_like_a_power_and_another_exponentially():
    """Loss ~ t^-2 and |w1 - w2| ~ t^-1/2 at c = 0.9, n = 6; not at c = 0.3.

    Single neuron, arXiv:2405.13787, figure 3; exponents derived and verified here.
    """
    x = np.linspace(-2, 2, 6)
    y = np.tanh(x + 1)
    gamma = np.array([y @ x, y.sum()])
    start = stack([near_the_origin(c, gamma, 1e-3) for c in (0.9, 0.3)])
    times = np.geomspace(1e5, 1e9, 9)
    test = (np.linspace(-2, 2, 101)[:, None], np.tanh(np.linspace(-2, 2, 101) + 1))
    found = train(start, x[:, None], y, at=times, test=test)
    path = found.trajectory
    np.testing.assert_allclose(path.time[0], times)
    slope = np.polyfit(np.log(times), np.log(path.loss[0]), 1)[0]
    assert abs(slope + 2) < 0.15
    w, b = path.models.w[0, :, :, 0], path.models.b[0]
    gap = np.hypot(w[:, 0] - w[:, 1], b[:, 0] - b[:, 1])
    assert abs(np.polyfit(np.log(times), np.log(gap), 1)[0] + 0.5) < 0.05
    assert abs(found.exponent[0] + 2) < 0.15
    assert found.exponent[1] < -8
    assert found.time[1] < 1e5
    assert (found.outcome == Outcome.recovered).all()
    assert np.hypot(*np.diff(found.models.w[1, :, 0]), 0) > 0.1


def test_an_ill_conditioned_fit_is_not_called_fitted_before_it_has_arrived():
    """Residual 1e-11 in a mode of eigenvalue 1e-12 is a movement of 1e-5."""
    x = np.array([[1.0, 0.0], [0.0, 1e-6]])
    y = np.array([1.0, 1e-11])
    found = train(stack([Linear(jnp.array([0.5, 0.0]))]), x, y)
    assert found.outcome[0] == Outcome.fitted
    np.testing.assert_allclose(found.models.theta[0], [1.0, 1e-5], rtol=1e-3)
    early = train(
        stack([Linear(jnp.array([0.5, 0.0]))]),
        x,
        y,
        method=GradientFlow(max_time=1e6),
    )
    assert early.loss[0] < 1e-20  # the loss alone would have stopped here
    assert early.outcome[0] == Outcome.out_of_steps


def test_noise_ends_stationary_with_a_positive_loss(key):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((20, 3))
    y = x @ np.ones(3) + rng.standard_normal(20)
    found = train(ensemble(Linear(jnp.zeros(3)), 3, scale=1.0, key=key), x, y)
    best = np.linalg.lstsq(x, y)[0]
    assert (found.outcome == Outcome.stationary).all()
    np.testing.assert_allclose(found.models.theta, np.tile(best, (3, 1)), rtol=1e-10)


@pytest.mark.slow
def test_the_origin_is_stationary_and_bad_starts_diverge():
    zero = jax.tree.map(jnp.zeros_like, TANH)
    broken = eqx.tree_at(lambda m: m.a, TANH, jnp.array([jnp.nan, 1.0]))
    huge = eqx.tree_at(lambda m: m.a, TANH, jnp.array([1e200, 1.0]))
    x, y = tanh_data(4, 1)
    found = train(stack([zero, broken, huge, TANH]), x, y)
    names = [Outcome(code).name for code in found.outcome]
    assert names == ["stationary", "diverged", "diverged", "fitted"]
    assert found.steps[:3].tolist() == [0, 0, 0]


@pytest.mark.parametrize("scale", [1e-20, 1e-150])
def test_tiny_starts_lose_no_digits(scale):
    """The limit depends on the direction of a tiny start only: 2405.13787."""
    x, y = tanh_data(5, 1)
    gamma = np.array([y @ x[:, 0], y.sum()])
    start = stack([near_the_origin(0.5, gamma, d) for d in (scale, 1e-4)])
    found = train(start, x, y, method=GradientFlow(rtol=1e-6, max_steps=4000))
    points = jnp.linspace(-2, 2, 30)[:, None]
    tiny, small = (jax.vmap(found.member(i))(points) for i in range(2))
    np.testing.assert_allclose(tiny, small, atol=2e-5)


def test_numbers_of_the_method_are_checked():
    with pytest.raises(ValueError, match="rtol is 0"):
        GradientFlow(rtol=0.0)
    with pytest.raises(ValueError, match="max_steps is 0"):
        GradientFlow(max_steps=0)


@pytest.mark.parametrize(
    ("loss", "linear", "algebraic"),
    [
        (lambda t: t**-2, 1e-9, True),
        (lambda t: t ** (-4 / 3), 1e-9, True),
        (lambda t: t**-2, 1.0, False),  # exponentials with rates over many decades
        (lambda t: t**-5.61, 1e-9, False),  # no loss falls so fast on a branch
        (lambda t: np.exp(-t / 100), 1e-9, False),
        (lambda t: 1.0, 1e-9, False),  # the plateau of a small start
        (lambda t: 1 - 1e-9 * np.log(t), 1e-9, False),
    ],
)
def test_a_decay_is_algebraic_only_if_a_frozen_kernel_fails(loss, linear, algebraic):
    """`linear`: the loss after a decade with a frozen kernel, over the true one."""
    decay = Decay.unknown()
    for time in np.geomspace(1e-2, 1e3, 26):
        ahead = linear * loss(10 * time)
        decay = decay.observe(jnp.asarray(time), jnp.asarray(loss(time)), ahead)
    assert bool(decay.algebraic) == algebraic
