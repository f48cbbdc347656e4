"""Whether two networks are one function."""

import jax
import jax.numpy as jnp
import pytest

from suffice.models import Convolution, DeepNetwork, SquareDifference, TwoLayer
from suffice.reduction import equal_functions


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "elu", "relu"])
def test_split_networks_are_equal_and_perturbed_ones_are_not(key, activation):
    f = TwoLayer.normal(
        3, 2, key=key, bias=True, output_bias=True, activation=activation
    )
    g = TwoLayer(
        jnp.concatenate([f.w, f.w[:1]]),
        jnp.concatenate([f.a.at[0].multiply(0.3), 0.7 * f.a[:1]]),
        jnp.concatenate([f.b, f.b[:1]]),
        f.c,
        activation,
    )
    other = TwoLayer(f.w, f.a.at[1].add(1e-4), f.b, f.c, activation)
    shifted = TwoLayer(f.w, f.a, f.b, f.c + 1e-4, activation)
    assert equal_functions(f, g)
    assert equal_functions(g, f)
    assert not equal_functions(f, other)
    assert not equal_functions(f, shifted)
    assert equal_functions(f, other, tolerance=1e-3)


def test_identities_of_each_kind_are_known():
    """s(z) + s(-z) = 1 for the logistic function, s(z) - s(-z) = z for softplus."""
    w, b = jnp.array([[1.0, 2.0], [-1.0, -2.0]]), jnp.array([0.3, -0.3])
    one = TwoLayer(jnp.zeros((1, 2)), jnp.ones(1), jnp.zeros(1), None, "sigmoid")
    both = TwoLayer(w, jnp.ones(2) / 2, b, None, "sigmoid")
    assert equal_functions(one, both)
    linear = jnp.array([[3.0, 1.0], [-3.0, -1.0], [2.0, -1.0], [-2.0, 1.0]])
    four = TwoLayer(linear, jnp.array([1.0, -1, -1, 1]), None, None, "softplus")
    two = TwoLayer(w, jnp.array([1.0, -1.0]), None, None, "softplus")
    assert equal_functions(four, two)  # (3,1) - (2,-1) = (1,2)
    assert not equal_functions(
        TwoLayer(linear, four.a, None, None, "tanh"),
        TwoLayer(w, two.a, None, None, "tanh"),
    )


def test_sharing_and_depth_are_ways_of_writing(key):
    shared = Convolution.normal(2, 5, 3, key=key, bias=True)
    assert equal_functions(shared, shared.untied())
    deep = DeepNetwork.normal((2, 3, 1), key=key)
    flat = TwoLayer(*deep.weights, *deep.biases)
    assert equal_functions(deep, flat)
    other = Convolution.normal(2, 5, 3, key=jax.random.key(1))
    assert not equal_functions(shared, other)


def test_what_cannot_be_compared_is_refused(key):
    f = TwoLayer.normal(2, 3, key=key)
    with pytest.raises(ValueError, match="f uses tanh and g uses erf"):
        equal_functions(f, TwoLayer.normal(2, 3, key=key, activation="erf"))
    g = TwoLayer.normal(2, 3, key=key, activation="square")
    with pytest.raises(ValueError, match="may be dependent"):
        equal_functions(g, g)
    with pytest.raises(ValueError, match="g is a SquareDifference"):
        equal_functions(f, SquareDifference.normal(3, key=key))
    with pytest.raises(ValueError, match=r"\(3, 1\) and g has \(4, 1\)"):
        equal_functions(f, TwoLayer.normal(2, 4, key=key))


def test_zero_is_equal_to_zero():
    zero = TwoLayer(jnp.ones((2, 2)), jnp.array([1.0, -1.0]))
    dead = TwoLayer(jnp.zeros((1, 2)), jnp.ones(1))
    assert equal_functions(zero, dead)
    small = TwoLayer(jnp.ones((1, 2)), jnp.array([1e-3]))
    assert not equal_functions(zero, small)


def test_constants_are_compared_in_fractions():
    """`s(z) = 1 - s(-z)`, and 1 + 2^-60 is no float."""
    w, b = jnp.array([[1.0, 0.5]]), jnp.array([0.25])
    f = TwoLayer(w, jnp.array([1.0]), b, jnp.array(2.0**-60), "sigmoid")
    for c in (0.0, 2.0**-60):
        mirror = TwoLayer(-w, jnp.array([-1.0]), -b, jnp.array(1.0 + c), "sigmoid")
        assert not equal_functions(f, mirror, tolerance=0.0)
        assert equal_functions(f, mirror)
    g = TwoLayer(w, jnp.array([1.0]), b, jnp.array(0.0), "sigmoid")
    mirror = TwoLayer(-w, jnp.array([-1.0]), -b, jnp.array(1.0), "sigmoid")
    assert equal_functions(g, mirror, tolerance=0.0)


@pytest.mark.parametrize("small", [0, 20, 50, 60, 300])
def test_at_tolerance_zero_no_difference_is_too_small(small):
    """Neither of the constants, nor of a weight whose other half is elsewhere."""
    e = 2.0**-small if small else 0.0
    w, b = jnp.array([[1.0, 0.5], [0.25, -1.0]]), jnp.array([0.5, -0.25])
    f = TwoLayer(w, jnp.array([1.0, e]), b, jnp.array(0.0), "softplus")
    for a, c in ((0.0, 0.0), (e, e)):
        g = TwoLayer(w, jnp.array([1.0, a]), b, jnp.array(c), "softplus")
        assert equal_functions(f, g, tolerance=0.0) == (e == 0)
        assert equal_functions(f, g) == (e < 1e-10)
