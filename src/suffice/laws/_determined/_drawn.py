"""Inputs and parameters at which a law is examined."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Array, Float, Key
from scipy.stats import qmc

from suffice._core import numpy_rng
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import predictions, slopes, with_values

RANGE = (0.01, 10.0)  # of an input of which nothing is known
INPUTS = 60
POINTS = 6  # values of the parameters at which an identity is tested
SPREAD = 0.5  # standard deviation of their logarithms
WIDE = 10.0  # ratio of the ends from which a range is drawn in logarithms

Ranges = Mapping[str, tuple[float, float]]


def ranges_of(law: Law, ranges: Ranges | None) -> dict[str, tuple[float, float]]:
    """The range of each input, with the default for those that are not named.

    Raises:
        ValueError: A name is no input, or the ends are not finite and in order.
    """
    for name, ends in (ranges or {}).items():
        if name not in law.inputs:
            raise ValueError(
                f"ranges names {name!r}, which is no input of {law.name}; they are "
                f"{', '.join(law.inputs)}."
            )
        if not (np.isfinite(ends).all() and ends[0] <= ends[1]):
            raise ValueError(
                f"the range of {name} is {ends[0]:g} to {ends[1]:g}; expected finite "
                "numbers, the smaller one first."
            )
    return {name: (ranges or {}).get(name, RANGE) for name in law.inputs}


def spread_inputs(
    ranges: Ranges, n: int = INPUTS, seed: int = 0
) -> Float[np.ndarray, "n inputs"]:
    """Inputs spread evenly over ranges, in logarithms where these are wide."""
    low, high = np.array(list(ranges.values())).T
    unit = qmc.Sobol(len(low), seed=seed).random(1 << (n - 1).bit_length())[:n]
    wide = (low > 0) & (high > WIDE * low)
    start, end = (
        np.where(wide, np.log(np.where(wide, e, 1.0)), e) for e in (low, high)
    )
    spread = start + unit * (end - start)
    return np.where(wide, np.exp(np.where(wide, spread, 0.0)), spread)


def draw_laws(
    law: Law, x: Float[np.ndarray, "n inputs"], key: Key[Array, ""]
) -> list[Law]:
    """The law at other values of its parameters, of the same signs and finite.

    Raises:
        ValueError: The law or a derivative is not finite at its starting values.
    """
    check_finite(law, x)
    rng = numpy_rng(key)
    drawn = []
    for _ in range(POINTS):
        direction, spread = rng.standard_normal(len(law.names)), SPREAD
        near = moved(law, spread * direction)
        while not np.isfinite(slopes(near, x)).all():
            spread /= 2
            near = moved(law, spread * direction)
        drawn.append(near)
    return drawn


def moved(law: Law, step: Float[np.ndarray, " p"]) -> Law:
    """The law with its parameters moved by a step in their logarithms."""
    values = np.asarray(law.values)
    values = np.where(values == 0, step, values * np.exp(step))
    low, high = np.array(law.bounds).T
    return with_values(law, np.clip(values, low, high))


def check_finite(law: Law, x: Float[np.ndarray, "n inputs"]) -> None:
    """Check that the law and its derivatives are finite at inputs.

    Raises:
        ValueError: They are not; the message names how many, and the first.
    """
    values = predictions(law, x)
    for what, numbers in (("", values), ("the derivative of ", slopes(law, x))):
        bad = ~np.isfinite(numbers.reshape(len(x), -1)).all(1)
        if bad.any():
            first = x[bad.argmax()]
            place = ", ".join(
                f"{name} = {value:g}"
                for name, value in zip(law.inputs, first, strict=True)
            )
            raise ValueError(
                f"{what}{law.name} is not finite at {bad.sum()} of {len(x)} inputs, "
                f"such as {place}; narrow the ranges of the inputs, leave such rows "
                "out, or choose other starting values."
            )
