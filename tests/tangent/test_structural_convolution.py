"""Convolutions and other tied weights: exact ranks by structure."""

import jax.numpy as jnp
import numpy as np
import pytest
from written_networks import net

from suffice.models import Convolution
from suffice.tangent import structural_rank


@pytest.mark.theory
@pytest.mark.parametrize(
    ("shape", "size", "k", "shared", "free"),
    [
        (5, 3, 1, (6, 7), (12, 15)),
        (5, 3, 2, (12, 14), (24, 30)),
        (7, 3, 2, (16, 18), (40, 50)),
        (6, 2, 3, (21, 24), (45, 60)),
        ((4, 4), (2, 2), 1, (13, None), (45, None)),
        ((5, 5), (3, 3), 2, (36, None), (180, None)),
    ],
)
def test_convolutions(shape, size, k, shared, free, key):
    """k (s + P) with sharing, k P (s + 1) without: arXiv:2406.18035, Theorem 6."""
    for tied, ranks in ((True, shared), (False, free)):
        for bias, rank in zip((False, True), ranks, strict=True):
            if rank is not None:
                model = convolution(shape, size, k, tied, bias)
                assert structural_rank(model).value == rank


def convolution(shape, size, k, shared, bias):
    rng = np.random.default_rng(10)
    size = (size,) if isinstance(size, int) else size
    shape = (shape,) if isinstance(shape, int) else shape
    positions = tuple(d + 1 - s for d, s in zip(shape, size, strict=True))
    head = (k,) if shared else (k, *positions)
    return Convolution(
        jnp.asarray(rng.standard_normal((*head, *size))),
        jnp.asarray(rng.standard_normal((k, *positions))),
        jnp.asarray(rng.standard_normal(head)) if bias else None,
    )


@pytest.mark.theory
def test_repeated_kernels_follow_the_point_formula():
    """m_a s + m_K P, with m_a the dimension of the coefficients of each kernel."""
    rng = np.random.default_rng(11)
    kernel = np.array([[1.0, 2, 0.5], [1.0, 2, 0.5], [-1.0, -2, -0.5], [3.0, 1, 1]])
    a = rng.integers(-9, 10, (4, 3)).astype(float)
    a[2] = a[0] + 2 * a[1]
    s, positions = 3, 3
    for rows, m_a, m_k in (
        ([0], 1, 1),
        ([0, 1], 2, 1),
        ([0, 1, 2], 2, 1),
        ([0, 3], 2, 2),
    ):
        model = Convolution(jnp.asarray(kernel[rows]), jnp.asarray(a[rows]))
        assert structural_rank(model).value == m_a * s + m_k * positions


@pytest.mark.theory
def test_shift_equivalent_kernels_lower_the_rank():
    """11, where the published formula k (d + 1) = 14 counts one translate twice."""
    rng = np.random.default_rng(12)
    a = rng.standard_normal((2, 4))
    u, v = 0.7, -1.3
    for second in ([0, u, v], [0, -u, -v]):
        model = Convolution(jnp.asarray([[u, v, 0], second]), jnp.asarray(a))
        assert structural_rank(model).value == 11
    apart = Convolution(jnp.asarray([[u, v, 0.1], [0, u, v]]), jnp.asarray(a))
    assert structural_rank(apart).value == 14


@pytest.mark.theory
@pytest.mark.parametrize(("bias", "kept", "null"), [(False, 23, 20), (True, 28, 25)])
def test_unused_positions_of_an_unshared_convolution(bias, kept, null):
    """(s + 1)(kP - mn) is reached only when the kernels of zero weights vanish too."""
    model = convolution(6, 3, 2, False, bias)
    off = (np.array([0, 0, 1]), np.array([1, 3, 2]))
    a = model.a.at[off].set(0.0)
    at = Convolution(model.kernel, a, model.b)
    assert structural_rank(at).value == kept
    b = model.b.at[off].set(0.0) if bias else None
    least = Convolution(model.kernel.at[off].set(0.0), a, b)
    assert structural_rank(least).value == null


def test_tying_sums_columns():
    """Two neurons sharing their weights are one neuron with a two-term coefficient."""
    w = np.array([[1.0, 2.0], [1.0, 2.0]])
    model = net(w, [1.0, 3.0])
    assert structural_rank(model).value == 3
    tied = structural_rank(model, tying=np.array([0, 1, 0, 1, 2, 3]))
    assert (tied.value, tied.parameters) == (3, 4)
    opposite = net(w, [1.0, -1.0])
    assert structural_rank(opposite, tying=np.array([0, 1, 0, 1, 2, 3])).value == 1
    fixed = structural_rank(model, tying=np.array([-1, -1, -1, -1, 0, 1]))
    assert (fixed.value, fixed.parameters) == (1, 2)
