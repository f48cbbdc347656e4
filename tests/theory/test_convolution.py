"""Convolutions: arXiv:2406.18035, Theorems 6 and 7, and where they need more."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import Convolution, TwoLayer
from suffice.samples import optimistic_sample_size, two_layer_size, untied_size
from suffice.tangent import structural_rank, tangent_rank

pytestmark = pytest.mark.theory


@pytest.mark.parametrize(
    ("d", "s", "k", "shared", "unshared"),
    [
        (5, 3, 1, (6, 7), (12, 15)),
        (5, 3, 2, (12, 14), (24, 30)),
        (7, 3, 2, (16, 18), (40, 50)),
        (6, 2, 3, (21, 24), (45, 60)),
    ],
)
def test_one_dimension(key, d, s, k, shared, unshared):
    for bias in (False, True):
        target = Convolution.normal(k, d, s, key=key, bias=bias)
        assert structural_rank(target).value == shared[bias]
        model = Convolution.normal(k, d, s, key=key, bias=bias, shared=False)
        assert structural_rank(model).value == unshared[bias]


@pytest.mark.parametrize(
    ("d", "s", "k", "shared", "unshared"), [(4, 2, 1, 13, 45), (5, 3, 2, 36, 180)]
)
def test_two_dimensions(key, d, s, k, shared, unshared):
    target = Convolution.normal(k, (d, d), s, key=key)
    assert structural_rank(target).value == shared
    model = Convolution.normal(k, (d, d), s, key=key, shared=False)
    assert structural_rank(model).value == unshared
    size = optimistic_sample_size(target, model=model)
    assert (size.value, size.status) == (unshared, "exact")


@pytest.mark.slow
def test_images_of_28_by_28_with_kernels_of_3_by_3(key):
    """685, 6760 and 530660 samples a kernel: sharing, not sharing, connecting."""
    target = Convolution.normal(1, (28, 28), 3, key=key)
    assert optimistic_sample_size(target).value == 685
    model = Convolution.normal(1, (28, 28), 3, key=key, shared=False)
    assert optimistic_sample_size(target, model=model).value == 6760
    assert untied_size(28 * 28, 26 * 26) == 530660


def idle_outputs(key, bias):
    target = Convolution.normal(2, 6, 3, key=key, bias=bias)
    a = target.a.at[0, 1].set(0.0).at[1, 0].set(0.0).at[1, 3].set(0.0)
    return Convolution(target.kernel, a, target.b)


@pytest.mark.parametrize(
    ("bias", "kept", "minimal", "connected"),
    [(False, 23, 20, 35), (True, 28, 25, 40)],
)
def test_three_idle_outputs(key, bias, kept, minimal, connected):
    """(s + 1)(k P - m), not k (s + 1) P - s m: a kernel that is kept still moves."""
    target = idle_outputs(key, bias)
    model = Convolution.normal(2, 6, 3, key=key, bias=bias, shared=False)
    full = jnp.broadcast_to(target.kernel[:, None], model.kernel.shape)
    b = None if target.b is None else jnp.broadcast_to(target.b[:, None], model.b.shape)
    assert structural_rank(Convolution(full, target.a, b)).value == kept
    assert optimistic_sample_size(target, model=model).value == minimal
    wide = TwoLayer.normal(8, 6, key=key, bias=bias)
    assert optimistic_sample_size(target, model=wide).value == connected
    assert optimistic_sample_size(target).value == (16 if bias else 14)


def test_kernels_that_are_translates_of_each_other(key):
    """11 samples, where the formula says 14: the hypothesis must exclude translates."""
    u, v = 0.75, -1.25
    for sign in (1.0, -1.0):
        kernel = jnp.array([[u, v, 0.0], [0.0, sign * u, sign * v]])
        target = Convolution(kernel, jax.random.normal(key, (2, 4)))
        size = optimistic_sample_size(target)
        assert (size.value, size.status) == (11, "upper bound")
        assert tangent_rank(target).value == 11
    generic = Convolution.normal(2, 6, 3, key=key)
    size = optimistic_sample_size(generic)
    assert (size.value, size.status) == (14, "exact")


@pytest.mark.parametrize(("shape", "copies"), [((5, 3), 2), ((6, 3), 2), ((5, 2), 3)])
def test_point_rank_at_repeated_kernels(key, shape, copies):
    """m_a s + m_K P: a kernel used by several outputs counts its span of outputs."""
    d, s = shape
    p = d + 1 - s
    one = Convolution.normal(1, d, s, key=key)
    a = jax.random.normal(jax.random.key(3), (copies, p))
    repeated = Convolution(jnp.tile(one.kernel, (copies, 1)), a)
    assert structural_rank(repeated).value == min(copies, p) * s + p


def test_the_same_target_costs_more_connections(key):
    """Sharing < not sharing < connecting: arXiv:2211.11623, Figure 6 (7, 15, 21)."""
    target = Convolution(jnp.array([[0.6, 0.8, 1.0]]), jnp.ones((1, 3)), jnp.zeros(1))
    local = Convolution.normal(1, 5, 3, key=key, bias=True, shared=False)
    dense = TwoLayer.normal(3, 5, key=key, bias=True)
    sizes = [
        optimistic_sample_size(target, model=model).value
        for model in (target, local, dense)
    ]
    assert sizes == [7, 15, 21]
    assert two_layer_size(dense.activation, 3, 5, bias=True) == 21
    assert np.allclose(target(jnp.ones(5)), 3 * np.tanh(2.4))
