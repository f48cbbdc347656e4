"""Inputs and parameters at which a law is examined."""

import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import numpy_rng
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import predictions, slopes, with_values

POINTS = 6  # values of the parameters at which an identity is tested
SPREAD = 0.5  # standard deviation of their logarithms


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
