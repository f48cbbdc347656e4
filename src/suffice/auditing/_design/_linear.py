"""Linear conditions on inputs, read from text such as `a + 2 b <= 1`."""

import dataclasses
import re
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from suffice._core import did_you_mean

SIGNS = re.compile(r"(<=|>=|==|=|<|>)")
NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
WORD = re.compile(r"[^\W\d]\w*")
QUOTED = re.compile(r"""(["'`])(.+?)\1""")


@dataclasses.dataclass(frozen=True, eq=False)
class Condition:
    """A linear condition `normal @ x <= bound`, or with `=`.

    Attributes:
        normal: One factor per input.
        bound: The right-hand side.
        equal: Whether both sides are equal.
        text: The condition as the user wrote it.
    """

    normal: Float[np.ndarray, " dim"]
    bound: float
    equal: bool
    text: str


def conditions(
    text: str, columns: Mapping[str, Float[np.ndarray, " dim_and_one"]]
) -> list[Condition]:
    """Read a condition; `0 <= a + b <= 1` is two. Strict signs include equality.

    Args:
        text: Sums of numbers times columns on both sides of `<=`, `>=`, `<`, `>`, `=`
            or `==`. Names with spaces or signs may stand in quotes.
        columns: Every column that may be named, as an affine function of the inputs:
            one factor per input and the constant at the end.

    Raises:
        ValueError: The text is no linear condition, or names no known column.
    """
    pieces = SIGNS.split(text)
    if len(pieces) < 3:
        raise _wrong(text, "it has none of the signs <=, >= and =")
    sides = [_Reader(text, piece, columns).side() for piece in pieces[::2]]
    found = []
    for left, sign, right in zip(sides, pieces[1::2], sides[1:], strict=False):
        difference = right - left if ">" in sign else left - right
        normal, bound = difference[:-1], -float(difference[-1])
        if not normal.any():
            raise _wrong(text, "no input is left in it")
        found.append(Condition(normal, bound, sign in ("=", "=="), text))
    return found


def _wrong(text: str, why: str) -> ValueError:
    return ValueError(
        f"require is {text!r}, but {why}; expected a linear condition such as "
        "'a + 2 b <= 1'."
    )


class _Reader:
    """A reader of one side of a condition, from left to right."""

    def __init__(self, whole: str, text: str, columns):
        self.whole, self.text, self.columns = whole, text.strip(), columns
        self.one = np.zeros(len(next(iter(columns.values()))))
        self.one[-1] = 1.0

    def side(self) -> np.ndarray:
        """Return the affine function that the whole text says."""
        value = self._sum()
        if self.text:
            raise _wrong(self.whole, f"{self.text!r} cannot be read")
        return value

    def _take(self, signs: str) -> str:
        if self.text[:1] and self.text[0] in signs:
            sign, self.text = self.text[0], self.text[1:].lstrip()
            return sign
        return ""

    def _sum(self) -> np.ndarray:
        value = self._signed()
        while sign := self._take("+-"):
            term = self._product()
            value = value + term if sign == "+" else value - term
        return value

    def _signed(self) -> np.ndarray:
        sign = self._take("+-")
        return -self._signed() if sign == "-" else self._product()

    def _product(self) -> np.ndarray:
        value = self._factor()
        while self.text and self.text[0] not in "+-)":
            divided = self._take("*/") == "/"
            factor = self._factor()
            if divided and (factor[:-1].any() or not factor[-1]):
                raise _wrong(self.whole, "it divides by something else than a number")
            if value[:-1].any() and factor[:-1].any():
                raise _wrong(self.whole, "it multiplies inputs with each other")
            constant, other = (
                (factor, value) if not factor[:-1].any() else (value, factor)
            )
            value = other / constant[-1] if divided else other * constant[-1]
        return value

    def _factor(self) -> np.ndarray:
        if self._take("("):
            value = self._sum()
            if not self._take(")"):
                raise _wrong(self.whole, "a bracket is not closed")
            return value
        if self._take("-"):
            return -self._factor()
        if name := self._name():
            return self.columns[name]
        number = NUMBER.match(self.text)
        if number is None:
            rest = repr(self.text) if self.text else "one side"
            raise _wrong(self.whole, f"{rest} cannot be read")
        self.text = self.text[number.end() :].lstrip()
        return float(number[0]) * self.one

    def _name(self) -> str:
        """Take the longest known name at the front, or refuse an unknown one."""
        quoted, word = QUOTED.match(self.text), WORD.match(self.text)
        if quoted:
            found, end = quoted[2], quoted.end()
        else:
            known = [name for name in self.columns if self._begins(name)]
            if not known and word is None:
                return ""
            found = max(known, key=len) if known else word[0] if word else ""
            end = len(found)
        if found not in self.columns:
            hint = did_you_mean(found, self.columns) or (
                f"; the inputs are {', '.join(self.columns)}"
            )
            raise _wrong(self.whole, f"{found!r} is no input{hint.rstrip('?.')}")
        self.text = self.text[end:].lstrip()
        return found

    def _begins(self, name: str) -> bool:
        rest = self.text[len(name) :]
        if not self.text.startswith(name) or NUMBER.fullmatch(name):
            return False
        return not (re.match(r"\w", rest) and re.match(r"\w", name[-1:]))
