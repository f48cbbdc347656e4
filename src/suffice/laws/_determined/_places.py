"""Where the inputs of a law can be measured, and points spread over it."""

import dataclasses
from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import qmc

from suffice._core import short
from suffice.auditing import Region, Table
from suffice.auditing._shared import Condition, Factor, filled, holds, space

RANGE = (0.01, 10.0)  # of an input of which nothing is known
WIDE = 10.0  # ratio of the ends from which a range is drawn in logarithms
SPARE = 16  # times the points that are wanted, where conditions leave some out
SHOWN = 6  # single values of an input that are listed in a sentence


@dataclasses.dataclass(frozen=True, eq=False)
class Places:
    """Where the inputs of a law can be measured.

    Attributes:
        inputs: Names of the inputs.
        factors: The range or the values of each input, in the same order.
        conditions: Linear conditions on several of them.
    """

    inputs: tuple[str, ...]
    factors: tuple[Factor, ...]
    conditions: tuple[Condition, ...]

    @property
    def box(self) -> bool:
        """Whether every point between the ends can be measured."""
        free = (f.values is None or len(f.values) == 1 for f in self.factors)
        return not self.conditions and all(free)

    @property
    def between(self) -> Bool[np.ndarray, " inputs"]:
        """Whether values between those of the candidates can be measured, by input."""
        return np.array([factor.values is None for factor in self.factors])

    @property
    def bound(self) -> bool:
        """Whether a condition is an equation, which no lattice fulfils."""
        return any(c.equal for c in self.conditions)

    def allowed(self, points: Float[np.ndarray, "n inputs"]) -> np.ndarray:
        """Those of some points that fulfil the conditions."""
        return points[holds(points, list(self.conditions))]

    def filling(self, size: int) -> Float[np.ndarray, "n inputs"]:
        """Points that fulfil the conditions, found one input after another.

        Raises:
            ValueError: No point fulfils them.
        """
        return filled(list(self.factors), list(self.conditions), size)

    def spread(self, n: int, seed: int = 0) -> Float[np.ndarray, "n inputs"]:
        """Points spread evenly, in logarithms where a range is wide."""
        if self.bound:
            return self.filling(n)
        many = n * SPARE if self.conditions else n
        unit = qmc.Sobol(len(self.factors), seed=seed)
        unit = unit.random(1 << (many - 1).bit_length())[:many]
        columns = [_spread(f, u) for f, u in zip(self.factors, unit.T, strict=True)]
        points = self.allowed(np.stack(columns, axis=1))[:n]
        return points if len(points) == n else self.filling(n)

    def __str__(self) -> str:
        """The inputs with their ranges or values, and the conditions."""
        pairs = zip(self.inputs, self.factors, strict=True)
        said = ", ".join(_said(name, factor) for name, factor in pairs)
        limits = dict.fromkeys(c.text for c in self.conditions)
        return f"{said} (where {' and '.join(limits)})" if limits else said


def places(
    inputs: tuple[str, ...],
    region: Region | None,
    measured: Mapping[str, tuple[float, float]] | None = None,
) -> Places:
    """Where the inputs of a law can be measured.

    Args:
        inputs: Names of the inputs.
        region: What the user declares; other inputs keep to their measured ranges.
        measured: The least and the largest measured value of inputs; those that were
            not measured are taken from 0.01 to 10.

    Raises:
        ValueError: The region names no input, or contradicts itself.
    """
    region = region or Region()
    wide = {name: (measured or {}).get(name, RANGE) for name in inputs}
    fields = ("range", "step", "integer", "levels", "fixed")
    said = {name for field in fields for name in getattr(region, field)}
    rest = {name: ends for name, ends in wide.items() if name not in said}
    whole = dataclasses.replace(region, range={**region.range, **rest})
    ends = np.array(list(wide.values())).T
    found = space(Table(inputs, "", ends, np.zeros(len(ends))), whole)
    factors = sorted([*found.declared, *found.measured], key=lambda f: f.columns)
    return Places(inputs, tuple(factors), tuple(found.conditions))


def _spread(factor: Factor, unit: Float[np.ndarray, " n"]) -> np.ndarray:
    if factor.values is not None:
        return factor.values[(unit * len(factor.values)).astype(int), 0]
    low, high = factor.low, factor.high
    if low > 0 and high > WIDE * low:
        return np.exp(np.log(low) + unit * (np.log(high) - np.log(low)))
    return low + unit * (high - low)


def _said(name: str, factor: Factor) -> str:
    if factor.values is None or len(factor.values) > SHOWN:
        return f"{name} from {short(factor.low)} to {short(factor.high)}"
    return f"{name} = {' or '.join(short(v) for v in factor.values[:, 0])}"
