"""Outputs that depend on each other count once: inputs decide, and not numbers."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import Attention, Linear, MatrixProduct, RealSpace
from suffice.tangent import generic_rank, tangent_rank
from suffice.tangent._exact._factors import factor_rank
from suffice.tangent._sampled import sampled_rank


class Repeated(eqx.Module):
    """A sum of tanh neurons, given as many equal outputs."""

    w: jax.Array
    outputs: int = eqx.field(static=True)

    @property
    def domain(self):
        return RealSpace(self.w.shape[1])

    def __call__(self, x):
        return jnp.tanh(self.w @ x).sum() * jnp.arange(1.0, self.outputs + 1)


@pytest.mark.parametrize("outputs", [1, 7, 30])
def test_a_few_inputs_with_many_equal_outputs_are_no_rank(outputs, key):
    model = Repeated(jax.random.normal(key, (6, 4)), outputs)
    found = sampled_rank(model, key=key)
    assert (found.value, found.lower, found.upper) == (24, 24, 24)


@pytest.mark.slow
def test_the_same_of_a_model_that_is_sketched(key):
    """60 neurons of 10 inputs: 600 directions, and not one for each of 256 inputs."""
    for outputs in (1, 30):
        model = Repeated(jax.random.normal(key, (60, 10)), outputs)
        assert tangent_rank(model).value == 600


@pytest.mark.slow
def test_many_outputs_are_combined_and_never_held_together(key):
    """Products q k^T and v o of 18 x 18 matrices: (4 - 2) 18 18 directions."""
    found = tangent_rank(Attention.normal(18, 20, key=key))
    assert (found.value, found.parameters) == (2 * 18**2, 4 * 18**2)
    assert (found.samples or 0) < 10 * 2 * 18**2


def test_a_linear_model_has_the_rank_of_its_coefficients(key):
    for shape in ((20000,), (3, 700)):
        found = tangent_rank(Linear(jnp.zeros(shape)))
        assert (found.value, found.status) == (np.prod(shape), "exact")
    squares = Linear(jnp.ones(3), features=lambda x: jnp.stack([x[0], x[0], x[0] ** 2]),
                     inputs=1)  # fmt: skip
    assert tangent_rank(squares).value == 2


def test_a_product_of_many_factors_has_its_rank_in_linear_time():
    rng = np.random.default_rng(0)
    pairs = itertools.pairwise((9, *[2] * 400, 8))
    model = MatrixProduct(tuple(jnp.asarray(rng.normal(size=pair)) for pair in pairs))
    found = factor_rank(model, model.domain)
    assert found is not None
    assert found.value == 2 * (9 + 8 - 2)


def test_products_of_small_whole_numbers_agree_with_the_definition(key):
    rng = np.random.default_rng(0)
    for _ in range(4):
        widths = rng.integers(1, 4, rng.integers(2, 6))
        factors = tuple(
            jnp.asarray(rng.integers(-1, 2, pair).astype(float))
            for pair in itertools.pairwise(widths.tolist())
        )
        model = MatrixProduct(factors)
        exact = generic_rank(model, key=key, parameters="given")
        found = factor_rank(model, model.domain)
        assert found is not None
        assert found.value == exact.value, widths
