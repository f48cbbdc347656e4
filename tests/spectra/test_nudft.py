"""Fourier spectra against closed forms, and what sampling does to them."""

import sys

import hypothesis as hp
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import strategies as st

from suffice.spectra import cube, Fourier, nudft, voronoi_weights


def by_definition(x, y, k):
    return np.exp(-1j * np.outer(k, x)) @ y / len(x)


def grid(n):
    return np.linspace(-np.pi, np.pi, n, endpoint=False)


@pytest.mark.parametrize("d", [1, 4, 9])
def test_the_parity_on_the_whole_cube(d):
    x = cube(d)
    k = np.linspace(-7.0, 7.0, 113)
    found = nudft(x.sum(1), x.prod(1), k)[:, 0]
    np.testing.assert_allclose(found, (-1j * np.sin(k)) ** d, atol=1e-13)


@pytest.mark.parametrize(
    "k",
    [np.linspace(0, 6.28, 1000), np.arange(-200.0, 300), np.array([3.0, -1.0, 0.2])],
    ids=["fine", "whole numbers", "any"],
)
def test_evenly_spaced_frequencies_take_a_shorter_way_to_the_same_sums(k):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-40, 40, 300), rng.standard_normal((300, 2))
    # a phase of size |k x| is known to that many rounding units
    rounding = 4 * np.finfo(float).eps * (1 + np.abs(k).max() * 40)
    np.testing.assert_allclose(nudft(x, y, k), by_definition(x, y, k), atol=rounding)


def test_finufft_agrees():
    pytest.importorskip("finufft")
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-40, 40, 3000), rng.standard_normal((3000, 3))
    for k in (np.linspace(0, 6.28, 1000), rng.uniform(-50, 50, 70)):
        direct, fast = nudft(x, y, k), nudft(x, y, k, engine="finufft")
        assert np.abs(direct - fast).max() < 1e-8 * np.abs(direct).max()
    one = nudft(x, y[:, 0], k, engine="finufft")
    np.testing.assert_allclose(one[:, 0], fast[:, 0], atol=1e-12)


def test_a_missing_engine_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "finufft", None)
    with pytest.raises(ImportError, match=r'pip install "suffice\[nufft\]"'):
        nudft([1.0, 2.0], [1.0, 2.0], [0.0], engine="finufft")


@pytest.mark.parametrize(("n", "aliases"), [(13, [6, 7]), (8, [2, 6])])
def test_on_a_grid_a_frequency_has_its_alias(n, aliases):
    x = grid(n)
    size = np.abs(nudft(x, np.sin(6 * x), np.arange(n)))[:, 0]
    assert np.flatnonzero(size > 1e-12).tolist() == aliases
    np.testing.assert_allclose(size[aliases], 0.5, atol=1e-13)


@hp.settings(max_examples=25, deadline=None, derandomize=True)
@hp.given(seed=st.integers(0, 2**16))
def test_a_sampled_spectrum_is_the_true_one_seen_through_the_window(seed):
    """F_tr(k) = Σ_m c_m ρ(k - m), whatever the function."""
    rng = np.random.default_rng(seed)
    x, m = rng.uniform(-np.pi, np.pi, 17), np.arange(-4, 5)
    c = rng.standard_normal(9) + 1j * rng.standard_normal(9)
    c = c + np.conj(c[::-1])  # a real function
    y = np.real(np.exp(1j * np.outer(x, m)) @ c)
    k = np.arange(-6.0, 7.0)
    window = nudft(x, np.ones(17), np.subtract.outer(k, m).ravel()).reshape(13, 9)
    np.testing.assert_allclose(nudft(x, y, k)[:, 0], window @ c, atol=1e-12)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_floor_is_the_error_of_a_part_of_a_finite_population(share):
    """Var = (1/n) (N-n)/(N-1) (mean |y|² - |F|²), for a parity."""
    x, k = cube(10), np.array([0.0, 0.4, 1.2, np.pi / 2])
    y, size = x.prod(1), len(x)
    n, truth = round(share * size), nudft(x.sum(1), y, k)[:, 0]
    line, basis = x.sum(1), Fourier(k)
    rng = np.random.default_rng(0)
    errors, floors = [], []
    for _ in range(400):
        part = rng.permutation(size)[:n]
        errors.append(np.abs(nudft(line[part], y[part], k)[:, 0] - truth) ** 2)
        floors.append(basis.floor(line[part], y[part], population=size)[:, 0] ** 2)
    theory = (size - n) / (size - 1) / n * (1 - np.abs(truth) ** 2)
    np.testing.assert_allclose(np.mean(floors, 0), theory, rtol=0.02, atol=1e-15)
    # the mean of 400 squares of two degrees of freedom or more, at 5 standard errors
    np.testing.assert_allclose(np.mean(errors, 0), theory, rtol=0.36, atol=1e-15)
    assert round(theory[0] ** 0.5, 3) == {0.2: 0.062, 0.5: 0.031, 0.8: 0.016}[share]


