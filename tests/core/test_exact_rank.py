"""Ranks of products of floats against elimination over the rationals."""

import itertools
from fractions import Fraction

import flint
import numpy as np

from suffice._core import product_rank


def rational(matrix):
    pairs = [[Fraction(float(v)) for v in row] for row in matrix]
    return flint.fmpq_mat(
        [[flint.fmpq(v.numerator, v.denominator) for v in row] for row in pairs]
    )


def drawn(rng, rows, columns):
    """A degenerate matrix of dyadic numbers whose rows and columns differ in scale."""
    inner = rng.integers(1, 4)
    left, right = (
        rng.integers(-3, 4, (rows, inner)),
        rng.integers(-3, 4, (inner, columns)),
    )
    size = [2.0 ** rng.integers(-200, 200, n) for n in (rows, columns)]
    tiny = 2.0**-60 * rng.integers(-1, 2, (rows, columns)) * (rng.random() < 0.5)
    return size[0][:, None] * (left @ right + tiny) * size[1]


def test_degenerate_products_have_their_rational_rank():
    rng = np.random.default_rng(0)
    for _ in range(60):
        widths = rng.integers(1, 5, rng.integers(2, 5))
        factors = [drawn(rng, *pair) for pair in itertools.pairwise(widths)]
        product = rational(factors[0])
        for factor in factors[1:]:
            product = product * rational(factor)
        assert product_rank(*factors) == product.rank()


def test_neither_under_nor_overflow_changes_a_rank():
    small, large = 1e-300 * np.eye(3), 1e300 * np.eye(3)
    assert product_rank(small, small, small) == product_rank(large, large) == 3
    assert product_rank(np.zeros((2, 0)), np.zeros((0, 3))) == 0
