"""Numbers and counts as text for readers."""

import math
from collections.abc import Iterable
from typing import SupportsFloat, SupportsInt

ROUNDING = 1e-14


def short(value: float, digits: int = 3) -> str:
    """A number with `digits` significant digits, without an exponent if possible."""
    if not math.isfinite(value):
        return "∞" if value > 0 else ("-∞" if value < 0 else "undefined")
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        text = f"{value:.{digits}g}"
        return f"{float(text):g}" if "e" in text else text
    return f"{value:.{max(digits - 1, 1)}g}"


def bounded(value: float, most: float) -> str:
    """A number that says no more than "large" beyond `most`."""
    return short(value) if value <= most else f"more than {short(most)}"


def percent(share: float) -> str:
    """A fraction as a percentage; a rounding error becomes `≈ 0 %`."""
    return "≈ 0 %" if 0 <= share < ROUNDING else f"{short(100 * share)} %"


def plural(count: SupportsInt, noun: str) -> str:
    """A count and its noun, in the plural unless the count is 1."""
    return f"{count} {noun}{'s'[: int(count) != 1]}"


def listed(numbers: Iterable[SupportsFloat], form: str = ".2f") -> str:
    """Numbers in one format, separated by commas."""
    return ", ".join(f"{float(number):{form}}" for number in numbers)


def duration(seconds: float) -> str:
    """A number of seconds in a suitable unit: days, hours, minutes or seconds."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.3g} s"
