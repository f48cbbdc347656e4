"""Rounding errors are not tangent directions."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from suffice.models import Points, RealSpace
from suffice.tangent import jacobian, numerical_rank, tangent_rank


class Normalised(eqx.Module):
    """A network whose hidden layer is scaled by `s` and then normalised."""

    s: jax.Array
    w: jax.Array
    a: jax.Array

    def __call__(self, x):
        h = self.s * (self.w @ x)
        h = h - h.mean()
        return self.a @ jnp.tanh(h / jnp.sqrt((h**2).mean()))


def of(function, *theta):
    return Partial(function, jnp.array(theta))


class TestColumnsOfRounding:
    """Parameters on which the function does not depend, but for rounding."""

    def test_a_scale_before_a_normalisation_brings_nothing(self):
        kw, ka = jax.random.split(jax.random.key(0))
        w, a = jax.random.normal(kw, (5, 3)), jax.random.normal(ka, (5,))
        rank = tangent_rank(Normalised(jnp.array(1.3), w, a), domain=RealSpace(3))
        # 20 weights less one scale and one row common to all neurons
        assert rank.value == 20 - 1 - 3
        assert (rank.status, rank.method) == ("measured", "balls at 512 bits")

    @pytest.mark.parametrize(
        "zero",
        [
            lambda p, x: p * (jnp.sin(x) ** 2 + jnp.cos(x) ** 2 - 1),
            lambda p, x: p * ((x + 1) ** 2 - x**2 - 2 * x - 1),
            lambda p, x: p / jnp.sqrt(p**2) * jnp.tanh(x),
        ],
    )
    def test_a_function_that_vanishes_brings_nothing(self, zero):
        model = of(lambda p, x: zero(p[0], x[0]) + p[1] * x[0], 0.7, 1.0)
        assert tangent_rank(model, domain=RealSpace(1)).value == 1

    def test_small_true_columns_stay(self):
        model = of(lambda p, x: 1e-150 * p[0] * x[0] ** 2 + p[1] * x[0], 1.0, 1.0)
        rank = tangent_rank(model, domain=RealSpace(1))
        assert (rank.value, rank.note) == (2, None)

    def test_kinks_at_the_samples_are_not_rounding(self):
        x = np.array([[1.0, 1.0], [2.0, 2.0], [1.0, -1.0], [3.0, 1.0], [2.0, 1.0]])
        model = of(lambda p, x: jax.nn.relu(p @ x), 1.0, -1.0)
        assert tangent_rank(model, domain=Points(x)).value == 2


def test_a_rank_that_rounding_could_change_is_not_confident():
    matrix = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-7]])
    assert numerical_rank(matrix).value == 2
    assert numerical_rank(matrix, error=np.full((2, 2), 1e-7)).lower == 1
    found = numerical_rank(matrix, error=np.full((2, 2), 1e-5))
    assert (found.lower, found.value) == (1, None)


def test_large_entries_do_not_overflow():
    matrix = np.array([[1e200, 1e199], [1e200, 2e199]])
    assert numerical_rank(matrix).value == 2


class TestParameters:
    """What cannot be a parameter is refused."""

    def test_a_closure_has_none(self):
        with pytest.raises(ValueError, match="no parameters"):
            jacobian(lambda x: x, np.ones((3, 1)))

    def test_complex_ones_are_refused(self):
        model = of(lambda p, x: (p @ x).real, 1.0 + 1.0j, 2.0)
        with pytest.raises(ValueError, match="complex"):
            jacobian(model, np.ones((3, 2)))
