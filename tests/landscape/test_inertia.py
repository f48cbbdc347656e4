import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import critical, critical_deep, KINDS, network, shares
from scipy.sparse.linalg import eigsh

from suffice._core import ravel
from suffice.landscape import embed, inertia, Splitting
from suffice.landscape._network._inertia import eigenvalue
from suffice.landscape._network._objective import objective, two_layer_loss
from suffice.models import MatrixProduct, TwoLayer


def by_jax(model, x, y):
    theta, unravel = ravel(model)

    def loss(vector):
        return 0.5 * jnp.sum((jax.vmap(unravel(vector))(x) - y) ** 2)

    return np.asarray(jax.grad(loss)(theta)), np.asarray(jax.hessian(loss)(theta))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
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


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
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


@pytest.mark.slow
def test_a_million_parameters_are_counted_in_seconds():
    """200 000 tanh neurons, 30 samples; the narrow point predicts every count."""
    rng = np.random.default_rng(3)
    narrow, x, y = critical(rng, "tanh", 2, 3, n=30, bias=True)
    wide = embed(narrow, x, y, width=200_000)
    begin = time.process_time()
    found = inertia(wide.point, x, y, tolerance=1e-12)
    assert time.process_time() - begin < 120
    assert found.parameters == 1_000_000
    assert found.signature[:2] == wide.predicted[:2] or found.doubtful


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
    rng = np.random.default_rng(5)
    narrow, x, y = critical(rng, "tanh", 1, 2)
    kind = Splitting(shares=(1 - 1e-7, 1e-7))  # the tolerance is about 4e-7
    wide = embed(narrow, x, y, width=2, kind=kind).point
    for method in ("dense", "sliced"):
        assert inertia(wide, x, y, method=method).doubtful > 0
        assert inertia(narrow, x, y, method=method).exact


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
