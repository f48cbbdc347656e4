"""The decay law of a loss: exponential, a power of time, or many exponentials."""

import dataclasses
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float

from suffice._core import Result
from suffice._core.literature import bases

POINTS = 8
ROUNDING = 1e-24  # a loss below this fraction of the largest is a rounding error
STEEPEST = 3.1  # a loss of order l > 2 falls like t^-(l / (l - 2)), at most like t^-3
_MARGIN = 0.25  # distance of the growth from 0 or 1 at which the loss tells the law
_LINEAR = 0.1  # logarithm that a frozen kernel may miss, relative to the whole fall
_NONLINEAR = 0.1  # share of the loss that a frozen kernel explains at most
_STEADY = 0.05  # relative change of a constant exponent from decade to decade
_PRESENT = 0.01  # share of the residual from which on a mode counts
_DEEP = 1e6  # fall from which on the loss alone shows an exponential
_PAST = 10.0  # rate times time of a mode whose decay has been seen

Law = Literal["exponential", "algebraic", "linear", "undecided"]


@dataclasses.dataclass(frozen=True)
class FlowRate(Result):
    """The decay law of a loss.

    Attributes:
        law: `exponential`; `algebraic`, a power of time; `linear`, a sum of
            exponentials with many rates, which has no law yet; or `undecided`.
        growth: `d log p / d log t`, with `p = -d log L / d log t` the running exponent:
            1 for an exponential, 0 for a power.
        error: Standard error of `growth`.
        exponent: For an algebraic law, `q` of `L ~ t^-q`.
        rate: For an exponential, `r` of `L ~ e^(-r t)`.
        points: Number of points of the trajectory that were used.
        note: The reason why there is no law, or None.
    """

    grounds = bases.RATES

    law: Law
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
        if self.law == "algebraic":
            return f"The loss falls like t^-{self.exponent:.3g}."
        if self.law == "linear":
            return f"The loss is a sum of exponentials with many rates: {self.note}."
        return f"The law of the loss is undecided: {self.note}."


class Decade(NamedTuple):
    """A decade of time, and the loss at its end with a kernel frozen at its beginning.

    Attributes:
        fall: Logarithm of the loss at the beginning over that at the end.
        excess: Logarithm of the loss at the end over the predicted one.
        exponent: `q` of `L ~ t^-q` between the ends.
    """

    fall: float
    excess: float
    exponent: float

    @property
    def linear(self) -> bool:
        """Whether the loss falls as fast as with the frozen kernel, or faster."""
        return bool(self.excess <= _LINEAR * self.fall)

    @property
    def nonlinear(self) -> bool:
        """Whether the loss falls much more slowly than with the frozen kernel."""
        return bool(self.excess > -np.log(_NONLINEAR))


def flow_rate(
    time: ArrayLike,
    loss: ArrayLike,
    *,
    residual: ArrayLike | None = None,
    kernel: ArrayLike | None = None,
    last: float = 0.5,
) -> FlowRate:
    r"""Whether a loss decays exponentially or like a power of time.

        p(t) = -d log L / d log t

    grows like `t` for an exponential and is constant for a power. But a sum of
    exponentials with rates over many decades imitates any power, so that the loss alone
    can never show one. The two differ in the tangent kernel `K = J Jᵀ`: frozen at a
    time `t`, it predicts the loss `½ |exp(-9 t K) r|²` at `10 t`. For exponentials this
    is right, on a degenerate branch it is far too small, since there `K` falls, too.

    - `algebraic`: the prediction failed over the last two decades, with the same
      exponent `1 < q <= 3.1`. Near a branch of merged neurons `q` is 2: a loss that is
      still large after a long time does not mean that the target is missed.
    - `exponential`: the prediction held over the last decade, and the decay of every
      mode of the residual has been seen; or, without a kernel, `p` grows like `t` while
      the loss falls by a factor of a million.
    - `linear`: the prediction held over two decades, but slower modes have still to
      decay.

    Args:
        time: Flow times, increasing and positive (evenly spaced in log t is best).
        loss: The loss at those times, less its limit where that is not zero. Points
            that are not finite are left out.
        residual: The residual `r` at those times, `(times, n)`, with `loss = ½ |r|²`.
        kernel: The kernel `J Jᵀ` at those times, `(times, n, n)`.
        last: Fraction of the usable points, counted from the end, from which growth and
            rate are measured.

    Returns:
        The law with its constant, or the reason why there is none.

    Raises:
        ValueError: Shapes do not agree, only one of residual and kernel is given, or
            there are fewer than eight intervals of positive, falling loss.

    Source:
        arXiv:2309.00508, Theorem 5.3 (linear against slower rates); exponents and the
        prediction by a frozen kernel are derived and verified here.

    Examples:
        >>> time = np.linspace(1, 200, 200)
        >>> print(sf.landscape.flow_rate(time, np.exp(-time / 5)).headline())
        The loss falls exponentially, like e^(-0.2 t).
    """
    t, y = np.asarray(time, float).ravel(), np.asarray(loss, float).ravel()
    if t.shape != y.shape:
        raise ValueError(f"time holds {t.size} numbers and loss {y.size}.")
    used = _usable(t, y)
    logs = np.log(t[used]), np.log(y[used])
    running, middle = _running(*logs, last)
    (growth, _), covariance = np.polyfit(middle, np.log(running), 1, cov=True)
    error = float(np.sqrt(covariance[0, 0]))
    if residual is None and kernel is None:
        fall = logs[1][int(len(used) * (1 - last))] - logs[1][-1]
        law, note = _law_of_loss(growth, error, fall)
        exponent = None
    else:
        r, k = _checked(residual, kernel, len(t))
        at_rounding = bool((y[np.isfinite(y)] <= ROUNDING * y[used].max()).any())
        law, note, exponent = _law_of_flow(t[used], r[used], k[used], at_rounding)
    slope = float(np.median((running / np.exp(middle))[-POINTS:]))
    return FlowRate(
        law=law,
        growth=float(growth),
        error=error,
        exponent=exponent,
        rate=slope if law == "exponential" else None,
        points=len(running),
        note=note,
    )


