"""Exponential or a power of time: from laws, and from gradient flow itself."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import expit
from scipy.stats import norm

from suffice.landscape import flow_rate, morse_bott
from suffice.models import TwoLayer

T = np.geomspace(1.0, 1e4, 120)


def exponentials(rates, start, t):
    """The flow of a linear model, whose kernel never moves."""
    r = start * np.exp(-t[:, None] * rates)
    k = np.broadcast_to(np.diag(rates), (len(t), len(rates), len(rates)))
    return {"loss": 0.5 * np.sum(r**2, axis=1), "residual": r, "kernel": k}


def merging(m, start, rates, others, t):
    """The flow of the residual `u^m`, a loss of order `2 m`, beside exponentials."""
    g, modes = 2 * m - 2, np.arange(1, len(rates) + 1)
    u = (start**-g + m * g * t) ** (-1 / g)
    r = np.concatenate([u[:, None] ** m, others * np.exp(-t[:, None] * rates)], axis=1)
    k = np.zeros((len(t), len(rates) + 1, len(rates) + 1))
    k[:, 0, 0] = m**2 * u**g
    k[:, modes, modes] = rates
    return {"loss": 0.5 * np.sum(r**2, axis=1), "residual": r, "kernel": k}


@pytest.mark.parametrize(("m", "power"), [(2, 2.0), (3, 1.5)])
def test_powers(m, power):
    flow = merging(m, 1.0, np.array([0.5]), np.ones(1), T)
    found = flow_rate(T, **flow)
    assert found.law == "algebraic"
    assert found.exponent == pytest.approx(power, rel=0.02)
    assert "t^-" in found.headline()
    alone = flow_rate(T, flow["loss"])
    assert alone.law == "undecided"
    assert "kernel" in str(alone.note)


def test_exponentials_with_rates_over_many_decades_are_no_power():
    """The residuals `lambda^2.805` fall like t^-5.61 for as long as rates last."""
    rates, t = 10.0 ** np.linspace(-6, 0, 40), np.geomspace(1, 1e4, 120)
    flow = exponentials(rates, rates**2.805, t)
    steep = -np.polyfit(np.log(t[60:]), np.log(flow["loss"][60:]), 1)[0]
    assert steep == pytest.approx(5.61, abs=0.1)
    found = flow_rate(t, **flow)
    assert found.law == "linear"
    assert found.exponent is None
    assert flow_rate(t, flow["loss"]).law == "undecided"


@pytest.mark.parametrize("rate", [1e-3, 1e-2])
def test_exponentials(rate):
    t = np.linspace(1, 40 / rate, 400)
    found = flow_rate(t, np.exp(-rate * t))
    assert found.law == "exponential"
    assert found.rate == pytest.approx(rate, rel=1e-6)


def laws(count, seed):
    """The laws of random flows, by kind."""
    rng = np.random.default_rng(seed)
    found = {kind: [] for kind in ("spread", "plain", "two", "three", "alone")}
    for _ in range(count):
        t = np.geomspace(1e-2, 10 ** rng.uniform(3, 6), 161)
        rates = 10 ** rng.uniform(-rng.uniform(2, 6), 0, rng.integers(5, 30))
        start = rates ** rng.uniform(0.2, 3) * rng.uniform(0.5, 2, len(rates))
        found["spread"].append(flow_rate(t, **exponentials(rates, start, t)))
        rate = 10 ** rng.uniform(-4, 0, 1)
        t = np.geomspace(1e-2, rng.uniform(10, 30) / rate[0], 161)
        plain = flow_rate(t, **exponentials(rate, rng.standard_normal(1), t))
        assert plain.rate == pytest.approx(2 * rate[0], rel=1e-3)
        found["plain"].append(plain)
        for kind, m in (("two", 2), ("three", 3)):
            t = np.geomspace(1e-2, 10 ** rng.uniform(1, 6), 161)
            others = 10 ** rng.uniform(-1, 1, 3), rng.standard_normal(3)
            flow = merging(m, rng.uniform(0.3, 1), *others, t)
            found[kind].append(flow_rate(t, **flow))
            found["alone"].append(flow_rate(t, flow["loss"]))
    return found


@pytest.mark.parametrize(
    "count", [40, pytest.param(500, marks=pytest.mark.slow)], ids=str
)
def test_no_random_flow_gets_the_law_of_another(count):
    found = laws(count, seed=0)
    kinds = {kind: {f.law for f in rates} for kind, rates in found.items()}
    assert kinds["spread"] <= {"exponential", "linear", "undecided"}
    assert kinds["plain"] == {"exponential"}
    assert kinds["alone"] == {"undecided"}
    for kind, exponent in (("two", 2.0), ("three", 1.5)):
        assert kinds[kind] <= {"algebraic", "linear", "undecided"}
        exponents = [f.exponent for f in found[kind] if f.law == "algebraic"]
        assert len(exponents) > 0.4 * count
        np.testing.assert_allclose(exponents, exponent, rtol=0.08)


def test_points_that_are_not_finite_are_left_out():
    loss = np.exp(-1e-2 * T)
    loss[[3, 50]] = np.nan, np.inf
    assert flow_rate(T, loss).law == "exponential"


def test_what_lies_between_is_undecided():
    """A stretched exponential, and a trajectory that is too short."""
    assert flow_rate(T, np.exp(-np.sqrt(T))).law == "undecided"
    early = np.linspace(0.01, 0.1, 60)
    assert flow_rate(early, (1 + early) ** -2).law == "undecided"
    with pytest.raises(ValueError, match="usable intervals"):
        flow_rate(T[:6], T[:6] ** -2)
    with pytest.raises(ValueError, match="usable intervals"):
        flow_rate(T, np.ones_like(T))
    with pytest.raises(ValueError, match="time holds 120 numbers and loss 119"):
        flow_rate(T, T[1:])
    with pytest.raises(ValueError, match="kernel is None"):
        flow_rate(T, 1 / T, residual=np.ones((120, 1)))
    with pytest.raises(ValueError, match=r"residual has shape \(119, 2\)"):
        flow_rate(T, 1 / T, residual=np.ones((119, 2)), kernel=np.ones((120, 2, 2)))


JETS = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": (expit, lambda z: expit(z) * expit(-z)),
    "softplus": (lambda z: np.logaddexp(0, z), expit),
    "gelu": (lambda z: z * norm.cdf(z), lambda z: norm.cdf(z) + z * norm.pdf(z)),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
}


def trajectory(name, a, w, x, y, t):
    """Gradient flow of half the sum of squares, by a stiff solver."""
    (s, ds), m = JETS[name], len(a)

    def force(_, theta):
        a, w = theta[:m], theta[m:].reshape(m, -1)
        value, slope = s(x @ w.T), ds(x @ w.T)
        r = value @ a - y
        return -np.concatenate([value.T @ r, ((slope * a * r[:, None]).T @ x).ravel()])

    start = np.concatenate([a, np.ravel(w)])
    run = solve_ivp(force, (0, t[-1]), start, "LSODA", t_eval=t, rtol=1e-9, atol=1e-13)
    residuals, kernels = [], []
    for point in run.y.T:
        a, w = point[:m], point[m:].reshape(m, -1)
        value, slope = s(x @ w.T), ds(x @ w.T)
        residuals.append(value @ a - y)
        kernels.append(value @ value.T + (x @ x.T) * ((slope * a) @ (slope * a).T))
    r = np.array(residuals)
    loss = 0.5 * np.sum(r**2, axis=1)
    flow = {"loss": loss, "residual": r, "kernel": np.array(kernels)}
    return flow, run.y[:, -1]


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_flow_to_a_morse_bott_branch_is_exponential_at_the_predicted_rate(name):
    rng = np.random.default_rng(2)
    w0, free = np.array([[0.8, -0.5]]), np.array([[0.3, 1.1]])
    x = 1.5 * rng.standard_normal((10, 2))
    y = JETS[name][0](x @ w0.T) @ np.array([1.3])
    start = morse_bott(two(w0, free, [1.3, 0.0], name), x)
    a = np.array([1.3, 0.0]) + 0.03 * rng.standard_normal(2)
    w = np.vstack([w0, free]) + 0.03 * rng.standard_normal((2, 2))
    t = np.linspace(1, 16 / start.slowest, 300)
    flow, end = trajectory(name, a, w, x, y, t)
    found = flow_rate(t, **flow)
    assert found.law == "exponential"
    predicted = morse_bott(two(w0, end[4:6], [1.3, 0.0], name), x)
    assert predicted.rate == "exponential"
    assert found.rate == pytest.approx(2 * predicted.slowest, rel=0.05)


def two(first, second, a, name):
    w = np.vstack([first, np.reshape(second, first.shape)])
    return TwoLayer(jnp.asarray(w), jnp.asarray(a), activation=name)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu"])
def test_flow_to_a_condensed_branch_falls_like_the_square_of_time(name):
    rng = np.random.default_rng(0)
    w0 = np.array([[0.9]])
    x = 1.5 * rng.standard_normal((6, 1))
    y = JETS[name][0](x @ w0.T) @ np.array([1.2])
    a, w = np.array([0.6, 0.6]), np.array([[1.2], [0.6]])
    t = np.geomspace(10, 1e7, 160)
    flow, end = trajectory(name, a, w, x, y, t)
    found = flow_rate(t, **flow)
    assert found.law == "algebraic"
    assert found.exponent == pytest.approx(2.0, abs=0.1)
    assert morse_bott(two(w0, w0, 0.6 * np.ones(2), name), x).rate == "t^-2"
    assert end[:2].min() > 0
