"""Combinations of parameters as formulas: products of powers, and sums."""

import dataclasses
from fractions import Fraction

Power = Fraction | float | str

DENOMINATOR = 12  # of an exponent that is taken to be rational
CLOSE = 1e-5


@dataclasses.dataclass(frozen=True)
class Expression:
    """A formula of parameters.

    Attributes:
        factors: Its factors with their powers, if it is a product.
        total: Its text, if it is a sum.
    """

    factors: tuple[tuple[str, Power], ...] = ()
    total: str = ""

    def __str__(self) -> str:
        if self.total:
            return self.total
        over = [_power(b, p) for b, p in self.factors if not _negative(p)]
        below = [_power(b, _minus(p)) for b, p in self.factors if _negative(p)]
        if not below:
            return "*".join(over)
        under = below[0] if len(below) == 1 else f"({'*'.join(below)})"
        return f"{'*'.join(over) or '1'}/{under}"

    @property
    def bases(self) -> tuple[tuple[str, Power], ...]:
        """Its factors; a sum is one factor."""
        return self.factors or ((f"({self.total})", Fraction(1)),)


def parameter(name: str) -> Expression:
    """A parameter alone."""
    return Expression(((name, Fraction(1)),))


def product(first: Expression, second: Expression, power: Power) -> Expression:
    """`first * second^power`."""
    factors = dict(first.bases)
    for base, exponent in second.bases:
        if isinstance(power, str) or isinstance(exponent, str):
            key = base if exponent == 1 else f"({_power(base, exponent)})"
            factors[key] = power
        else:
            old = factors.get(base, Fraction(0))
            factors[base] = old + exponent * power  # type: ignore[operator]
    return Expression(tuple((b, p) for b, p in factors.items() if p != 0))


def exponential(first: Expression, second: Expression, rate: float) -> Expression:
    """`first * exp(rate * second)`."""
    inside = _times(rational(rate), str(second), bool(second.total))
    return Expression((*first.bases, (f"exp({inside})", Fraction(1))))


def total(first: str, second: str, weight: Power, summed: bool = False) -> Expression:
    """`first + weight * second`; `summed` says whether `second` is a sum."""
    if isinstance(weight, str):
        sign, weight = ("-", weight[1:]) if weight.startswith("-") else ("+", weight)
        return Expression(total=f"{first}{sign}{weight}*{second}")
    sign = "-" if weight < 0 else "+"
    return Expression(total=f"{first}{sign}{_times(abs(weight), second, summed)}")


def rational(value: float) -> Fraction | float:
    """A number as a fraction of a small denominator, where it is one."""
    near = Fraction(value).limit_denominator(DENOMINATOR)
    return near if abs(value - near) <= CLOSE * abs(value) else value


def _times(weight: Power, text: str, summed: bool) -> str:
    if weight == 1 or weight == -1:
        inner = f"({text})" if summed and weight == -1 else text
        return f"-{inner}" if weight == -1 else inner
    return f"{_number(weight)}*{f'({text})' if summed else text}"


def _power(base: str, power: Power) -> str:
    if power == 1:
        return base
    text = _number(power)
    return f"{base}^{text if text.isidentifier() or text.isdigit() else f'({text})'}"


def _number(value: Power) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _negative(power: Power) -> bool:
    return power.startswith("-") if isinstance(power, str) else power < 0


def _minus(power: Power) -> Power:
    return power[1:] if isinstance(power, str) else -power
