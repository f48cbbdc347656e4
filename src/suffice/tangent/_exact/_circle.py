"""Sines and cosines of rational numbers, as elements of a finite field."""

import math
import random
from collections.abc import Iterable
from typing import Any

import flint


class CircleField:
    r"""A field in which `sin b` and `cos b` of given rationals `b` have images.

    Every `b` is an integer multiple of one rational `beta`. By the theorem of Lindemann
    `e^{i beta}` is transcendental, so `sin beta` and `cos beta` generate the field of
    rational functions on the circle. The rank of a matrix over this field does not
    change when the generic point `(sin beta, cos beta)` is replaced by a random point
    of the circle modulo a prime, unless the point is a root of a nonzero polynomial.
    The prime has 80 bits more than the degree, so this has probability below `2^-64`.

    Attributes:
        mixture: `(s'(0), s(0))`: the activation is this mixture of sine and cosine.
    """

    def __init__(
        self, biases: Iterable[flint.fmpq], mixture: tuple[flint.fmpq, flint.fmpq]
    ):
        nonzero = [b for b in biases if b != 0]
        top = math.gcd(*(int(b.p) for b in nonzero)) or 1
        bottom = math.lcm(*(int(b.q) for b in nonzero))
        self._beta = flint.fmpq(top, bottom)
        degree = max((abs(b / self._beta) for b in nonzero), default=1)
        self._field = flint.fmpz_mod_ctx(
            _prime_above(2 ** (int(degree).bit_length() + 80))
        )
        t = self._field(
            random.Random(20230717).getrandbits(64 + int(degree).bit_length())
        )
        self._generator = (2 * t / (1 + t * t), (1 - t * t) / (1 + t * t))
        self.mixture = tuple(self.convert(v) for v in mixture)

    def convert(self, value: Any) -> Any:
        """A rational number as an element; an element is returned unchanged."""
        if isinstance(value, flint.fmpq):
            return self._field(int(value.p)) / self._field(int(value.q))
        return value if isinstance(value, flint.fmpz_mod) else self._field(int(value))

    def point(self, b: flint.fmpq) -> tuple[Any, Any]:
        """`(sin b, cos b)`, by repeated doubling of the angle."""
        turns = int(b / self._beta)
        sin, cos = self._field(0), self._field(1)
        step_sin, step_cos = self._generator
        for bit in reversed(bin(abs(turns))[2:]):
            if bit == "1":
                sin, cos = (
                    sin * step_cos + cos * step_sin,
                    cos * step_cos - sin * step_sin,
                )
            step_sin, step_cos = (
                2 * step_sin * step_cos,
                step_cos * step_cos - step_sin * step_sin,
            )
        return (sin, cos) if turns >= 0 else (-sin, cos)


def _prime_above(bound: int) -> int:
    candidate = bound + 1
    while not flint.fmpz(candidate).is_probable_prime():
        candidate += 2
    return candidate
