"""Rising, falling and flat directions are counted right."""

import time
import tracemalloc

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import COMMON, critical, critical_deep, KINDS, network, shares
from scipy.sparse.linalg import eigsh
from slow_cases import slow

from suffice._core import ravel
from suffice.landscape import embed, inertia, NoSuchNeuron, Splitting
from suffice.landscape._network._inertia import eigenvalue
from suffice.landscape._network._objective import objective, two_layer_loss
from suffice.landscape._network._polish import polish
from suffice.models import Linear, MatrixProduct, TwoLayer

IDLE = ["tanh", *slow(*(kind for kind in KINDS if kind not in ("relu", "tanh")))]


def by_jax(model, x, y):
    theta, unravel = ravel(model)

    def loss(vector):
        return 0.5 * jnp.sum((jax.vmap(unravel(vector))(x) - y) ** 2)

    return np.asarray(jax.grad(loss)(theta)), np.asarray(jax.hessian(loss)(theta))


@pytest.mark.parametrize("activation", COMMON)
def test_the_closed_form_agrees_with_automatic_differentiation(activation):
    rng = np.random.default_rng(0)
    for outputs, bias in ((None, False), (2, True)):
        point = network(rng, 3, 2, activation, bias=bias, outputs=outputs, c=bias)
        x = rng.standard_normal((9, 2))
        y = rng.standard_normal((9,) if outputs is None else (9, outputs))
        gradient, hessian = by_jax(point, x, y)
        whole = objective(point, x, y.reshape(9, -1))
        found = whole.evaluate(whole.start[None])
        scale = np.abs(hessian).max()
        same = ravel(whole.model(found.gradient[0]))[0]
        np.testing.assert_allclose(same, gradient, atol=1e-14 * scale)
        np.testing.assert_allclose(
            np.linalg.eigvalsh(found.hessian[0]),
            np.linalg.eigvalsh(hessian),
            atol=1e-14 * scale,
        )


@pytest.mark.parametrize("activation", KINDS)
def test_slicing_counts_what_the_dense_spectrum_has(activation):
    """At critical points with large kernels, where it is hardest."""
    rng = np.random.default_rng(1)
    for case in range(8):
        outputs = 2 if case % 2 else None
        narrow, x, y = critical(
            rng, activation, 2, 2, bias=True, outputs=outputs, c=bool(case % 3)
        )
        kind = Splitting(groups=(0, 1, 0, 0), shares=(*shares(rng, 1), 1, 0, 0))
        wide = embed(narrow, x, y, width=4, kind=kind).point
        dense, sliced = (inertia(wide, x, y, method=m) for m in ("dense", "sliced"))
        assert dense.signature == sliced.signature
        assert sliced.largest_zero >= dense.largest_zero or dense.doubtful
        assert sliced.smallest_nonzero <= dense.smallest_nonzero or dense.doubtful