def test_the_floor_of_independent_draws():
    rng = np.random.default_rng(2)
    k, basis = np.array([0.0, 1.0, 6.0]), Fourier(np.array([0.0, 1.0, 6.0]))
    truth = np.array([0, 0, -0.5j])
    errors, floors = [], []
    for _ in range(1000):
        x = rng.uniform(-np.pi, np.pi, 65)
        y = np.sin(6 * x)
        errors.append(np.abs(nudft(x, y, k)[:, 0] - truth) ** 2)
        floors.append(basis.floor(x, y)[:, 0] ** 2)
    theory = (0.5 - np.abs(truth) ** 2) / 65
    np.testing.assert_allclose(np.mean(floors, 0), theory, rtol=0.05)
    np.testing.assert_allclose(np.mean(errors, 0), theory, rtol=0.2)


def test_the_floor_of_everything_is_nothing():
    x = cube(6)
    k = Fourier(np.arange(4.0))
    assert k.floor(x.sum(1), x.prod(1), population=64).max() == 0
    with pytest.raises(ValueError, match="population is 63 and there are 64"):
        k.floor(x.sum(1), x.prod(1), population=63)


def test_density_weights_take_most_of_the_spurious_spectrum_away():
    full = np.linspace(-np.pi, np.pi, 10000)
    for seed in range(4):
        chosen = np.concatenate(
            [
                np.argsort(np.abs(np.sin(full) - np.sin(6 * full)))[:20],
                np.argsort(np.abs(np.sin(3 * full) - np.sin(6 * full)))[:10],
                np.random.default_rng(seed).choice(10000, 35, replace=False),
            ]
        )
        x, k = full[chosen], np.array([1.0])
        plain = Fourier(k).amplitude(x, np.sin(6 * x))[0, 0]
        even = Fourier(k, period=2 * np.pi).amplitude(x, np.sin(6 * x))[0, 0]
        assert plain > 0.13
        assert even < 0.5 * plain


def test_weights_of_a_grid_are_equal_and_of_twins_halved():
    np.testing.assert_allclose(voronoi_weights(grid(9), period=2 * np.pi), 1 / 9)
    found = voronoi_weights([0.0, 0.0, 0.5, 0.75], period=1.0)
    np.testing.assert_allclose(found, [0.1875, 0.1875, 0.375, 0.25])
    with pytest.raises(ValueError, match="period is 0"):
        voronoi_weights([0.0], period=0.0)


def test_the_transform_behind_the_frequency_principle():
    """∫ sech² x exp(-ikx) dx = πk / sinh(πk/2): a neuron sees low frequencies first."""
    x, step = np.linspace(-25, 25, 4001, retstep=True)
    k = np.array([0.3, 1.0, 4.0])
    weights = np.full(len(x), step)
    found = nudft(x, np.cosh(x) ** -2.0, k, weights=weights)[:, 0]
    np.testing.assert_allclose(found, np.pi * k / np.sinh(np.pi * k / 2), atol=1e-13)


def test_arrays_of_every_framework_and_precision_are_read():
    x, y, k = np.linspace(0, 1, 7), np.arange(7.0), [0.0, 1.0]
    want = nudft(x, y, k)
    np.testing.assert_array_equal(nudft(jnp.asarray(x), jnp.asarray(y), k), want)
    torch = pytest.importorskip("torch")
    weight = torch.tensor(y, requires_grad=True)
    np.testing.assert_array_equal(nudft(torch.tensor(x), weight * 1, k), want)
    half = torch.tensor(y, dtype=torch.bfloat16)
    np.testing.assert_array_equal(nudft(x, half, k), want)
    assert nudft(x.astype(np.float32), y, k).dtype == np.complex128


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=r"y has shape \(3,\) at 2 inputs"):
        nudft([0.0, 1.0], [0.0, 1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="2 coordinates per input"):
        nudft(np.ones((3, 2)), np.ones(3), [1.0])
    with pytest.raises(ValueError, match="1 entries that are not finite"):
        nudft([0.0, np.nan], [0.0, 1.0], [1.0])
    with pytest.raises(ValueError, match="principal_directions"):
        Fourier(np.ones(1)).amplitude(np.ones((3, 2)), np.ones(3))
    with pytest.raises(ValueError, match="weights have shape"):
        nudft([0.0, 1.0], [0.0, 1.0], [1.0], weights=[1.0])
    with pytest.raises(ValueError, match="complex128; expected real"):
        nudft([0.0], [1j], [1.0])
