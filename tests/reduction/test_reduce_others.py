"""Convolutions, matrices and other models are reduced."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import evaluate
from suffice.models import (
    Convolution,
    Diagonal,
    Linear,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
    TwoLayer,
)
from suffice.reduction import effective_reduction, reduce


@pytest.mark.parametrize("widths", [(4, 3, 5), (4, 3, 4, 5), (4, 4, 3, 3, 5)], ids=str)
def test_a_matrix_product_reduces_to_its_rank(key, widths):
    model = MatrixProduct.normal(widths, key=key)
    factors = list(model.factors)
    factors[0] = factors[0].at[:, 2:].set(0.0)  # rank two
    model = MatrixProduct(tuple(factors))
    found = reduce(model)
    assert found.widths == (2,) * (len(widths) - 2)
    assert found.original_widths == widths[1:-1]
    np.testing.assert_allclose(found.model.product(), model.product(), atol=1e-12)
    for depth in range(1, len(widths) - 1):  # every partial product has rank two
        part = MatrixProduct(found.model.factors[:depth]).product()
        assert np.linalg.matrix_rank(part) == 2
    assert found.bound < 1e-13


def test_small_singular_values_are_dropped_at_their_price():
    u, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 3)))
    s = np.array([1.0, 0.5, 1e-4])
    model = MatrixProduct((jnp.asarray(u * s), jnp.asarray(u.T)))
    found = reduce(model, tolerance=1e-3)
    change = np.abs(found.model.product() - model.product()).max()
    assert found.widths == (2,)
    assert 0 < change <= found.bound == pytest.approx(1e-4)
    assert reduce(model).widths == (3,)


def test_symmetric_products_reduce_to_their_rank(key):
    model = SymmetricProduct.normal(5, 4, key=key, signed=True)
    repeated = SymmetricProduct(model.u.at[:, 2:].set(model.u[:, :2]), model.a)
    found = reduce(repeated)
    assert found.widths == (2,)
    np.testing.assert_allclose(found.model.product(), repeated.product(), atol=1e-12)
    plain = SymmetricProduct(repeated.u)
    assert reduce(plain).widths == (2,)
    assert reduce(plain).model.a is None


def test_zero_coefficients_of_diagonal_models_lose_all_their_parameters(key):
    a = Diagonal.normal(4, 3, key=key).a.at[1, 0].set(0.0).at[0, 3].set(0.0)
    found = reduce(Diagonal(a))
    assert (found.original_widths, found.widths) == ((4,), (2,))
    assert (np.asarray(found.model.a)[:, [0, 3]] == 0).all()
    np.testing.assert_allclose(
        np.prod(found.model.a, axis=0), np.prod(a, axis=0), rtol=1e-12
    )
    squares = SquareDifference(jnp.array([1.0, 2.0, 3.0]), jnp.array([1.0, -2.0, 1.0]))
    small = reduce(squares).model
    np.testing.assert_allclose(small.a**2 - small.b**2, [0, 0, 8], rtol=1e-12)


def test_linear_models_are_irreducible():
    assert reduce(Linear(jnp.ones(3))).widths == (3,)


@pytest.mark.parametrize("shape", [5, (3, 4)], ids=str)
def test_kernels_equal_up_to_sign_are_one(key, shape):
    model = Convolution.normal(2, shape, 2, key=key, bias=True)
    wide = Convolution(
        jnp.concatenate([model.kernel, -model.kernel[:1], model.kernel[1:]]),
        jnp.concatenate([model.a, model.a[1:], -model.a[1:]]),
        jnp.concatenate([model.b, -model.b[:1], model.b[1:]]),
    )
    found = reduce(wide)
    assert found.widths == (1,)  # the second kernel cancels
    x = wide.domain.sample(key, 20)
    np.testing.assert_allclose(evaluate(found.model, x), evaluate(wide, x), atol=1e-11)


def test_without_sharing_every_window_is_reduced_by_itself(key):
    model = Convolution.normal(2, 4, 2, key=key, shared=False)
    kernel = model.kernel.at[1, 0].set(model.kernel[0, 0])
    model = Convolution(kernel, model.a.at[1, 1].set(0.0))
    assert reduce(model).widths == (2,)  # the third window still needs two
    small = reduce(Convolution(kernel, model.a.at[1].set(0.0)))
    assert small.widths == (1,)
    x = model.domain.sample(key, 20)
    both = Convolution(kernel, model.a.at[1].set(0.0))
    np.testing.assert_allclose(evaluate(small.model, x), evaluate(both, x), atol=1e-12)


@pytest.fixture
def condensed(key):
    """A trained-looking network: twelve neurons near three directions, with noise."""
    target = TwoLayer(
        jnp.array([[1.0, 0.5], [-0.8, 1.2], [0.3, -1.5]]),
        jnp.array([1.0, -1.0, 0.7]),
        jnp.array([0.2, 0.1, -0.4]),
    )
    noise = 0.01 * jax.random.normal(key, (12, 2))
    wide = TwoLayer(
        jnp.repeat(target.w, 4, 0) + noise,
        jnp.repeat(target.a / 4, 4),
        jnp.repeat(target.b, 4),
    )
    return wide, np.random.default_rng(0).standard_normal((150, 2))


@pytest.mark.slow
def test_the_effective_width_of_a_condensed_network(condensed, key):
    wide, x = condensed
    found = effective_reduction(wide, x, tolerance=0.005, restarts=3, key=key)
    assert found.reached
    assert found.width == 3
    assert found.errors[2] > 0.03  # two do not suffice,
    assert found.errors[3] < 1e-3  # three do
    assert (np.diff(found.errors) <= 1e-9).all()
    values = evaluate(wide, x)
    gap = np.sqrt(np.mean((evaluate(found.model, x) - values) ** 2))
    assert found.error == pytest.approx(gap / np.sqrt(np.mean(values**2)))
    assert "Width 3 of 12" in found.headline()
    assert reduce(wide).widths == (12,)  # equality sees nothing here


def test_giving_up_is_an_answer(condensed, key):
    wide, x = condensed
    found = effective_reduction(wide, x, max_width=1, restarts=2, key=key)
    assert not found.reached
    assert "No network up to width 1 was found" in found.headline()


def test_a_constant_has_effective_width_zero(key):
    model = TwoLayer(jnp.zeros((2, 2)), jnp.ones(2), jnp.ones(2), jnp.asarray(1.0))
    x = np.ones((5, 2))
    assert effective_reduction(model, x, key=key).width == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.ones((5, 3))}, r"x has shape \(5, 3\), expected \(n, 2\)"),
        ({"tolerance": 2.0}, "tolerance is 2.0"),
        ({"max_width": -1}, "max_width is -1"),
    ],
)
def test_bad_arguments_are_refused(condensed, key, arguments, message):
    wide, x = condensed
    with pytest.raises(ValueError, match=message):
        effective_reduction(wide, **({"x": x} | arguments), key=key)


def test_inputs_that_are_not_finite_are_refused():
    model = TwoLayer.normal(2, 2, key=jax.random.key(0))
    with pytest.raises(ValueError, match="not finite"):
        effective_reduction(model, np.full((5, 2), np.nan), key=jax.random.key(0))