def test_the_lowest_eigenvalue_by_bisection():
    """420 neurons, 2100 parameters, 50 samples: eight digits of Lanczos."""
    rng = np.random.default_rng(2)
    point = TwoLayer.normal(420, 3, key=jax.random.key(0), bias=True)
    x, y = rng.standard_normal((50, 3)), rng.standard_normal(50)
    whole = two_layer_loss(point, x, y[:, None])
    hessian = whole.evaluate(whole.pack(whole.network)[None]).hessian[0]
    lowest = eigsh(hessian, k=1, which="SA", v0=np.ones(2100), tol=1e-12)[0][0]
    assert eigenvalue(point, x, y) == pytest.approx(lowest, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("activation", COMMON)
def test_a_width_of_eleven_thousand_neurons_keeps_what_the_narrow_point_predicts(
    activation,
):
    """55000 parameters, 100 samples."""
    rng = np.random.default_rng(3)
    narrow, x, y = critical(rng, activation, 2, 3, n=100, bias=True)
    wide = embed(narrow, x, y, width=11000)
    found = inertia(wide.point, x, y, tolerance=1e-10)
    assert found.method == "sliced"
    assert found.parameters == 55000
    assert found.signature[:2] == wide.predicted[:2] or found.doubtful


DEFINITE = (  # eigenvalues .12366, .28154, .95175; of B .02895, .0608
    [(2.75, 1), (1.25, 1), (-1, 0.5), (-0.5, 0)],
    (1.5, 2, -1.25, -0.25),
    (1.776974094653, (0.886557117111, 0.409935137175)),
)
INDEFINITE = (  # eigenvalues -.02218, .04004, .62184; of B -.06274, .086
    [(-1.5, 0.5), (0.25, 0.25), (-0.75, 1), (0.25, -0.25)],
    (-1.5, -0.25, -0.5, -1.25),
    (0.411628248126, (2.213261320906, 3.083178017349)),
)


def neuron(case):
    """A critical neuron with its data, polished to rounding."""
    x, y, (a, w) = case
    x, y = np.array(x, float), np.array(y, float)
    point = TwoLayer(jnp.array([w]), jnp.array([a]))
    loss = two_layer_loss(point, x, y[:, None])
    done = polish(loss.evaluate, loss.pack(loss.network)[None])
    return loss.unpack(done.theta[0]), x, y


def in_shares(network, alpha):
    """The neuron in shares of its output weight."""
    w, a = network.rows(0), float(network.weights[1][0, 0])
    return TwoLayer(jnp.asarray(np.tile(w, (len(alpha), 1))), jnp.asarray(a * alpha))


def signed(rng, m):
    """Shares over several decades, 30 % of them negative, with sum one."""
    while True:
        sizes = 10.0 ** -rng.uniform(0, rng.uniform(0, 8), m)
        alpha = np.where(rng.random(m) < 0.3, -sizes, sizes)
        if abs(alpha.sum()) > 0.05 * sizes.max():
            return alpha / alpha.sum()


def counted(m, alpha):
    """The inertia of both neurons in shares, against Sylvester's law on the shares."""
    p, q = int((alpha > 0).sum()), int((alpha < 0).sum())
    for case, expected in (
        (INDEFINITE, (m + 1, m, m - 1)),
        (DEFINITE, (2 * p + 1, 2 * q, m - 1)),
    ):
        network, x, y = neuron(case)
        wide = in_shares(network, alpha)
        for method in ("dense", "sliced") if m <= 40 else ("sliced",):
            found = inertia(wide, x, y, method=method)
            assert found.signature == expected
            assert found.exact


@pytest.mark.parametrize("m", [5, 30, 2000, 30_000])
def test_a_neuron_in_any_number_of_equal_shares(m):
    counted(m, np.full(m, 1 / m))


@pytest.mark.parametrize("m", [2, 7, 40, 5000])
def test_a_neuron_in_signed_shares_over_many_decades(m):
    rng = np.random.default_rng(m)
    for _ in range(4):
        counted(m, signed(rng, m))


@pytest.mark.slow
def test_three_hundred_thousand_signed_shares():
    rng, m = np.random.default_rng(0), 300_000
    counted(m, np.full(m, 1 / m))
    counted(m, signed(rng, m))
    equal = np.full(m, 1.0)
    equal[:89784] = -1.0
    counted(m, equal / equal.sum())


@pytest.mark.parametrize("name", IDLE)
def test_idle_neurons_on_the_zero_set_add_one_of_each_sign(name):
    """Beside many copies: the formula of the narrow point, at every width."""
    rng = np.random.default_rng(7)
    narrow, x, y = critical(rng, name, 1, 2, bias=True)
    try:
        idle = embed(narrow, x, y, width=4, kind="null", key=jax.random.key(0)).point
    except NoSuchNeuron:
        return
    for m in (1, 400, 4000):
        wide = TwoLayer(
            jnp.vstack([jnp.tile(idle.w[:1], (m, 1)), idle.w[1:]]),
            jnp.concatenate([jnp.full(m, idle.a[0] / m), idle.a[1:]]),
            b=jnp.concatenate([jnp.full(m, idle.b[0]), idle.b[1:]]),
            activation=name,
        )
        small = embed(narrow, x, y, width=max(m, 2)).predicted
        if m == 1:
            small = inertia(narrow, x, y).signature
        found = inertia(wide, x, y, method="sliced")
        assert found.doubtful or found.signature[:2] == (small[0] + 3, small[1] + 3)


@pytest.mark.slow
def test_a_million_parameters_take_less_than_a_minute_and_a_gigabyte():
    """200,000 neurons, 30 samples, counted as the narrow point predicts."""
    rng = np.random.default_rng(3)
    narrow, x, y = critical(rng, "tanh", 2, 3, n=30, bias=True)
    wide = embed(narrow, x, y, width=200_000)
    begin = time.process_time()
    tracemalloc.start()
    found = inertia(wide.point, x, y)
    assert tracemalloc.get_traced_memory()[1] < 1e9
    tracemalloc.stop()
    assert time.process_time() - begin < 60
    assert found.parameters == 1_000_000
    assert found.exact
    assert found.signature == wide.predicted


def test_lanczos_gives_extremes_with_residuals_and_counts_nothing():
    point, x, y = critical_deep(np.random.default_rng(4), "tanh")
    exact = inertia(point, x, y)
    found = inertia(point, x, y, method="lanczos")
    np.testing.assert_allclose(found.extremes[[0, -1]], exact.extremes, rtol=1e-8)
    assert found.residuals.max() < 1e-6
    assert found.positive is None
    assert found.negative <= exact.negative
    assert not found.exact
    assert "not counted" in found.headline()
    with pytest.raises(ValueError, match="counts nothing"):
        _ = found.signature


def test_any_model_has_an_inertia():
    """A product of two 2 x 1 factors at the origin is a saddle: +-1, two of each."""
    point = MatrixProduct((jnp.zeros((2, 1)), jnp.zeros((1, 2))))
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    found = inertia(point, x, np.array([1.0, 0, 0, 1]))
    assert found.signature == (2, 2, 0)


def test_an_eigenvalue_at_the_tolerance_is_flagged():
    """Slopes of 1 and 1e-4: eigenvalues 1 and 1e-8, at the tolerance."""
    point = Linear(jnp.zeros(2))
    x = np.array([[1.0, 0.0], [0.0, 1e-4]])
    assert inertia(point, x, np.ones(2)).doubtful == 1
    assert inertia(point, x + np.eye(2), np.ones(2)).exact


def test_a_share_of_any_size_is_counted():
    rng = np.random.default_rng(5)
    narrow, x, y = critical(rng, "tanh", 1, 2)
    for share in (1e-7, 1e-9, 1e-12, -1e-12):
        kind = Splitting(shares=(1 - share, share))
        wide = embed(narrow, x, y, width=2, kind=kind)
        for method in ("dense", "sliced"):
            found = inertia(wide.point, x, y, method=method)
            assert found.exact
            assert found.signature == wide.predicted


def test_bad_input_is_refused():
    point, x, y = critical(np.random.default_rng(6), "tanh", 2, 2)
    with pytest.raises(ValueError, match="tolerance is 0"):
        inertia(point, x, y, tolerance=0.0)
    with pytest.raises(ValueError, match="y has shape"):
        inertia(point, x, y[1:])
    deep, u, v = critical_deep(np.random.default_rng(0), "tanh")
    with pytest.raises(ValueError, match="expected a TwoLayer"):
        inertia(deep, u, v, method="sliced")
    with pytest.raises(ValueError, match="there are 6 eigenvalues"):
        eigenvalue(point, x, y, index=6)
    broken = TwoLayer(point.w * np.nan, point.a)
    with pytest.raises(ValueError, match="4 parameters that are not finite"):
        inertia(broken, x, y)


def test_an_inertia_prints_its_gap():
    point, x, y = critical(np.random.default_rng(6), "tanh", 2, 2)
    assert "smallest nonzero" in str(inertia(point, x, y))
    assert '"method": "sliced"' in inertia(point, x, y, method="sliced").to_json()
