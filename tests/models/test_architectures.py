"""Each model computes what its formula says."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import count_parameters, evaluate
from suffice.models import (
    Attention,
    Convolution,
    DeepNetwork,
    Diagonal,
    Linear,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
)


def test_linear_models_in_features(key):
    def features(x):
        return jnp.array([1.0, x[0], x[0] * x[1]])

    model = Linear.normal(2, key=key, features=features, outputs=2)
    x = np.array([[0.5, -2.0], [3.0, 1.0]])
    phi = np.column_stack([np.ones(2), x[:, 0], x[:, 0] * x[:, 1]])
    np.testing.assert_allclose(evaluate(model, x), phi @ np.asarray(model.theta).T)
    assert (model.inputs, model.outputs, count_parameters(model)) == (2, 2, 6)
    assert model.domain.sample(key, 3).shape == (3, 2)


def test_diagonal_models_multiply_along_the_depth():
    a = np.array([[1.0, 2.0, 0.0], [3.0, -1.0, 5.0], [0.5, 1.0, 2.0]])
    x = np.array([1.0, 10.0, 100.0])
    assert Diagonal(jnp.asarray(a))(jnp.asarray(x)) == 1.5 - 20
    pair = SquareDifference(jnp.array([2.0, 1.0]), jnp.array([1.0, 3.0]))
    assert pair(jnp.array([1.0, 10.0])) == 3 - 80


def test_diagonal_derivatives_are_right_at_zeros(key):
    """Two zero factors kill the tangent direction of a coordinate, one does not."""
    model = Diagonal(jnp.array([[0.0, 0.0], [0.0, 2.0], [5.0, 3.0]]))
    gradient = jax.grad(lambda m: m(jnp.ones(2)))(model).a
    np.testing.assert_array_equal(gradient, [[0, 6.0], [0, 0], [0, 0]])


@pytest.mark.parametrize("widths", [(3, 4), (3, 2, 4), (3, 2, 5, 4)], ids=str)
def test_matrix_products_entry_by_entry(key, widths):
    model = MatrixProduct.normal(widths, key=key)
    full = np.linalg.multi_dot([*map(np.asarray, model.factors), np.eye(4)])
    entries = model.domain.sample(key, 1)
    assert entries.tolist() == [[i, j] for i in range(3) for j in range(4)]
    np.testing.assert_allclose(evaluate(model, entries).reshape(3, 4), full)
    np.testing.assert_allclose(model.product(), full)
    assert model.shape == (3, 4)


@pytest.mark.parametrize("signed", [False, True])
def test_symmetric_products_have_distinct_entries(key, signed):
    model = SymmetricProduct.normal(4, 2, key=key, signed=signed)
    u, a = np.asarray(model.u), np.asarray(model.a) if signed else np.ones(2)
    full = sum(a[k] * np.outer(u[:, k], u[:, k]) for k in range(2))
    entries = model.domain.sample(key, 1)
    assert len(entries) == 10
    assert (entries[:, 0] <= entries[:, 1]).all()
    got = evaluate(model, entries)[:, 0]
    np.testing.assert_allclose(got, full[tuple(entries.T)])
    np.testing.assert_allclose(model.product(), full)


def slow_convolution(model, x):
    """The sum over kernels and windows, written out."""
    kernel, a = np.asarray(model.kernel), np.asarray(model.a)
    total = 0.0
    for k in range(model.width):
        for p in itertools.product(*map(range, model.positions)):
            window = x[tuple(slice(i, i + s) for i, s in zip(p, model.size))]  # noqa: B905
            here = (k,) if model.shared else (k, *p)
            bias = 0.0 if model.b is None else np.asarray(model.b)[here]
            total += a[(k, *p)] * np.tanh(np.sum(kernel[here] * window) + bias)
    return total


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("shape", "size"), [(5, 3), ((3, 4), (2, 3))], ids=str)
def test_convolutions(key, shape, size, shared, bias):
    model = Convolution.normal(2, shape, size, key=key, shared=shared, bias=bias)
    x = model.domain.sample(key, 4)
    want = [slow_convolution(model, one) for one in x]
    np.testing.assert_allclose(evaluate(model, x)[:, 0], want)
    assert model.shared == shared
    windows = int(np.prod(model.positions))
    kernels = (1 if shared else windows) * (int(np.prod(model.size)) + bias)
    assert count_parameters(model) == 2 * (kernels + windows)
    untied = model.untied()
    flat = x.reshape(4, -1)
    np.testing.assert_allclose(evaluate(untied, flat)[:, 0], want)
    assert untied.width == 2 * windows


def test_tying_adds_up_the_columns_of_the_untied_tangent_matrix(key):
    for shared in (True, False):
        model = Convolution.normal(2, (3, 3), 2, key=key, shared=shared, bias=True)
        untied, tying = model.untied(), model.tying()
        x = jnp.asarray(model.domain.sample(key, 1)[0])
        tied = jax.grad(lambda m, x=x: m(x))(model)
        free = jax.grad(lambda m, x=x: m(x.ravel()))(untied)
        wide = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(free)])
        sums = np.zeros(count_parameters(model))
        np.add.at(sums, tying[tying >= 0], wide[tying >= 0])
        narrow = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tied)])
        np.testing.assert_allclose(sums, narrow, atol=1e-14)


def test_attention_is_a_sum_over_heads(key):
    model = Attention.normal(3, 4, key=key, heads=2, key_dim=1, value_dim=2)
    x = np.random.default_rng(0).standard_normal((4, 3))
    total = 0.0
    for h in range(2):
        q, k, v, o = (np.asarray(m[h]) for m in (model.q, model.k, model.v, model.o))
        scores = np.exp(x @ q @ k.T @ x.T)
        total = total + scores / scores.sum(axis=1, keepdims=True) @ x @ v @ o
    np.testing.assert_allclose(model(jnp.asarray(x)), total)
    assert (model.inputs, model.outputs, count_parameters(model)) == (12, 12, 36)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda k: Linear(jnp.ones(3), jnp.sin), "inputs is None and features"),
        (lambda k: Linear(jnp.ones(3), jnp.sin, 2), "theta has 3 coefficients"),
        (lambda k: Linear(jnp.ones(3), jnp.sum, 2), r"features returns shape \(\)"),
        (
            lambda k: SquareDifference(jnp.ones(2), jnp.ones(3)),
            "expected the same|parameter 'b'",
        ),
        (lambda k: MatrixProduct(()), "factors is empty"),
        (
            lambda k: MatrixProduct((jnp.ones((2, 3)), jnp.ones((2, 3)))),
            r"\(2, 3\) cannot be multiplied by one of shape \(2, 3\)",
        ),
        (lambda k: MatrixProduct.normal((3,), key=k), r"widths is \(3,\)"),
        (lambda k: Convolution.normal(1, 3, 4, key=k), "does not fit"),
        (lambda k: Convolution(jnp.ones((2, 3)), jnp.ones(2)), "a has shape"),
        (
            lambda k: Convolution(jnp.ones((2, 4, 3, 3)), jnp.ones((2, 5))),
            "kernel has shape",
        ),
        (
            lambda k: Convolution(jnp.ones((2, 3)), jnp.ones((2, 4)), jnp.ones((2, 4))),
            "biases are shared exactly when kernels are",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(key, build, message):
    with pytest.raises(Exception, match=message):
        build(key)


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_uniform_networks_start_as_linear_layers_of_torch_do(key, scale):
    model = DeepNetwork.uniform((50, 400, 30), scale, key=key, activation="relu")
    assert model.biases is not None
    for fan_in, layer in zip((50, 400), (0, 1), strict=True):
        radius = scale * fan_in**-0.5
        for leaf in (model.weights[layer], model.biases[layer]):
            size = np.abs(np.asarray(leaf))
            assert size.max() <= radius
            assert size.max() > 0.9 * radius
            np.testing.assert_allclose(size.mean(), radius / 2, rtol=0.3)
    assert model.widths == (50, 400, 30)
    with pytest.raises(ValueError, match=r"widths is \(3,\)"):
        DeepNetwork.uniform((3,), key=key)
