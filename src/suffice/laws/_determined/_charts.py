"""Formulas for parameters that can change together without any effect."""

import dataclasses
import itertools
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from ._expression import exponential, Expression, Power, product, rational, total

CONSTANT = 1e-6  # share by which a number may vary over the values and count as one
POWERS = {"log": 1, "raw": 0, "reciprocal": 2, "square": -1}


@dataclasses.dataclass(frozen=True)
class Coordinate:
    """A parameter, or its combination with parameters that are held.

    Attributes:
        formula: What it is.
        parameters: The parameters in it.
        value: Its value at every drawn value of the parameters.
        slope: Its derivative by its first parameter.
        tangled: Whether its formula is not known.
    """

    formula: Expression
    parameters: tuple[str, ...]
    value: Float[np.ndarray, " points"]
    slope: Float[np.ndarray, " points"]
    tangled: bool = False


def named(
    members: list[Coordinate],
    change: Float[np.ndarray, "points members"],
    parameters: Mapping[str, Float[np.ndarray, " points"]],
) -> list[Coordinate] | None:
    """Combinations of all members but the last one with the last one, or None.

    In some chart of each member (its logarithm, itself, its reciprocal or its square)
    the direction without effect is the same at every value; or its ratio is another
    parameter.

    Args:
        members: The members of a circuit.
        change: Its direction at every value, in the first parameter of each member.
        parameters: Values of all parameters.
    """
    du = change * np.stack([m.slope for m in members], axis=1)
    value = np.stack([m.value for m in members], axis=1)
    for charts in _charts(len(members)):
        with np.errstate(all="ignore"):
            v = du / value ** np.array([POWERS[c] for c in charts])
            ratio = -v[:, :-1] / v[:, -1:]
        weights = [_weight(column, charts, parameters) for column in ratio.T]
        if None not in weights:
            parts = zip(members, charts, weights, ratio.T, strict=False)
            return [
                _combined(first, members[-1], chart, charts[-1], weight, column)
                for first, chart, weight, column in parts
                if weight is not None
            ]
    return None


def _charts(count: int):
    """Equal charts first; then logarithms mixed with the parameters themselves."""
    yield from ((chart,) * count for chart in POWERS)
    mixed = itertools.product(("log", "raw"), repeat=count)
    yield from (charts for charts in mixed if len(set(charts)) > 1)


def _weight(ratio, charts, parameters) -> Power | None:
    """A ratio as a constant or, where all charts are alike, another parameter."""
    if not np.isfinite(ratio).all():
        return None
    middle = float(np.median(ratio))
    if np.abs(ratio - middle).max() <= CONSTANT * abs(middle):
        return rational(middle)
    if len(set(charts)) == 1 and charts[0] in ("log", "raw"):
        for name, value in parameters.items():
            for sign, text in ((1, name), (-1, f"-{name}")):
                if np.allclose(ratio, sign * value, rtol=CONSTANT, atol=0):
                    return text
            if charts[0] == "log" and np.allclose(ratio * value, 1.0, rtol=CONSTANT):
                return f"1/{name}"
    return None


def _combined(first, last, chart, base, weight: Power, ratio) -> Coordinate:
    a, b = first.value, last.value
    fa, fb = first.formula, last.formula
    summed = bool(fb.total)
    number = ratio if isinstance(weight, str) else float(weight)
    if (chart, base) == ("log", "log"):
        formula, gain = product(fa, fb, weight), np.abs(b) ** number
        value, slope = a * gain, first.slope * gain
    elif (chart, base) == ("raw", "raw"):
        formula = total(str(fa), str(fb), weight, summed)
        value, slope = a + number * b, first.slope
    elif chart == "reciprocal":
        formula = total(_over(fa), _over(fb), weight)
        value, slope = 1 / a + number / b, -first.slope / a**2
    elif chart == "square":
        formula = total(_squared(fa), _squared(fb), weight)
        value, slope = a**2 + number * b**2, 2 * a * first.slope
    elif chart == "log":
        formula, gain = exponential(fa, fb, float(weight)), np.exp(number * b)
        value, slope = a * gain, first.slope * gain
    else:
        formula = total(str(fa), f"log({fb})", weight)
        value, slope = a + number * np.log(np.abs(b)), first.slope
    parameters = (*first.parameters, *last.parameters)
    return Coordinate(formula, parameters, value, slope)


def _over(formula: Expression) -> str:
    simple = not formula.total and len(formula.factors) == 1
    return f"1/{formula}" if simple else f"1/({formula})"


def _squared(formula: Expression) -> str:
    simple = not formula.total and len(formula.factors) == 1
    return f"{formula}^2" if simple else f"({formula})^2"
