"""Critical sets of two-layer networks: arXiv:2405.17501, with its corrections."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import COMMON
from jax.scipy.special import erf
from scipy.stats import norm

from suffice.landscape import classify, embed, inertia, Splitting, zero_set
from suffice.landscape._embedding._zero_set import ResidualFunction
from suffice.landscape._network._arrays import read, write
from suffice.landscape._network._objective import two_layer_loss
from suffice.landscape._network._polish import polish
from suffice.landscape._network._signals import signals
from suffice.landscape._points._anatomy import anatomy
from suffice.models import Activation, ACTIVATIONS, TwoLayer
from suffice.tangent import jacobian

pytestmark = pytest.mark.theory
KEY = jax.random.key(0)


def blind_search(activation, width, dim, runs, seed):
    """Critical points of a random problem, by Levenberg-Marquardt on the gradient."""
    rng = np.random.default_rng(seed)
    x = 1.5 * rng.standard_normal((12, dim))
    y = rng.standard_normal((12, 1))
    template = TwoLayer(jnp.ones((width, dim)), jnp.ones(width), activation=activation)
    whole = two_layer_loss(template, x, y)
    start = rng.standard_normal((runs, width * (dim + 1)))
    found = polish(whole.evaluate, start, max_steps=150)
    for theta in found.theta:
        point = write(whole.unpack(theta), template)
        inner = signals(read(point), x, y)
        if inner.relative_gradient() < 1e-9 and np.abs(theta).max() < 15:
            yield point, x, y, inner


def on_a_branch(point, x, y, inner, relu):
    """Every neuron copies a target, is null on Z, or one of a group that cancels."""
    body = anatomy(point, 1e-5)
    function = ResidualFunction(read(point), inner)
    narrow = signals(body.narrow, x, y)
    assert np.abs(narrow.residual - inner.residual).max() < 1e-7
    if 0 not in body.narrow.hidden:
        assert narrow.relative_gradient() < 1e-6
    idle = body.idle(0)
    w = read(point).rows(0)[idle]
    level = np.max(np.abs(function.value(w)), axis=1)
    assert (level < 1e-7 * (1 + function.scale(w))).all()
    for k in idle:
        assert body.roles[0][k] in ("null", "dead", "cancelling")
    assert relu or len(body.targets[0]) >= body.narrow.hidden[0]


@pytest.mark.parametrize("activation", COMMON)
def test_every_critical_point_of_a_blind_search_lies_on_a_predicted_branch(activation):
    """At least 110 critical points of each activation, widths 2 and 3."""
    count = 0
    for seed in range(12):
        width, dim = 2 + seed % 2, 1 + seed % 3
        for point, x, y, inner in blind_search(activation, width, dim, 60, seed):
            on_a_branch(point, x, y, inner, activation == "relu")
            count += 1
        if count >= 110:
            break
    assert count >= 110


def example():
    """Example 3.2: exp, two inputs, one neuron of weight (log 1/3, 0)."""
    x = np.array([[1.0, 0], [0, 1], [1, 1], [1, -1]])
    y = np.array([1.0, 1, 0, 0])
    return (
        TwoLayer(jnp.array([[np.log(1 / 3), 0.0]]), jnp.ones(1), activation="exp"),
        x,
        y,
    )


def test_example_3_2_and_its_null_points():
    """They are non-strict saddles, (3, 0, 6): Z is all double zeros, a line."""
    point, x, y = example()
    inner = signals(read(point), x, y[:, None])
    np.testing.assert_allclose(inner.residual[:, 0], [-2 / 3, 0, 1 / 3, 1 / 3])
    assert max(np.abs(g).max() for g in inner.gradient()) < 1e-15
    function = ResidualFunction(read(point), inner)
    line = np.column_stack([np.linspace(-2, 2, 9), np.zeros(9)])
    assert np.abs(function.value(line)).max() < 1e-14
    assert np.abs(function.slope(line)).max() < 1e-14
    off = np.random.default_rng(0).standard_normal((100, 2))
    assert (function.value(off) > 0).all()
    wide = TwoLayer(
        jnp.concatenate([point.w, jnp.array([[0.5, 0.0], [-0.7, 0.0]])]),
        jnp.array([1.0, 0.0, 0.0]),
        activation="exp",
    )
    found = classify(wide, x, y)
    assert found.inertia.signature == (3, 0, 6)
    assert found.verdict == "non-strict saddle"
    assert found.escape.measured > 0


@pytest.mark.parametrize("activation", ["sigmoid", "softplus", "silu", "gelu"])
def test_pairwise_independent_neurons_may_be_dependent(activation):
    """Lemma 3.1 fails for these, and holds for tanh and ELU."""
    rng = np.random.default_rng(0)
    x = 1.5 * rng.standard_normal((60, 2))
    u, v = rng.standard_normal((2, 2))
    w = np.array([u, v, u + v, -u, -v, -u - v])

    def smallest(name):
        values = np.linalg.svd(np.asarray(ACTIVATIONS[name](jnp.asarray(x @ w.T))))[1]
        return values[-1] / values[0]

    assert smallest(activation) < 1e-14
    w = w[:3]
    assert smallest("tanh") > 1e-4
    assert smallest(activation) > 1e-4


def test_two_copies_of_a_minimum_gamma_by_gamma():
    """Minima between 0 and 1, degenerate at both, saddles outside: (3, 0, 1),
    (2, 0, 2), (2, 1, 1), for two error functions (Martinelli et al., figure 6)."""
    half = Activation(
        "erf2",
        lambda z: erf(z / np.sqrt(2)),
        parity="odd",
        independent=True,
        suprema=(1.0, 0.7979, 0.4839),
    )
    x = norm.ppf((np.arange(400) + 0.5) / 400)[:, None]
    z = jnp.asarray(5 * x[:, 0])
    y = np.asarray(half(z + 2.5) + half(z - 2.5))
    start = TwoLayer(jnp.array([[1.4]]), jnp.array([2.15]), activation=half)
    whole = two_layer_loss(start, x, y[:, None])
    done = polish(whole.evaluate, whole.pack(whole.network)[None])
    narrow = write(whole.unpack(done.theta[0]), start)
    assert narrow.a[0] == pytest.approx(2.1528, abs=2e-4)
    assert narrow.w[0, 0] == pytest.approx(1.3996, abs=2e-4)
    loss = signals(read(narrow), x, y[:, None]).loss / 400
    assert loss == pytest.approx(0.023558, abs=2e-6)
    for gamma, want in (
        (0.3, (3, 0, 1)),
        (0.7, (3, 0, 1)),
        (0.0, (2, 0, 2)),
        (1.0, (2, 0, 2)),
        (-0.5, (2, 1, 1)),
        (1.5, (2, 1, 1)),
    ):
        kind = Splitting(shares=(gamma, 1 - gamma))
        wide = embed(narrow, x, y, width=2, kind=kind)
        assert inertia(wide.point, x, y).signature == want == wide.predicted


def test_more_neurons_never_remove_a_direction():
    """Irreversibility along random chains: every count grows (arXiv:2111.15527)."""
    rng = np.random.default_rng(3)
    point = TwoLayer.normal(2, 2, key=KEY)
    x = 1.5 * rng.standard_normal((24, 2))
    left = np.linalg.svd(np.asarray(jacobian(point, x)))[0]
    y = np.asarray(jax.vmap(point)(x)) - left[:, -1]
    before = inertia(point, x, y).signature
    for step in range(5):
        kind = "null" if step % 2 else "splitting"
        wide = embed(
            point, x, y, width=point.width + 1, kind=kind, key=jax.random.key(step)
        )
        after = inertia(wide.point, x, y)
        assert after.signature == wide.predicted or after.doubtful
        assert all(a >= b for a, b in zip(after.signature, before, strict=True))
        point, before = wide.point, after.signature


def test_the_zero_set_of_an_odd_activation_is_symmetric_and_never_empty():
    rng = np.random.default_rng(4)
    point = TwoLayer.normal(1, 3, key=KEY)
    x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    found = zero_set(point, x, y, count=20, key=KEY)
    assert found.status == "found"
    function = ResidualFunction(read(point), signals(read(point), x, y[:, None]))
    assert np.abs(function.value(-found.points)).max() < 1e-12
    assert (found.transversality > 0).all()
