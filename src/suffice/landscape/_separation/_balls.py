"""Activations with two derivatives in ball arithmetic, for certificates."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import flint

from suffice.models import Activation

BITS = 256
Series = flint.arb_series
TERMS = 3


@contextmanager
def balls(bits: int = BITS) -> Iterator[None]:
    """Run with balls of this precision and series of three terms."""
    before = flint.ctx.prec, flint.ctx.cap
    flint.ctx.prec, flint.ctx.cap = bits, TERMS
    try:
        yield
    finally:
        flint.ctx.prec, flint.ctx.cap = before


def _logistic(z: Series) -> Series:
    return 1 / (1 + (-z).exp())


def _normal_cdf(z: Series) -> Series:
    return (1 + (z / flint.arb(2).sqrt()).erf()) / 2


FUNCTIONS: dict[str, Callable[[Series], Series]] = {
    "tanh": lambda z: 2 * _logistic(2 * z) - 1,
    "erf": lambda z: z.erf(),
    "arctan": lambda z: z.atan(),
    "sigmoid": _logistic,
    "softplus": lambda z: (1 + z.exp()).log(),
    "silu": lambda z: z * _logistic(z),
    "gelu": lambda z: z * _normal_cdf(z),
    "gaussian": lambda z: (-z * z).exp(),
    "exp": lambda z: z.exp(),
    "sin": lambda z: z.sin(),
    "cos": lambda z: z.cos(),
}


def has_balls(activation: Activation) -> bool:
    """Whether enclosures of this activation are known here."""
    return activation.name in FUNCTIONS


def enclose(activation: Activation, z: flint.arb) -> tuple[flint.arb, ...]:
    """Balls that hold `s(z)`, `s'(z)` and `s''(z)`."""
    series = FUNCTIONS[activation.name](Series([z, 1], prec=TERMS))
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
