"""The tangent kernel by layers against the tangent matrix."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, TwoLayer
from suffice.spectra import tangent_kernel
from suffice.spectra._bases import _tangent_kernel
from suffice.tangent import jacobian

X = np.random.default_rng(0).standard_normal((6, 3))
OTHER = np.random.default_rng(1).standard_normal((4, 3))
KEY = jax.random.key(0)
LAYERED = {
    "deep": DeepNetwork.normal((3, 5, 4, 2), key=KEY),
    "deep, no bias": DeepNetwork.normal((3, 5, 1), key=KEY, bias=False),
    "two layers": TwoLayer.normal(5, 3, key=KEY, outputs=2, bias=True),
    "two layers, scalar": TwoLayer.normal(5, 3, key=KEY, output_bias=True),
    "equinox": eqx.nn.MLP(3, 2, 5, 2, key=KEY),
    "equinox, scalar": eqx.nn.MLP(3, "scalar", 5, 1, use_bias=False, key=KEY),
}
OTHERS = {
    "last activation": eqx.nn.MLP(3, 2, 5, 1, final_activation=jnp.tanh, key=KEY),
    "learned activation": eqx.nn.MLP(3, 2, 5, 1, activation=eqx.nn.PReLU(), key=KEY),
    "any function": jax.tree_util.Partial(
        lambda p, x: jnp.sin(p["w"] @ x) * p["s"],
        {"w": jnp.ones((2, 3)), "s": jnp.array(2.0)},
    ),
}


def by_matrix(model, x, other):
    """The definition: products of rows of the tangent matrix."""
    left, right = jacobian(model, x), jacobian(model, other)
    c = len(left) // len(x)
    full = (left @ right.T).reshape(len(x), c, len(other), c)
    return np.einsum("iojo->oij", full)


@pytest.mark.parametrize("name", [*LAYERED, *OTHERS])
def test_it_is_the_gram_matrix_of_gradients(name):
    model = {**LAYERED, **OTHERS}[name]
    assert (_tangent_kernel._layers(model) is not None) == (name in LAYERED)
    want = by_matrix(model, X, OTHER)
    np.testing.assert_allclose(tangent_kernel(model, X, OTHER), want, atol=1e-13)
    if name in LAYERED:
        own = tangent_kernel(model, X)
        np.testing.assert_allclose(own, tangent_kernel(model, X, X), atol=1e-13)
    mean = _tangent_kernel.mean_kernel(model, X, OTHER)
    np.testing.assert_allclose(mean, want.mean(0), atol=1e-13)


def test_small_blocks_of_the_tangent_matrix_give_the_same(monkeypatch):
    model = OTHERS["any function"]
    whole = tangent_kernel(model, X, OTHER)
    monkeypatch.setattr(_tangent_kernel, "_HELD", 1)
    np.testing.assert_allclose(tangent_kernel(model, X, OTHER), whole, atol=1e-14)


@pytest.mark.parametrize("name", ["two layers", "any function"])
def test_single_precision_is_cast_first(name):
    model = {**LAYERED, **OTHERS}[name]
    single = jax.tree.map(
        lambda a: a.astype(jnp.float32) if eqx.is_inexact_array(a) else a, model
    )
    double = jax.tree.map(
        lambda a: a.astype(float) if eqx.is_inexact_array(a) else a, single
    )
    np.testing.assert_allclose(
        tangent_kernel(single, X), tangent_kernel(double, X), rtol=1e-12
    )


def test_a_network_linear_in_its_parameters_has_the_kernel_of_its_inputs():
    model = eqx.nn.MLP(3, "scalar", 5, 0, key=KEY)
    np.testing.assert_allclose(tangent_kernel(model, X)[0], X @ X.T + 1, atol=1e-14)


def test_float32_mode_is_refused():
    with jax.enable_x64(False), pytest.raises(ValueError, match="needs float64"):
        tangent_kernel(LAYERED["deep"], X)
