"""The spectrum without a direction against directions drawn at random."""

import jax
import numpy as np
import pytest
from scipy.special import j0, roots_gegenbauer

from suffice.spectra import Fourier, Radial, random_directions
from suffice.spectra._bases._gauss import smooth
from suffice.spectra._bases._radial import radial_energy, sphere_mean, typical_radii


def test_the_mean_of_a_wave_over_directions_in_closed_form():
    z = np.linspace(0, 60, 301)
    np.testing.assert_allclose(sphere_mean(z, 1), np.cos(z), atol=1e-14)
    np.testing.assert_allclose(sphere_mean(z, 2), j0(z), atol=1e-14)
    np.testing.assert_allclose(sphere_mean(z, 3), np.sinc(z / np.pi), atol=1e-13)
    np.testing.assert_array_equal(sphere_mean(-z, 7), sphere_mean(z, 7))


@pytest.mark.parametrize("d", [4, 5, 30, 100])
def test_the_mean_of_a_wave_over_directions_by_quadrature(d):
    z = np.linspace(0, 250, 501)
    nodes, weights = roots_gegenbauer(300, d / 2 - 1)  # exact beyond |z| = 500
    want = np.cos(np.outer(z, nodes)) @ weights / weights.sum()
    np.testing.assert_allclose(sphere_mean(z, d), want, atol=2e-14)


def test_many_dimensions_are_nearly_gaussian():
    z = np.linspace(0, 3000, 2001)
    for d in (30, 784, 10**5):
        gap = np.abs(sphere_mean(z, d) - np.exp(-(z**2) / (2 * d))).max()
        assert gap < 0.6 / d
    assert sphere_mean(np.array(0.0), 784) == 1.0


@pytest.mark.parametrize("d", [2, 5, 30])
def test_the_radial_spectrum_is_the_mean_over_directions(d):
    rng = np.random.default_rng(d)
    x, y = rng.standard_normal((40, d)), rng.standard_normal((40, 2))
    radii = np.array([0.3, 1.0, 2.5])
    exact = radial_energy(x, y, radii)
    drawn = Fourier(radii, random_directions(x, 20000, key=jax.random.key(d)))
    squares = np.abs(drawn.coefficients(x, y)) ** 2
    error = squares.std(0) / np.sqrt(len(squares))
    assert (np.abs(squares.mean(0) - exact) < 5 * error + 1e-12).all()
    np.testing.assert_allclose(Radial(radii).amplitude(x, y) ** 2, exact)


def test_on_the_line_it_is_the_fourier_spectrum():
    rng = np.random.default_rng(0)
    x, y, k = rng.standard_normal(30), rng.standard_normal(30), np.linspace(0, 5, 11)
    np.testing.assert_allclose(
        Radial(k).amplitude(x, y), Fourier(k).amplitude(x, y), atol=1e-13
    )
    np.testing.assert_allclose(
        Radial(k).floor(x, y), Fourier(k).floor(x, y), atol=1e-13
    )


def test_without_the_diagonal_the_energy_is_unbiased():
    """White values have none; with the diagonal they have their noise floor."""
    rng = np.random.default_rng(1)
    x, radii = rng.standard_normal((60, 3)), np.array([2.0])
    plain, unbiased = [], []
    for _ in range(400):
        y = rng.standard_normal(60)
        plain.append(radial_energy(x, y, radii)[0, 0])
        unbiased.append(radial_energy(x, y, radii, unbiased=True)[0, 0])
    np.testing.assert_allclose(np.mean(plain), 1 / 60, rtol=0.1)
    assert abs(np.mean(unbiased)) < 5 * np.std(unbiased) / 20


def test_two_samples_have_a_cross_spectrum():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    radii = np.array([0.5, 1.5])
    np.testing.assert_allclose(
        radial_energy(x, y, radii, other=(x, -y)), -radial_energy(x, y, radii)
    )
    with pytest.raises(ValueError, match="two samples have no bias"):
        radial_energy(x, y, radii, other=(x, y), unbiased=True)
    with pytest.raises(ValueError, match="3 and 2 coordinates"):
        radial_energy(x, y, radii, other=(x[:, :2], y))


def test_in_many_dimensions_it_is_the_gaussian_filter():
    """Ω_d(r D) ≈ exp(-r² D² / 2d): smoothing of width δ = d / r²."""
    rng = np.random.default_rng(3)
    d, r = 3000, 2.0
    x, y = rng.standard_normal((30, d)), rng.standard_normal(30)
    from scipy.spatial.distance import cdist

    weights = sphere_mean(r * cdist(x, x), d)
    want = weights @ y / weights.sum(1)
    np.testing.assert_allclose(smooth(x, y, d / r**2)[:, 0], want, rtol=0.02, atol=1e-4)


def test_radii_span_what_the_distances_can_tell():
    x = np.linspace(-np.pi, np.pi, 100)
    radii = typical_radii(x)
    assert len(radii) == 20
    np.testing.assert_allclose(radii[0], 0.25)
    assert radii[-1] > 10
    with pytest.raises(ValueError, match="all inputs are equal"):
        typical_radii(np.ones((5, 2)))
