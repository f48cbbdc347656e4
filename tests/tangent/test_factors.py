"""Ranks by the factors of a model, against its tangent matrix over the rationals."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import (
    Diagonal,
    MatrixProduct,
    Points,
    SquareDifference,
    SymmetricProduct,
)
from suffice.tangent import generic_rank, tangent_rank

KEY = jax.random.key(0)


def degenerate(rng, rows, columns):
    matrix = rng.integers(-2, 3, (rows, 1)) * rng.integers(-2, 3, (1, columns)) * 1.0
    matrix[rng.random(matrix.shape) < 0.3] += 1
    return jnp.asarray(matrix)


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_of_products(layers):
    rng = np.random.default_rng(layers)
    for _ in range(3):
        widths = rng.integers(1, 4, layers + 1)
        pairs = itertools.pairwise(widths)
        model = MatrixProduct(tuple(degenerate(rng, *pair) for pair in pairs))
        slow = generic_rank(model, key=KEY, parameters="given")
        assert slow.method == "rational numbers"
        assert tangent_rank(model).value == slow.value


def test_of_symmetric_products_and_diagonals():
    rng = np.random.default_rng(0)
    for _ in range(3):
        symmetric = SymmetricProduct(degenerate(rng, 3, 2))
        diagonal = Diagonal(degenerate(rng, 3, 4))
        squares = SquareDifference(*degenerate(rng, 2, 4))
        for model in (symmetric, diagonal, squares):
            slow = generic_rank(model, key=KEY, parameters="given")
            assert tangent_rank(model).value == slow.value


def test_factors_of_nearly_dependent_columns():
    """p q - (p - r_A)(q - r_B) with ranks 2 and 2; a float spectrum shows 9."""
    e, two = np.eye(5), 2.0**-47
    left = np.outer([1, 2, 3, 4, 5], e[0]) + two * np.outer([1, -1, 2, 0, 3], e[1])
    right = np.outer(e[0], [1, 2, 3, 4, 5]) + two * np.outer(e[1], [2, 1, 0, 1, 3])
    model = MatrixProduct((jnp.asarray(left), jnp.asarray(right)))
    assert (tangent_rank(model).value, tangent_rank(model).status) == (16, "exact")
    some = Points(np.argwhere(np.eye(5, dtype=bool)))
    assert (tangent_rank(model, domain=some).value or 0) <= 5


def test_a_thousand_layers():
    assert tangent_rank(Diagonal(jnp.full((1200, 3), 0.5))).value == 3
