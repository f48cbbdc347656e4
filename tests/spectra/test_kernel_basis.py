"""Eigenfunctions of kernels."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from suffice.models import DeepNetwork
from suffice.spectra import KernelModes, mean_tangent_kernel, tangent_kernel


def points(n=12):
    return np.linspace(-1, 1, n)[:, None]


def laplace(x, other):
    return np.exp(-np.abs(x - other.T))


def test_eigenfunctions_are_orthonormal_on_the_sample_and_solve_the_equation():
    x = points()
    basis = KernelModes(x, laplace)
    modes = basis.functions(x)
    np.testing.assert_allclose(modes.T @ modes / 12, np.eye(12), atol=1e-12)
    np.testing.assert_allclose(
        laplace(x, x) @ modes / 12, modes * basis.eigenvalues, atol=1e-13
    )
    new = np.array([[0.05], [2.0]])
    np.testing.assert_allclose(
        laplace(new, x) @ modes / 12, basis.functions(new) * basis.eigenvalues
    )
    assert (np.diff(basis.eigenvalues) < 0).all()


def test_coefficients_decay_at_the_rate_of_their_eigenvalue():
    x = points()
    y = np.sin(3 * x[:, 0])
    basis = KernelModes(x, laplace, count=5)
    left = expm(-2.0 * laplace(x, x) / 12) @ y
    np.testing.assert_allclose(
        basis.coefficients(x, left)[:, 0],
        np.exp(-2.0 * basis.eigenvalues) * basis.coefficients(x, y)[:, 0],
        atol=1e-13,
    )
    assert basis.frequencies.tolist() == [1, 2, 3, 4, 5]


def test_the_kernel_of_a_model_is_the_mean_over_its_outputs(key):
    model, x = DeepNetwork.normal((1, 5, 2), key=key), points(6)
    basis = KernelModes(x, mean_tangent_kernel(model), count=3)
    want = np.linalg.eigvalsh(tangent_kernel(model, jnp.asarray(x)).mean(0) / 6)[::-1]
    np.testing.assert_allclose(basis.eigenvalues, want[:3])
    y = np.random.default_rng(0).standard_normal((6, 2))
    assert basis.amplitude(x, y).shape == basis.floor(x, y).shape == (3, 2)


def test_eigenvectors_of_rounding_are_refused():
    with pytest.raises(ValueError, match="1 eigenvalues are above"):
        KernelModes(points(), lambda x, other: np.ones((len(x), len(other))), count=2)
    with pytest.raises(ValueError, match="on the sample; expected"):
        KernelModes(points(), lambda x, other: x)
