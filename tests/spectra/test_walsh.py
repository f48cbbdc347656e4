"""The cube: transform, energies by degree, partial data, kernels."""

import itertools

import numpy as np
import pytest

from suffice.spectra import cube, Fourier, Walsh
from suffice.spectra._bases import _walsh
from suffice.spectra._bases._hadamard import walsh_hadamard
from suffice.spectra._bases._walsh import cube_eigenvalues


@pytest.mark.parametrize("d", [0, 1, 4, 5, 6, 11])
def test_twice_is_the_number_of_points(d):
    values = np.random.default_rng(d).standard_normal((2**d, 3))
    twice = walsh_hadamard(walsh_hadamard(values))
    np.testing.assert_allclose(twice, 2**d * values, rtol=1e-12, atol=1e-10)


def test_the_transform_is_its_definition():
    values = np.random.default_rng(0).standard_normal(2**7)
    bits = (np.arange(128)[:, None] >> np.arange(7)) & 1
    want = (-1.0) ** (bits @ bits.T) @ values
    np.testing.assert_allclose(walsh_hadamard(values), want, atol=1e-12)
    with pytest.raises(ValueError, match=r"shape \(12,\); expected a power of two"):
        walsh_hadamard(np.ones(12))


def test_energies_add_up_to_the_mean_square():
    x = cube(9)
    y = np.random.default_rng(1).standard_normal((512, 2))
    energy = Walsh(9).amplitude(x, y) ** 2
    np.testing.assert_allclose(energy.sum(0), (y**2).mean(0))
    assert Walsh(9).floor(x, y, population=512).max() < 1e-15


def test_coefficients_are_means_of_monomials():
    rng = np.random.default_rng(2)
    x, y = rng.choice([-1.0, 1.0], (30, 5)), rng.standard_normal(30)
    basis = Walsh(5, 3)
    want = [np.mean(y * x[:, list(s)].prod(1)) for s in basis.subsets]
    np.testing.assert_allclose(basis.coefficients(x, y)[:, 0], want, atol=1e-15)
    assert len(basis.subsets) == basis.count == 1 + 5 + 10 + 10
    degree = np.array([len(s) for s in basis.subsets])
    by_hand = [np.linalg.norm(np.array(want)[degree == j]) for j in range(4)]
    np.testing.assert_allclose(basis.amplitude(x, y)[:, 0], by_hand)


def test_many_dimensions_give_the_same_by_summing(monkeypatch):
    rng = np.random.default_rng(3)
    x, y = rng.choice([-1.0, 1.0], (40, 7)), rng.standard_normal((40, 2))
    basis = Walsh(7, 2)
    fast = basis.coefficients(x, y), basis.amplitude(x, y), basis.floor(x, y)
    monkeypatch.setattr(_walsh, "_FAST", 6)
    slow = basis.coefficients(x, y), basis.amplitude(x, y), basis.floor(x, y)
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)


def test_a_parity_is_one_coefficient_and_a_peak_at_a_quarter_turn():
    x = cube(10)
    y = x.prod(1)
    energy = Walsh(10).amplitude(x, y)[:, 0] ** 2
    np.testing.assert_allclose(energy, [0] * 10 + [1], atol=1e-15)
    k = np.linspace(0, np.pi, 181)
    size = Fourier(k).amplitude(x.sum(1), y)[:, 0]
    assert k[size.argmax()] == np.pi / 2
    assert size[0] == 0


@pytest.mark.parametrize(
    ("share", "ratio"), [(0.2, -0.249), (0.5, -1.0), (0.8, -3.995)]
)
def test_what_is_spurious_on_train_has_the_other_sign_on_test(share, ratio):
    """c_te(S) = -(p/(1-p)) c_tr(S) where the population has c(S) = 0."""
    x = cube(10)
    y, basis = x.prod(1), Walsh(10, 9)
    order = np.random.default_rng(0).permutation(1024)
    n = int(share * 1024)
    parts = order[:n], order[n:]
    train, test = (basis.coefficients(x[i], y[i])[:, 0] for i in parts)
    p = n / 1024
    np.testing.assert_allclose(test, -p / (1 - p) * train, atol=1e-13)
    assert round(-p / (1 - p), 3) == ratio


def test_a_kernel_of_the_inner_product_is_diagonal_in_monomials():
    d = 6
    x = cube(d)
    kappa = np.random.default_rng(5).standard_normal(d + 1)  # at m differing places
    kernel = kappa[((d - x @ x.T) / 2).astype(int)]
    mu = cube_eigenvalues(kappa)
    for j in range(d + 1):
        for s in itertools.islice(itertools.combinations(range(d), j), 3):
            chi = x[:, list(s)].prod(1)
            np.testing.assert_allclose(kernel @ chi / 2**d, mu[j] * chi, atol=1e-12)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="entries other than -1 and 1"):
        Walsh(2).amplitude(np.zeros((3, 2)), np.ones(3))
    with pytest.raises(ValueError, match="3 coordinates, the cube 2"):
        Walsh(2).coefficients(np.ones((3, 3)), np.ones(3))
    with pytest.raises(ValueError, match="max_degree 3"):
        Walsh(2, 3)
    with pytest.raises(ValueError, match="choose a smaller max_degree"):
        Walsh(60, 8)
    with pytest.raises(ValueError, match="dim is 40"):
        cube(40)
