"""Activations with two derivatives, and matrices, in ball arithmetic."""

from collections.abc import Iterator
from contextlib import contextmanager

import flint

from suffice.models import Activation

BITS = 256
TERMS = 3


@contextmanager
def balls(bits: int = BITS) -> Iterator[None]:
    """Set the precision of balls, and series of three terms, in a `with` block."""
    before = flint.ctx.prec, flint.ctx.cap
    flint.ctx.prec, flint.ctx.cap = bits, TERMS
    try:
        yield
    finally:
        flint.ctx.prec, flint.ctx.cap = before


def enclose(activation: Activation, z: flint.arb) -> tuple[flint.arb, ...]:
    """Balls that contain `s(z)`, `s'(z)` and `s''(z)`.

    Raises:
        ValueError: The activation has no ball form.
    """
    if activation.balls is None:
        raise ValueError(f"activation {activation.name!r} has no form in balls.")
    series = activation.balls(flint.arb_series([z, 1], prec=TERMS))
    value, slope, half = (series[i] for i in range(TERMS))
    return value, slope, 2 * half


def exact(matrix) -> flint.arb_mat:
    """A float matrix as balls of radius zero."""
    return flint.arb_mat([[flint.arb(float(v)) for v in row] for row in matrix])


def is_positive_definite(matrix: flint.arb_mat) -> bool:
    """Whether every symmetric matrix in a ball matrix is positive definite.

    All pivots of `L D Lᵀ` are provably positive; False proves nothing.
    """
    size = matrix.nrows()
    rows = [[matrix[i, j] for j in range(size)] for i in range(size)]
    for p in range(size):
        if not rows[p][p] > 0:
            return False
        for i in range(p + 1, size):
            factor = rows[i][p] / rows[p][p]
            for j in range(p + 1, size):
                rows[i][j] -= factor * rows[p][j]
    return True
