"""Directions: what they find, how much they see, and how spectra differ along them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.spectra import (
    cube,
    Fourier,
    gradient_directions,
    principal_directions,
    random_directions,
)


def cloud():
    rng = np.random.default_rng(0)
    return rng.standard_normal((400, 3)) * [1.0, 5.0, 2.0] + [3.0, -1.0, 7.0]


def test_principal_directions_are_those_of_the_covariance():
    x = cloud()
    found = principal_directions(x, 3)
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    np.testing.assert_allclose(found.deviation**2, values[::-1], rtol=1e-10)
    same = np.abs(found.vectors @ vectors[:, ::-1])
    np.testing.assert_allclose(same, np.eye(3), atol=1e-10)
    np.testing.assert_allclose(found.share.sum(), 1.0)
    assert (found.vectors[np.arange(3), np.abs(found.vectors).argmax(1)] > 0).all()
    np.testing.assert_allclose(found.project(x).mean(0), 0.0, atol=1e-12)


def test_gradient_directions_of_a_ridge_function():
    direction = np.array([0.6, 0.0, 0.8])
    x = jnp.asarray(cloud())
    found = gradient_directions(lambda one: jnp.tanh(one @ direction), x)
    np.testing.assert_allclose(found.vectors[0], direction, atol=1e-10)
    assert found.kind == "gradient"


def test_random_directions_are_units_and_belong_to_the_key(key):
    x = cloud()
    first, again = (random_directions(x, 4, key=key).vectors for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1.0)
    other = random_directions(x, 4, key=jax.random.key(0)).vectors
    assert np.abs(first - other).max() > 0.1


def test_several_directions_are_averaged_and_their_spread_is_known(key):
    x = cube(6)
    y = x.prod(1)
    directions = random_directions(x, 5, key=key)
    basis = Fourier(np.linspace(0, 4, 9), directions)
    alone = []
    for vector in directions.vectors:
        product = np.prod(np.sin(np.outer(basis.wavenumbers, vector)), axis=1)
        alone.append(np.abs(product))  # of the parity along that direction, exactly
    np.testing.assert_allclose(
        basis.amplitude(x, y)[:, 0], np.sqrt(np.mean(np.square(alone), 0)), atol=1e-13
    )
    np.testing.assert_allclose(basis.spread(x, y)[:, 0], np.std(alone, 0), atol=1e-13)


def test_wrong_arguments_are_named(key):
    x = cloud()
    with pytest.raises(ValueError, match="400 inputs in 3 dimensions have up to 3"):
        principal_directions(x, 4)
    with pytest.raises(ValueError, match="all inputs are equal"):
        random_directions(np.ones((5, 2)), 1, key=key)
    with pytest.raises(ValueError, match="count is 0; expected at least 1"):
        random_directions(x, 0, key=key)
    with pytest.raises(ValueError, match="2 coordinates per input and the dir"):
        principal_directions(x).project(x[:, :2])
