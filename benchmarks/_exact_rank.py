"""Exact ranks of formulas with exp, log, sin, cos and powers, over the rationals.

Exponentials of functions that are linearly independent over the rationals, up to
constants, are algebraically independent of them (Ax 1971: Schanuel's conjecture for
functions). So a random rational may stand in the place of each `exp(term)` and `log`,
and a random rational point of the circle in that of each angle: the rank of a matrix
of such numbers, by elimination in fractions, is the generic rank with probability 1.
"""

import math
from fractions import Fraction

import sympy

PARTS = 6  # an exponential stands for the sixth part of its term: halves, thirds


class Place:
    """A random place: a rational number for whatever is algebraically independent."""

    def __init__(self, rng, pythagorean=()):
        self.rng, self.known = rng, {}
        if pythagorean:  # two parameters whose squares add to a square
            size, slope = self._draw(), self._draw()
            for symbol, part in zip(
                pythagorean, (1 - slope**2, 2 * slope), strict=True
            ):
                self.known["value", symbol] = size * part

    def _draw(self):
        return Fraction(int(self.rng.integers(20, 80)), 37)

    def _of(self, kind, what):
        return self.known.setdefault((kind, what), self._draw())

    def value(self, e):
        """The number of an expression."""
        if e.is_Rational:
            return Fraction(int(e.p), int(e.q))
        if e.is_Symbol:
            return self._of("value", e)
        if e.is_Add:
            return sum(map(self.value, e.args))
        if e.is_Mul:
            return math.prod(map(self.value, e.args))
        if isinstance(e, sympy.log):
            return self._of("log", e.args[0])
        if isinstance(e, sympy.cos | sympy.sin):
            return self._turned(e.args[0])[isinstance(e, sympy.sin)]
        base, power = e.as_base_exp()
        if base == sympy.E:
            return self._exponential(power)
        if power.is_Integer:
            return self.value(base) ** int(power)
        if power == sympy.Rational(1, 2):
            return self._root(self.value(base))
        return self._exponential(power * sympy.log(base))

    def _terms(self, e):
        whole = sympy.expand(sympy.expand_log(e, force=True))
        return [(t, c * PARTS) for t, c in whole.as_coefficients_dict().items()]

    def _exponential(self, e):
        return math.prod(self._of("exp", t) ** _whole(c) for t, c in self._terms(e))

    def _turned(self, e):
        """The cosine and the sine."""
        x, y = Fraction(1), Fraction(0)
        for term, count in self._terms(e):
            t = self._of("angle", term)
            c, s = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
            s = s if count > 0 else -s
            for _ in range(abs(_whole(count))):
                x, y = x * c - y * s, x * s + y * c
        return x, y

    def _root(self, square):
        root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
        if root**2 != square:
            raise ValueError(f"{square} is no square of a rational number.")
        return root


def _whole(count):
    if count != int(count):
        raise ValueError(f"a coefficient is {count}; expected a whole number.")
    return int(count)


def rank(rows):
    """The rank of a matrix of fractions, by elimination."""
    rows, found = [list(row) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in rows[found:] if r[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for row in rows[found + 1 :]:
            share = row[column] / pivot[column]
            row[:] = [a - share * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found
