"""The rings over which a traced model is evaluated."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from ._ring import elementwise, NotExact, Overlap, Ring, Saturated


def prime_field(p: int) -> Ring:
    """Integers modulo a prime, as Python ints in [0, p)."""

    def convert(value: Any) -> int:
        top, bottom = as_ratio(value)
        return top * pow(bottom, -1, p) % p

    def inverse(value: int) -> int:
        if value % p == 0:
            raise NotExact(f"the model divides by zero modulo {p}; use another key.")
        return pow(value, -1, p)

    return Ring(
        name=f"integers modulo {p}",
        convert=convert,
        functions={},
        settle=lambda array: array % p,
        divide=lambda a, b: a * elementwise(inverse)(b) % p,
    )


def rationals() -> Ring:
    """Rational numbers: exact and ordered; they grow with every operation."""
    return Ring(
        name="rational numbers",
        convert=as_rational,
        functions={"abs": abs, "max": max, "min": min, "sign": _sign},
        order=lambda a, b: (a > b) - (a < b),
    )


def balls() -> Ring:
    """Real balls: a midpoint and a proved error radius, at the current precision."""
    return Ring(
        name="real balls",
        convert=_ball,
        functions=_REAL,
        order=_ball_order,
        matmul=_by_flint(flint.arb_mat),
        erf_slope=lambda: 2 / flint.arb.pi().sqrt(),
    )


def unsaturated_balls() -> Ring:
    """Real balls that refuse a value which they cannot tell from a limit.

    A neuron that is saturated at all samples has derivatives which no precision at hand
    distinguishes from zero; agreement of two precisions would then prove nothing.
    """
    functions = {
        name: _unsaturated(_REAL[name]) for name in ("tanh", "logistic", "erf")
    }
    return dataclasses.replace(balls(), functions=_REAL | functions)


def complex_balls() -> Ring:
    """Complex balls, with the functions that are single-valued.

    Logarithms, roots and inverse trigonometric functions are excluded: a relation
    between functions on the real line holds at complex points only if all of them are
    continued along one path, and their branch cuts would break it.
    """
    return Ring(
        name="complex balls",
        convert=_complex_ball,
        functions=_COMPLEX,
        matmul=_by_flint(flint.acb_mat),
        erf_slope=lambda: flint.acb(2 / flint.arb.pi().sqrt()),
    )


def degrees() -> Ring:
    """Upper bounds of polynomial degrees: a sum has the larger, a product the sum."""
    return Ring(
        name="polynomial degrees",
        convert=lambda v: v if isinstance(v, Degree) else Degree(0 if v else -math.inf),
        functions={},
    )


@dataclasses.dataclass(frozen=True)
class Degree:
    """The degree of a polynomial; it is minus infinity for zero."""

    value: int | float

    def __add__(self, other: "Degree") -> "Degree":
        return Degree(max(self.value, other.value))

    def __mul__(self, other: "Degree") -> "Degree":
        return Degree(self.value + other.value)

    def __neg__(self) -> "Degree":
        return self

    def __truediv__(self, other: "Degree") -> "Degree":
        if other.value > 0:
            raise NotExact(
                "the model divides by a polynomial, so its degree is unknown."
            )
        return self

    __sub__ = __add__


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Set the precision of ball arithmetic, in bits, inside a `with` block."""
    before, flint.ctx.prec = flint.ctx.prec, bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def as_ratio(value: Any) -> tuple[int, int]:
    """Numerator and denominator of an int, float, Fraction or flint rational."""
    if isinstance(value, flint.fmpq):
        return int(value.p), int(value.q)
    if isinstance(value, float) and not math.isfinite(value):
        raise NotExact(f"{value} is not a rational number; expected a finite number.")
    top, bottom = value.as_integer_ratio()
    return int(top), int(bottom)


def as_rational(value: Any) -> flint.fmpq:
    """An int, float, Fraction or flint rational as a flint rational."""
    return value if isinstance(value, flint.fmpq) else flint.fmpq(*as_ratio(value))


def _ball(value: Any) -> flint.arb:
    if isinstance(value, Fraction):
        return flint.arb(as_rational(value))
    return value if isinstance(value, flint.arb) else flint.arb(value)


def _complex_ball(value: Any) -> flint.acb:
    if isinstance(value, complex):
        return flint.acb(value.real, value.imag)
    return value if isinstance(value, flint.acb) else flint.acb(_ball(value))


def _ball_order(a: flint.arb, b: flint.arb) -> int:
    if a is b:  # one object is one real number, although its ball has a radius
        return 0
    difference = a - b
    if difference > 0:
        return 1
    if difference < 0:
        return -1
    if difference.is_zero():
        return 0
    raise Overlap(f"{a} and {b} cannot be told apart at {flint.ctx.prec} bits.")


def _unsaturated(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(z: flint.arb) -> flint.arb:
        value = function(z)
        if (1 - abs(value)).contains(0):
            raise Saturated(f"a neuron is saturated at {flint.ctx.prec} bits.")
        return value

    return apply


def _sign(value: Any) -> Any:
    return type(value)((value > 0) - (value < 0))


def _by_flint(matrix: type) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        out = np.empty(a.shape[0] * b.shape[1], object)
        out[:] = (matrix(a.tolist()) * matrix(b.tolist())).entries()
        return out.reshape(a.shape[0], b.shape[1])

    return product


def _larger(a: flint.arb, b: flint.arb) -> flint.arb:
    try:
        return a if _ball_order(a, b) >= 0 else b
    except Overlap:
        return a.max(b)


# Only functions whose derivative in JAX contains no rounded constant (except erf).
_COMPLEX: dict[str, Callable[..., Any]] = {
    "tanh": lambda z: z.tanh(),
    "logistic": lambda z: 1 / (1 + (-z).exp()),
    "exp": lambda z: z.exp(),
    "expm1": lambda z: z.expm1(),
    "sin": lambda z: z.sin(),
    "cos": lambda z: z.cos(),
    "tan": lambda z: z.tan(),
    "sinh": lambda z: z.sinh(),
    "cosh": lambda z: z.cosh(),
    "erf": lambda z: z.erf(),
    "erfc": lambda z: z.erfc(),
}

_REAL: dict[str, Callable[..., Any]] = _COMPLEX | {
    "abs": abs,
    "sign": lambda z: flint.arb(_ball_order(z, flint.arb(0))),
    "max": _larger,
    "min": lambda a, b: -_larger(-a, -b),
    "log": lambda z: z.log(),
    "log1p": lambda z: z.log1p(),
    "sqrt": lambda z: z.sqrt(),
    "rsqrt": lambda z: z.rsqrt(),
    "pow": lambda a, b: a**b,
    "asin": lambda z: z.asin(),
    "acos": lambda z: z.acos(),
    "atan": lambda z: z.atan(),
    "asinh": lambda z: z.asinh(),
    "acosh": lambda z: z.acosh(),
    "atanh": lambda z: z.atanh(),
    "atan2": lambda a, b: flint.arb.atan2(a, b),
    "lgamma": lambda z: z.lgamma(),
    "digamma": lambda z: z.digamma(),
}

TRANSCENDENTAL = frozenset(_REAL) - {"abs", "sign", "max", "min"}
