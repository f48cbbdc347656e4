"""Points at which a sample lies on a kink."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import critical, data_for, loss
from scipy.optimize import linprog

from suffice.landscape import classify, escape
from suffice.models import DeepNetwork, TwoLayer

LEAK = {"relu": 0.0, "leaky-relu": 0.1}


def on_kinks(rng, activation="relu", idle=False):
    """A network with integer weights, some samples on kinks, and a residual.

    The targets are chosen such that 0 is one of the one-sided gradients, with random
    slopes between those of both sides at the kinks.
    """
    while True:
        dim, bias, c = int(rng.integers(1, 4)), rng.random() < 0.5, rng.random() < 0.5
        x = rng.integers(-3, 4, (int(rng.integers(5, 10)), dim)).astype(float)
        u = np.column_stack([x, np.ones(len(x))]) if bias else x
        w = rng.integers(-2, 3, (int(rng.integers(1, 4)), u.shape[1])).astype(float)
        a = rng.choice([-2.0, -1.0, 1.0, 2.0], len(w))
        if idle:
            a[0] = 0.0
        z = u @ w.T
        slope = np.where(z > 0, 1.0, LEAK[activation])
        at = (z == 0) & u.any(axis=1)[:, None]
        slope = np.where(at, rng.uniform(LEAK[activation], 1.0, z.shape), slope)
        columns = [z * slope, *(a * slope * u[:, [j]] for j in range(u.shape[1]))]
        jac = np.column_stack([*columns, *([np.ones(len(x))] if c else [])])
        left, size, _ = np.linalg.svd(jac)
        rank = int(np.sum(size > 1e-10))
        few = at.sum(axis=0).max() <= 5
        if rank < len(x) and at.any() and few and w.any(axis=1).all():
            break
    e = left[:, rank:] @ rng.standard_normal(len(x) - rank)
    f = np.where(z > 0, z, LEAK[activation] * z) @ a
    point = TwoLayer(
        jnp.asarray(w[:, :dim]),
        jnp.asarray(a),
        b=jnp.asarray(w[:, dim]) if bias else None,
        c=jnp.zeros(()) if c else None,
        activation=activation,
    )
    return point, x, f - e, (u, w, a, e, at)


def least_slope(u, w, a, e, at, leak):
    """The least one-sided derivative over the unit cube, by a program on each cell."""
    worst = 0.0
    for k in range(len(w)):
        slope = np.where(u @ w[k] > 0, 1.0, leak)
        slope[at[:, k]] = leak
        g = (a[k] * e * slope) @ u
        c, h = (1 - leak) * a[k] * e[at[:, k]], u[at[:, k]]
        for signs in itertools.product((1.0, -1.0), repeat=len(h)):
            signs = np.array(signs)
            cost = g + (c * (signs > 0)) @ h if len(h) else g
            rows = -signs[:, None] * h if len(h) else None
            limits = np.zeros(len(h)) if len(h) else None
            found = linprog(cost, A_ub=rows, b_ub=limits, bounds=(-1, 1))
            worst = min(worst, found.fun)
    return worst


def lowest_nearby(rng, point, x, y, draws=400):
    """The largest decrease of the loss that is found nearby."""
    best = 0.0
    for radius in (1e-4, 1e-6):
        for _ in range(draws):
            near = jax.tree.map(
                lambda p, r=radius: p + r * rng.standard_normal(p.shape), point
            )
            best = max(best, loss(point, x, y) - loss(near, x, y))
    return best


def agrees(rng, activation):
    """Compare one random point with the linear programs, and with sampling."""
    point, x, y, parts = on_kinks(rng, activation)
    found = classify(point, x, y)
    slope = least_slope(*parts, LEAK[activation])
    if slope < -1e-6:
        assert found.verdict == "first-order decrease"
        assert found.escape.kind == "kink"
        assert found.escape.slope < 0
        assert found.escape.measured > 0
    else:
        assert found.verdict in ("local minimum at a kink", "global minimum")
        assert lowest_nearby(rng, point, x, y, 50) < 1e-13 * (1 + found.loss)
    return found.verdict


@pytest.mark.parametrize("activation", list(LEAK))
def test_kinks_agree_with_a_linear_program_on_every_cell(activation):
    rng = np.random.default_rng(0)
    seen = [agrees(rng, activation) for _ in range(12)]
    assert {"first-order decrease", "local minimum at a kink"} <= set(seen)


@pytest.mark.slow
@pytest.mark.parametrize("activation", list(LEAK))
def test_many_kinks_agree_with_a_linear_program_on_every_cell(activation):
    rng = np.random.default_rng(1)
    seen = [agrees(rng, activation) for _ in range(150)]
    assert seen.count("local minimum at a kink") > 20


def test_idle_neurons_on_kinks_are_saddles_unless_they_are_level():
    """Sampling finds a decrease exactly at the saddles."""
    rng, seen = np.random.default_rng(2), set()
    for _ in range(40):
        point, x, y, _ = on_kinks(rng, "relu", idle=True)
        found = classify(point, x, y)
        seen.add(found.verdict)
        if found.verdict == "saddle at a kink":
            assert found.escape.measured > 0
        if "minimum" in found.verdict:
            assert lowest_nearby(rng, point, x, y, 50) < 1e-13 * (1 + found.loss)
    assert "saddle at a kink" in seen


def test_the_loss_falls_from_one_side_of_a_kink():
    """One neuron of slope one, at x = 0; derivative -1 for a unit step of the bias."""
    point = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), b=jnp.zeros(1), activation="relu")
    x, y = np.array([[1.0], [2.0], [3.0], [0.0]]), np.array([1.1, 1.8, 3.1, 1.0])
    found = classify(point, x, y)
    assert found.verdict == "first-order decrease"
    assert "derivative -1 for a unit step" in found.note
    assert found.escape.slope == pytest.approx(-1)
    assert found.inertia is None
    assert escape(point, x, y).measured > 0.1


@pytest.mark.parametrize(
    ("y", "verdict"),
    [((2, 1, 2), "first-order decrease"), ((-1, 1, 2), "local minimum at a kink")],
)
def test_the_sign_of_the_kink_decides(y, verdict):
    """(w, b) = (1, -1), x = 1, 2, 3: c = -2/3 or 1/3; D(1, 1) = -4/3, loss 1/6."""
    point = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), b=-jnp.ones(1), activation="relu")
    x = np.array([[1.0], [2.0], [3.0]])
    found = classify(point, x, np.array(y, float))
    assert found.verdict == verdict
    if verdict == "local minimum at a kink":
        assert found.loss / 3 == pytest.approx(1 / 6)
        assert found.gradient == pytest.approx(0, abs=1e-12)
    else:
        assert found.escape.slope * np.sqrt(2) / 3 == pytest.approx(-4 / 3)


def test_dead_layers_are_called_dead():
    x, y = np.linspace(-1, 1, 6)[:, None], np.linspace(0, 1, 6)
    two = TwoLayer(
        jnp.ones((2, 1)), jnp.array([1.0, 2.0]), b=jnp.full(2, -9.0), activation="relu"
    )
    assert classify(two, x, y).verdict == "dead layer"
    deep = DeepNetwork(
        (jnp.ones((2, 1)), jnp.ones((2, 2)), jnp.ones((1, 2))),
        (jnp.zeros(2) + 0.1, jnp.full(2, -9.0), jnp.array([0.5])),
        "relu",
    )
    assert classify(deep, x + 2, y).verdict == "dead layer"
    off = DeepNetwork(deep.weights, (*deep.biases[:2], jnp.array([0.2])), "relu")
    assert classify(off, x + 2, y).verdict == "not critical"


def test_critical_points_away_from_kinks_are_plateaus_with_one_output():
    """Every critical point without idle neurons, as sampling confirms."""
    rng = np.random.default_rng(3)
    for case in range(8):
        point, x, y = critical(rng, "relu", 1 + case % 3, 2, bias=bool(case % 2))
        assert classify(point, x, y).verdict == "plateau minimum"
        assert lowest_nearby(rng, point, x, y, 50) < 1e-13


def test_kinks_of_several_outputs_are_undecided_unless_the_loss_falls():
    rng = np.random.default_rng(4)
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0]])
    for _ in range(6):
        point = TwoLayer(
            jnp.array([[1.0, 0.0]]),
            jnp.asarray(rng.standard_normal((2, 1))),
            activation="relu",
        )
        z = np.maximum(x[:, :1], 0)
        left = np.linalg.svd(np.column_stack([z, x * (z > 0)]))[0][:, -1:]
        e = left * rng.standard_normal(2) + np.array([[0, 0], [1, 1], [0, 0], [0, 0]])
        y = z @ np.asarray(point.a).T - e
        found = classify(point, x, y)
        pull = float(np.asarray(point.a)[:, 0] @ e[1])
        expected = "first-order decrease" if pull < 0 else "undecided"
        assert found.verdict == expected


def test_a_jump_of_the_second_derivative_decides_nothing():
    """An ELU neuron with a sample at preactivation 0, and with none."""
    x = np.array([[0.0], [1.0], [-1.0], [2.0], [0.5], [-0.7], [1.3]])
    for bias, expected in ((0.0, "undecided"), (0.1, "minimum")):
        point = TwoLayer(
            jnp.ones((1, 1)), jnp.ones(1), b=jnp.full(1, bias), activation="elu"
        )
        y = data_for(point, x, np.random.default_rng(0), 0.01)
        assert classify(point, x, y).verdict == expected


def test_the_origin_of_a_rectified_network_is_a_saddle():
    x, y = np.array([[1.0], [2.0], [-1.0]]), np.array([1.0, 1.5, 0.5])
    origin = TwoLayer(jnp.zeros((2, 1)), jnp.zeros(2), activation="relu")
    found = classify(origin, x, y)
    assert found.verdict == "saddle at a kink"
    assert found.escape.measured > 0
