"""The decay law of a loss: exponential, or a power of time."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import ArrayLike

from suffice._core import Result

POINTS = 8
ROUNDING = 1e-24  # a loss below this fraction of the largest is a rounding error


@dataclasses.dataclass(frozen=True)
class FlowRate(Result):
    """The decay law of a loss: exponential, a power of time, or undecided.

    Attributes:
        law: `exponential`, `power` or `undecided`.
        growth: `d log p / d log t`, with `p = -d log L / d log t` the running exponent:
            1 for an exponential, 0 for a power.
        error: Standard error of `growth`.
        exponent: For a power, `q` of `L ~ t^-q`.
        rate: For an exponential, `r` of `L ~ e^(-r t)`.
        points: Number of points of the trajectory that were used.
        note: The reason why the law is undecided, or None.
    """

    law: Literal["exponential", "power", "undecided"]
    growth: float
    error: float
    exponent: float | None
    rate: float | None
    points: int
    note: str | None = None

    def headline(self) -> str:
        """The law with its constant."""
        if self.law == "exponential":
            return f"The loss falls exponentially, like e^(-{self.rate:.4g} t)."
        if self.law == "power":
            return f"The loss falls like t^-{self.exponent:.3g}."
        return f"The law of the loss is undecided: {self.note}."


def flow_rate(time: ArrayLike, loss: ArrayLike, *, last: float = 0.5) -> FlowRate:
    r"""Whether a loss decays exponentially or like a power of time.

        p(t) = -d log L / d log t

    grows like `t` for an exponential and tends to a constant for a power. The slope of
    `log p` against `log t` is therefore 1 or 0; values in between are undecided. Near a
    degenerate branch the loss falls like `t^-2`: a loss that is still large after a
    long time does not mean that the target is missed.

    Args:
        time: Flow times, increasing and positive (evenly spaced in log t is best).
        loss: The loss at those times, less its limit where that is not zero.
        last: Fraction of the usable points, counted from the end, that is used.

    Returns:
        The law with its constant, or `undecided`.

    Raises:
        ValueError: There are fewer than eight intervals of positive, falling loss.

    Source:
        arXiv:2309.00508, Theorem 5.3 (linear against slower rates); the exponent 2 is
        derived and verified here.
    """
    t, y = np.asarray(time, float).ravel(), np.asarray(loss, float).ravel()
    if t.shape != y.shape:
        raise ValueError(f"time holds {t.size} numbers and loss {y.size}.")
    fine = (t > 0) & np.isfinite(y) & (y > ROUNDING * np.max(y, initial=0.0))
    t, y = np.log(t[fine]), np.log(y[fine])
    keep = np.concatenate([[True], np.diff(t) > 0])[: len(t)]
    t, y = t[keep], y[keep]
    first = int(len(t) * (1 - last))
    t, y = t[first:], y[first:]
    running = -np.diff(y) / np.diff(t)
    middle = (t[1:] + t[:-1]) / 2
    falls = running > 0
    running, middle = running[falls], middle[falls]
    if len(running) < POINTS:
        raise ValueError(
            f"only {len(running)} usable intervals of falling loss; expected at least "
            f"{POINTS}. Give more times, evenly spaced in log t."
        )
    (growth, _), covariance = np.polyfit(middle, np.log(running), 1, cov=True)
    error = float(np.sqrt(covariance[0, 0]))
    fields = {"growth": float(growth), "error": error, "points": len(running)}
    exponent = float(np.median(running[-POINTS:]))
    if abs(growth - 1) + error < 0.25:
        slope = float(np.median((running / np.exp(middle))[-POINTS:]))
        return FlowRate("exponential", exponent=None, rate=slope, **fields)
    if abs(growth) + error < 0.25:
        return FlowRate("power", exponent=exponent, rate=None, **fields)
    note = f"the running exponent grows like t^{growth:.2f}; follow the flow for longer"
    return FlowRate("undecided", exponent=None, rate=None, note=note, **fields)
