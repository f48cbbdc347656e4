"""Smoothing over neighbours: its response, and the formula it stands for."""

import numpy as np
import pytest

from suffice.spectra import GaussianFilter
from suffice.spectra._bases._gauss import smooth, typical_widths


def test_the_response_on_an_even_density():
    """A mode is multiplied by exp(-δ k² / 2): .9753, .7985, .4066."""
    x = np.linspace(-np.pi, np.pi, 4001)
    inner = np.abs(x) < 1.5  # where no neighbour is missing
    for k, want in ((1, 0.9753), (3, 0.7985), (6, 0.4066)):
        low = smooth(x, np.sin(k * x), 0.05)[:, 0]
        ratio = low[inner] @ np.sin(k * x[inner]) / (np.sin(k * x[inner]) ** 2).sum()
        assert abs(ratio - np.exp(-0.05 * k**2 / 2)) < 1e-6
        assert round(ratio, 4) == want


def test_errors_are_those_of_the_filtering_method():
    rng = np.random.default_rng(0)
    x, y, h = (rng.standard_normal((25, c)) for c in (3, 2, 2))
    delta = 0.7
    g = np.exp(-((x[:, None] - x[None]) ** 2).sum(2) / (2 * delta))
    low = [g @ v / g.sum(1)[:, None] for v in (y, h)]
    high = [v - part for v, part in zip((y, h), low, strict=True)]
    for part, (a, b) in (("low", low), ("high", high)):
        basis = GaussianFilter(np.array([delta]), part)
        error = np.linalg.norm(basis.amplitude(x, h - y)) / np.linalg.norm(
            basis.amplitude(x, y)
        )
        assert abs(error - np.linalg.norm(b - a) / np.linalg.norm(a)) < 1e-12


def test_the_floor_is_that_of_random_signs():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((30, 2)), rng.standard_normal(30)
    basis = GaussianFilter(np.array([0.1, 1.0]), "high")
    drawn = [
        basis.amplitude(x, y * rng.choice([-1.0, 1.0], 30)) ** 2 for _ in range(2000)
    ]
    np.testing.assert_allclose(np.mean(drawn, 0), basis.floor(x, y) ** 2, rtol=0.1)


def test_widths_are_quantiles_of_squared_distances():
    x = np.arange(4.0)
    squares = np.array([1, 1, 1, 4, 4, 9.0])
    np.testing.assert_allclose(
        typical_widths(x, 3), np.quantile(squares, [0.05, 0.5, 0.95])
    )
    np.testing.assert_allclose(GaussianFilter(np.array([4.0])).frequencies, 0.5)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="expected positive numbers"):
        GaussianFilter(np.array([0.0]))
