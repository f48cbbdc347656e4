"""Exact ranks of products of matrices of floats, without forming the product."""

import itertools
import operator
from typing import Any

import flint
import numpy as np

# The powers of 2, which are common in floats, are all distinct modulo this prime.
PRIME = 2**62 - 57


def product_rank(*factors: Any) -> int:
    """The rank over the rationals of a product of one or more matrices of floats.

    Floats are dyadic rationals, so the product has an exact rank, which neither
    rounding, underflow nor overflow changes. It is computed modulo a prime. The result
    is never above the rank; it is below with a probability of about the number of bits
    of a minor divided by `2^62`, and never where it equals the smallest dimension.

    Args:
        factors: Matrices of finite real numbers, in the order of the product.
    """
    return partial_ranks(*factors)[-1]


def partial_ranks(*factors: Any) -> list[int]:
    """The ranks of the products of the first factor, of the first two, and so on.

    Args:
        factors: As for `product_rank`, and its result is the last of these ranks.
    """
    matrices = [np.asarray(factor, float) for factor in factors]
    if not all(size for matrix in matrices for size in matrix.shape):
        return [0] * len(matrices)
    products = itertools.accumulate(map(_residues, matrices), operator.mul)
    return [product.rank() for product in products]


def _residues(matrix: np.ndarray) -> Any:
    """The matrix modulo the prime, up to a power of two."""
    mantissa, exponent = np.frexp(matrix)
    integers = (mantissa * 2.0**53).astype(np.int64)
    shift = np.where(integers == 0, 0, exponent - exponent.min())
    powers = {int(e): pow(2, int(e), PRIME) for e in np.unique(shift)}
    rows = zip(integers.tolist(), shift.tolist(), strict=True)
    return flint.nmod_mat(
        [[n * powers[e] % PRIME for n, e in zip(*row, strict=True)] for row in rows],
        PRIME,
    )
