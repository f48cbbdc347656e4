"""How many more measurements until an error is small enough."""

import dataclasses
import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from suffice._core import bounded, plural, Result, short
from suffice.auditing._noise import MISFIT, NoiseEstimate
from suffice.auditing._references import References

from ._forecast import Band, ErrorForecast, SPAN
from ._order import NONE, SeenDirections

UNSURE = 1.5  # factor by which the error of a fitted function is known
BASE, SHARE = 0.15, 0.5  # of the logarithm of a foretold fall: what it is off by
Verdict = Literal["enough", "more", "beyond", "never", "another model", "not settled"]
Fall = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class MoreSamples(Result):
    """How many more measurements it takes until an error is as small as wanted.

    Attributes:
        of: Whose error it is: that of a prediction against a new measurement, which
            has its noise, or that of the fitted function over the candidates, which
            has none.
        want: The error that is wanted, in the unit of the target.
        now: The error now; None where fit and noise cannot be told apart.
        spread: Standard deviation of the target; an error of the fitted function that
            is larger than this is too large for the theory that gives it.
        verdict: `enough`: the error is small enough already. `more`: more rows get it
            there. `beyond`: more than ten times the rows at hand. `never`: not with
            this noise. `another model`: not with this model. `not settled`: fit and
            noise cannot be told apart.
        random: Number of further measurements: of the same kind as the rows for a new
            measurement, spread over the region for the function; None without one.
        least: Lower end of an interval that holds it in four of five tables; None as
            above.
        most: Its upper end; None where it is more than ten times the rows, or never.
        planned: Number of further measurements in the best order, for the function.
        floor: The error that more rows of the same kind do not fall below.
        why: What stands in the way; None where nothing does.
    """

    of: Literal["a new measurement", "the fitted function"]
    want: float
    now: float | None
    spread: float
    verdict: Verdict
    random: int | None
    least: int | None
    most: int | None
    planned: int | None
    floor: float
    why: str | None

    def headline(self) -> str:
        """Return the answer in one sentence, with its reason if there is one."""
        reason = "" if self.why is None else f": {self.why}"
        return f"{self.answer().removesuffix('.')}{reason}."

    def answer(self) -> str:
        """Return the answer in one sentence, without its reason."""
        if self.verdict == "not settled":
            return f"For {self.of} this cannot be told."
        assert self.now is not None
        off = short(self.now)
        if self.of == "the fitted function":
            off = bounded(self.now, self.spread)
        start = f"{self._subject()} is off by {off} now"
        if self.verdict == "enough":
            return f"{start}: that is small enough."
        if self.verdict == "more":
            return f"{start}; {short(self.want)} takes {self._numbers()}."
        if self.verdict == "beyond":
            return (
                f"{start}; {short(self.want)} takes more than {SPAN} times the rows at "
                f"hand{'' if self.least is None else f', at best {self.least} more'}."
            )
        if self.of == "the fitted function":
            return (
                f"{start} by noise alone; its misfit comes on top, which more rows do "
                "not mend."
            )
        with_ = "noise" if self.verdict == "never" else "model"
        return f"{start}; {short(self.want)} is never reached with this {with_}."

    def _subject(self) -> str:
        return self.of[0].upper() + self.of[1:]

    def _numbers(self) -> str:
        if self.random is None:
            return f"{self.planned} more measurements in the best order"
        most = f"more than {SPAN} times the rows" if self.most is None else self.most
        kind = "of the same kind" if self.planned is None else "spread over the region"
        best = "" if self.planned is None else f", or {self.planned} in the best order"
        count = plural(self.random, "more measurement")
        return f"about {count} {kind} ({self.least} to {most}){best}"


def more_for_new(
    want: float,
    forecast: ErrorForecast,
    noise: NoiseEstimate,
    references: References,
    unit: float,
) -> MoreSamples:
    """Return how many more rows until a new measurement is predicted well enough."""
    rows = int(forecast.n[0])
    n = np.arange(rows, SPAN * rows + 1)
    found = _first(n - rows, forecast.at(n), want)
    verdict, why = _verdict(found), None
    repeats = noise.pure_error if noise.source == "repeated measurements" else None
    least = max(forecast.floor, repeats or 0.0)
    if verdict in ("more", "beyond") and want <= least:
        verdict = "never"
        why = f"what is left with any number of rows is about {short(least)}"
        better = _better(references, unit, least)
        if better is not None and (repeats is None or repeats < want):
            verdict, why = "another model", better
    random = found[1] if verdict in ("enough", "more") else None
    return MoreSamples(
        of="a new measurement",
        want=want,
        now=forecast.now,
        spread=unit,
        verdict=verdict,
        random=random,
        least=found[0] if verdict in ("more", "beyond") else random,
        most=found[2] if verdict in ("enough", "more") else None,
        planned=None,
        floor=least,
        why=why,
    )


