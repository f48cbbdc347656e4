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


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_powers(power, shift):
    found = flow_rate(T, 3.0 * (T + shift) ** -power)
    assert found.law == "power"
    assert found.exponent == pytest.approx(power, rel=0.02)


@pytest.mark.parametrize("rate", [1e-3, 1e-2])
def test_exponentials(rate):
    found = flow_rate(
        np.linspace(1, 4e3, 400), np.exp(-rate * np.linspace(1, 4e3, 400))
    )
    assert found.law == "exponential"
    assert found.rate == pytest.approx(rate, rel=1e-6)


def test_what_lies_between_is_undecided():
    """A stretched exponential, and a trajectory that is too short."""
    assert flow_rate(T, np.exp(-np.sqrt(T))).law == "undecided"
    early = np.linspace(0.01, 0.1, 60)
    assert flow_rate(early, (1 + early) ** -2).law == "exponential"  # locally it is
    with pytest.raises(ValueError, match="usable intervals"):
        flow_rate(T[:6], T[:6] ** -2)
    with pytest.raises(ValueError, match="usable intervals"):
        flow_rate(T, np.ones_like(T))
    with pytest.raises(ValueError, match="time holds 120 numbers and loss 119"):
        flow_rate(T, T[1:])


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
    theta = run.y.T
    values = [s(x @ p[m:].reshape(m, -1).T) @ p[:m] - y for p in theta]
    return np.array([0.5 * v @ v for v in values]), theta[-1]


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
    loss, end = trajectory(name, a, w, x, y, t)
    found = flow_rate(t, loss)
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
    loss, end = trajectory(name, a, w, x, y, t)
    found = flow_rate(t, loss)
    assert found.law == "power"
    assert found.exponent == pytest.approx(2.0, abs=0.1)
    assert morse_bott(two(w0, w0, 0.6 * np.ones(2), name), x).rate == "t^-2"
    assert end[:2].min() > 0
