"""How finely values are written, which tells an exact fit from a close one."""

import dataclasses
from decimal import Decimal

import numpy as np
from jaxtyping import Float

from suffice._core import plural

SAMPLE = 20_000  # values whose digits are counted
FEW = 20  # values from which a common divisor tells the unit
PREFERRED = 0.1  # by which share significant digits must fit better than decimals


@dataclasses.dataclass(frozen=True)
class Rounding:
    """The unit in which values are written.

    Attributes:
        deviation: Standard deviation of the rounding of every value, `unit / sqrt(12)`.
        words: The unit in words, such as `3 decimals`.
    """

    deviation: Float[np.ndarray, " n"]
    words: str


def rounding(values: Float[np.ndarray, " n"]) -> Rounding:
    """Return how finely values are written, from the shortest decimals that give them.

    They have a number of decimals (or a common unit, such as halves), a number of
    significant digits, the precision of float32, or that of float64.
    """
    sizes = np.abs(values[values != 0])
    if not len(sizes):
        return Rounding(np.full(len(values), np.finfo(float).eps), "double precision")
    step = max(1, len(sizes) // SAMPLE)
    digits, decimals = _digits(sizes[::step])
    most, places = int(digits.max()), int(decimals.max())
    with np.errstate(over="ignore"):  # above the range of float32
        single = bool((values == values.astype(np.float32)).all())
    fixed = most <= 8 or places <= 6 or (places <= 9 and most <= 14 and not single)
    if fixed and places < 300:
        full = (digits == most).mean() - (decimals == places).mean()
        if most <= 9 and full > PREFERRED:
            return Rounding(
                _significant(values, most), plural(most, "significant digit")
            )
        unit, words = _unit(sizes, places)
        return Rounding(np.full(len(values), unit / np.sqrt(12)), words)
    if single:
        spacing = np.spacing(np.maximum(np.abs(values), sizes.min()).astype(np.float32))
        return Rounding(spacing.astype(float) / np.sqrt(12), "single precision")
    spacing = 8 * np.spacing(np.maximum(np.abs(values), sizes.min()))
    return Rounding(spacing / np.sqrt(12), "double precision")


def _digits(sizes) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of significant digits and of decimals of every value."""
    written = [Decimal(repr(float(size))).normalize().as_tuple() for size in sizes]
    digits = [len(number.digits) for number in written]
    return np.array(digits), np.array([max(0, -int(n.exponent)) for n in written])


def _significant(values, digits: int) -> np.ndarray:
    sizes = np.abs(values)
    sizes = np.where(sizes > 0, sizes, sizes[sizes > 0].min())
    return 10.0 ** (np.floor(np.log10(sizes)) - digits + 1) / np.sqrt(12)


def _unit(sizes, places: int) -> tuple[float, str]:
    whole = np.round(sizes * 10.0**places)
    divisor = 1
    if len(sizes) >= FEW and whole.max() < 2**53:
        divisor = int(np.gcd.reduce(whole.astype(np.int64)))
    unit = max(divisor, 1) * 10.0**-places
    if divisor > 1:
        return unit, f"multiples of {unit:g}"
    return unit, "whole numbers" if not places else plural(places, "decimal")