def more_for_function(
    want: float,
    now: float | None,
    rows: int,
    directions: SeenDirections,
    plan: Int[np.ndarray, " size"],
    power: float,
    noise: NoiseEstimate,
    references: References,
    unit: float,
    again: bool,
) -> MoreSamples:
    """Return how many more rows until the fitted function is known well enough.

    Args:
        want: The wanted error over the candidates, in the unit of the target.
        now: This error now.
        rows: Number of rows.
        directions: The directions in which the function can change.
        plan: Indices of candidates in the best order, the first of many measurements.
        power: Exponent of the foretold fall of the error.
        noise: How large the noise is.
        references: Other descriptions of the table.
        unit: Standard deviation of the target.
        again: Whether a candidate may be measured more than once.
    """
    misfit = noise.lack_of_fit is not None and noise.lack_of_fit < MISFIT
    why = _better(references, unit, math.inf) if references.clear else None
    if misfit:
        why = (
            "it misses the means of repeated measurements, which more rows do not mend"
        )
    if now is None or why is not None or not np.isfinite(directions.now):
        verdict = "another model" if why and now is not None else "not settled"
        why = why or "noise and misfit of the fit cannot be told apart"
        none = None, None, None, None
        return MoreSamples(
            "the fitted function", want, now, unit, verdict, *none, floor=0.0, why=why
        )
    m = np.arange((SPAN - 1) * rows + 1)
    spread = _first(m, _band(now, _spread(directions)(m), power), want)
    best = _first(m, _band(now, _planned(directions, plan, again)(m), power), want)
    verdict = _verdict(spread)
    if verdict == "beyond" and best[1] is not None:
        verdict = "more"
    return MoreSamples(
        of="the fitted function",
        want=want,
        now=now,
        spread=unit,
        verdict=verdict,
        random=spread[1],
        least=spread[0],
        most=spread[2],
        planned=best[1],
        floor=0.0,
        why=None,
    )


def _verdict(found) -> Verdict:
    return "beyond" if found[1] is None else "more" if found[1] else "enough"


def _first(more, band: Band, want: float) -> tuple[int | None, ...]:
    """Return the first numbers at which the ends and the middle of a band are small."""
    reached = [np.flatnonzero(line <= want) for line in band]
    return tuple(int(more[at[0]]) if len(at) else None for at in reached)


def _better(references: References, unit: float, least: float) -> str | None:
    """Say which other description leaves less, if one does."""
    best = references.better
    if best is None:
        return None
    error = unit * float(references.error[best]) ** 0.5
    if error >= least:
        return None
    return f"the {references.names[best]} leaves {short(error)} on unseen samples"


def _band(now: float, fall: Float[np.ndarray, " m"], power: float) -> Band:
    """The error and its ends, from the foretold fall of the variance."""
    log = power / 2 * np.log(fall)
    doubt = BASE + SHARE * np.abs(log)
    half = np.sqrt(np.log(UNSURE) ** 2 + np.where(log < 0, doubt, 0) ** 2)
    error = now * np.exp(log)
    return error * np.exp(-half), error, error * np.exp(half)


def _spread(directions: SeenDirections) -> Fall:
    """The fall of the variance by measurements that are spread over the region."""
    anywhere = np.arange(len(directions.q))
    return lambda m: directions.foretold(NONE, anywhere, m) / directions.now


def _planned(directions: SeenDirections, plan: np.ndarray, again: bool) -> Fall:
    """The fall by measurements in the order of a plan.

    After it every measurement adds the mean information of its second half, where it
    has settled; a pool that may be measured only once is then exhausted or nearly so,
    and nothing more is promised.
    """
    count = len(plan)
    later = (directions.variance(plan[: size + 1]) for size in range(count))
    early = np.array([directions.now, *later])
    rest = plan[count // 2 + 1 :] if again else NONE

    def fall(m):
        late = directions.foretold(plan, rest, np.maximum(m - count, 0))
        return np.where(m <= count, early[np.minimum(m, count)], late) / directions.now

    return fall
