"""Formulas as they are printed: powers, indices and small numbers of a reproduction."""

import dataclasses
import re
from decimal import Decimal
from typing import Any

from ._claim import Reproduction

ABOVE = str.maketrans("0123456789-T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ")
BELOW = str.maketrans("0123456789+-ikt", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢₖₜ")
WORDS = {"theta": "θ", "sum": "Σ"}
POWER = re.compile(r"\^(-?\d+|T)(?!\w|/|\.\d)")
INDEX = re.compile(r"\b(theta|sum|[A-Za-z])_(\{[\d+ikt-]+\}|[\dikt])(?!\w)")
SMALL = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([-+])0?(\d+)(?!\w)")
SIGNS = (("<=", "≤"), (">=", "≥"), (" +- ", " ± "))
TIMES = re.compile(r"(?<=\d) x (?=\d)")
PLAIN = 3  # numbers with fewer zeros after the point have no exponent
KEPT = {"name", "arxiv", "svg", "versions", "digest", "sizes", "kind", "covers"}


def typeset(found: Reproduction) -> Reproduction:
    """A reproduction with its formulas as a page prints them.

    Names, pictures and digests stay what they are.

    Args:
        found: A reproduction whose texts are written for a terminal.
    """
    return _typeset(found)


def printed(text: str) -> str:
    """A text with powers, indices, signs and small numbers as they are printed.

    Args:
        text: Written with `r^2`, `x_1`, `<=` and `5.7e-02`.
    """
    text = POWER.sub(lambda found: found[1].translate(ABOVE), text)
    text = INDEX.sub(_index, text)
    text = SMALL.sub(_number, TIMES.sub(" × ", text))
    for typed, sign in SIGNS:
        text = text.replace(typed, sign)
    return text


def _index(found: re.Match) -> str:
    return WORDS.get(found[1], found[1]) + found[2].strip("{}").translate(BELOW)


def _number(found: re.Match) -> str:
    digits, sign, exponent = found.groups()
    if sign == "-" and int(exponent) <= PLAIN:
        return f"{Decimal(found[0]):f}"
    return f"{digits}e{sign.strip('+')}{exponent}"


def _typeset(part: Any) -> Any:
    if isinstance(part, str):
        return printed(part)
    if isinstance(part, tuple):
        return tuple(map(_typeset, part))
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        kept = {f.name: getattr(part, f.name) for f in dataclasses.fields(part)}
        new = {name: _typeset(v) for name, v in kept.items() if name not in KEPT}
        return dataclasses.replace(part, **new)
    return part