def _usable(t, y):
    """The points of finite, positive loss at increasing times."""
    finite = np.isfinite(t) & np.isfinite(y) & (t > 0)
    largest = np.max(y, where=finite, initial=0.0)
    index = np.flatnonzero(finite & (y > ROUNDING * largest))
    latest = np.maximum.accumulate(t[index]) if len(index) else t[index]
    return index[np.concatenate([[True], t[index][1:] > latest[:-1]])[: len(index)]]


def _running(t, y, last):
    """The running exponent, where it is positive, and its times, as logarithms."""
    first = int(len(t) * (1 - last))
    t, y = t[first:], y[first:]
    running, middle = -np.diff(y) / np.diff(t), (t[1:] + t[:-1]) / 2
    falls = running > 0
    if falls.sum() < POINTS:
        raise ValueError(
            f"only {falls.sum()} usable intervals of falling loss; expected at least "
            f"{POINTS}. Give more times, evenly spaced in log t."
        )
    return running[falls], middle[falls]


def _law_of_loss(growth, error, fall) -> tuple[Law, str | None]:
    if abs(growth - 1) + error < _MARGIN:
        if fall >= np.log(_DEEP):
            return "exponential", None
        return "undecided", (
            f"so far it is exponential, but it fell only by a factor of "
            f"{np.exp(fall):.2g}; follow the flow for longer, or pass residual and "
            "kernel"
        )
    if abs(growth) + error < _MARGIN:
        return "undecided", (
            "it looks like a power of time, but so does a sum of exponentials with "
            "many rates; pass residual and kernel to tell them apart"
        )
    note = f"the running exponent grows like t^{growth:.2f}; follow the flow for longer"
    return "undecided", note


def _checked(residual, kernel, times):
    if residual is None or kernel is None:
        missing = "residual" if residual is None else "kernel"
        raise ValueError(f"{missing} is None; expected residual and kernel together.")
    r, k = np.asarray(residual, float), np.asarray(kernel, float)
    n = r.shape[-1]
    if r.shape != (times, n) or k.shape != (times, n, n):
        raise ValueError(
            f"residual has shape {r.shape} and kernel {k.shape} at {times} times; "
            f"expected ({times}, n) and ({times}, n, n)."
        )
    return r, k


def _law_of_flow(t, r, k, at_rounding) -> tuple[Law, str | None, float | None]:
    seen = decades(t, r, k)
    two = len(seen) >= 2
    if two and all(d.nonlinear for d in seen[:2]):
        first, second = (d.exponent for d in seen[:2])
        if abs(first - second) <= _STEADY * first and 1 < first <= STEEPEST:
            return "algebraic", None, first
        note = f"the exponent changes from {second:.3g} to {first:.3g} within a decade"
        return "undecided", f"{note}; follow the flow for longer", None
    if seen and seen[0].linear and (at_rounding or _all_seen(t[-1], r[-1], k[-1])):
        return "exponential", None, None
    if two and all(d.linear for d in seen[:2]):
        return "linear", "its slower modes have still to decay", None
    note = "the kernel neither stays nor changes enough over the last two decades"
    return "undecided", f"{note}; follow the flow for longer", None


def decades(
    t: Float[np.ndarray, " times"],
    r: Float[np.ndarray, "times n"],
    k: Float[np.ndarray, "times n n"],
) -> list[Decade]:
    """The decades of a record, the last one first; the whole of a shorter record."""
    found, end = [], len(t) - 1
    while end > 0 and (t[end] >= 10 * t[0] or not found):
        begin = max(int(np.searchsorted(t, t[end] / 10 * (1 + 1e-9))) - 1, 0)
        values, basis = np.linalg.eigh(k[begin])
        modes = r[begin] @ basis
        decay = np.exp(-(t[end] - t[begin]) * np.maximum(values, 0.0))
        before, after = (0.5 * np.sum(r[i] ** 2) for i in (begin, end))
        predicted = max(0.5 * np.sum((decay * modes) ** 2), np.finfo(float).tiny)
        fall, excess = (float(np.log(one / after)) for one in (before, predicted))
        found.append(Decade(fall, -excess, fall / float(np.log(t[end] / t[begin]))))
        end = begin
    return found


def _all_seen(t, r, k) -> bool:
    values, basis = np.linalg.eigh(k)
    present = np.abs(r @ basis) >= _PRESENT * np.linalg.norm(r)
    return bool((values[present] * t > _PAST).all())
