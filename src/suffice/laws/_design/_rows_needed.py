"""How many more rows until a parameter is known as well as wanted."""

import dataclasses
from typing import Any

import jax
import numpy as np
import scipy.stats
from jaxtyping import Array, Bool, Float, Key
from scipy.stats import qmc

from suffice._core import numpy_rng, plural, Result, short
from suffice._core.literature import bases
from suffice.auditing import Region
from suffice.laws._fit._estimate import ParameterEstimate
from suffice.laws._fit._law_fit import LawFit

from ._candidates import SPREAD
from ._design import candidates_of
from ._exchange import greedy
from ._information import goal_of, relative_slopes

MOST = 2000  # rows that are looked at
REPEATS = 100
OPEN = (
    "The interval is open at one end at least, where the linearised law says little: "
    "take these numbers as the fewest."
)


@dataclasses.dataclass(frozen=True)
class RowsNeeded(Result):
    """How many more rows a parameter needs for a wanted error.

    Attributes:
        name: The parameter.
        now: Its standard error now; or how far its interval reaches.
        want: The same as it is wanted.
        interval: Whether both are the reach of an interval, to the farther side.
        planned: Rows of a plan for this parameter.
        by_determinant: Rows of a plan for all parameters together (D).
        repeated: Rows, if the measurements so far are repeated.
        uniform: Rows, if inputs are drawn evenly from the ranges; the median.
        x: Inputs of the plan for this parameter, in the order to measure them.
        note: What limits the answer, or None.

    A number of rows is None where more than 2000 are needed.
    """

    grounds = bases.LAW_DESIGN

    name: str
    now: float
    want: float
    interval: bool
    planned: int | None
    by_determinant: int | None
    repeated: int | None
    uniform: int | None
    x: Float[np.ndarray, "planned inputs"]
    note: str | None = None

    def headline(self) -> str:
        """The numbers of rows in one sentence."""
        now, want = short(self.now), short(self.want)
        if self.planned == 0 and self.interval:
            return f"The interval of {self.name} reaches {now} to each side already."
        if self.planned == 0:
            return f"{self.name} has a standard error of {now} already."
        asked = f"For a standard error of {want} instead of {now}"
        if self.interval:
            asked = f"For an interval of {want} to each side instead of {now}"
        return (
            f"{asked}, {self.name} needs {_more(self.planned)} planned for it, "
            f"{_more(self.repeated)} if the measurements are repeated, and "
            f"{_more(self.uniform)} at random inputs."
        )

    def shown(self) -> dict[str, Any]:
        """What limits the answer."""
        return {"note": self.note}


def _more(rows: int | None) -> str:
    return f"more than {MOST} rows" if rows is None else plural(rows, "more row")


def rows_needed(
    fit: LawFit,
    name: str,
    want: float,
    *,
    interval: bool = False,
    region: Region | None = None,
    pool: Float[np.ndarray, "candidates inputs"] | None = None,
    key: Key[Array, ""] | None = None,
) -> RowsNeeded:
    """Count the rows that a parameter needs for a wanted standard error or interval.

    The noise of the fit and the linearised law foretell the error after more rows. Of
    an interval, the quantile of Student's distribution falls with every row; by how
    much the profile reaches farther than the linearised law is taken to stay.

    Args:
        fit: The fit.
        name: The parameter.
        want: The standard error that is wanted, above 0, in units of the parameter; or
            how far its interval may reach to each side.
        interval: Whether `want` is the reach of the interval, with the level of the
            fit.
        region: Where one may measure, as for `sf.audit`; other inputs keep to their
            measured ranges.
        pool: The candidates themselves, in place of a region.
        key: Random key of the random inputs; None takes `jax.random.key(0)`.

    Returns:
        The numbers of rows for several ways of measuring, and the planned inputs.

    Raises:
        ValueError: The parameter is not determined, or `want` is not above 0.

    Source:
        Derived and verified here, by simulation of the enlarged tables.

    Examples:
        >>> import pandas as pd
        >>> def line(x, a=1.0, b=1.0):
        ...     return a + b * x
        >>> x = np.arange(10.0)
        >>> table = pd.DataFrame({"x": x, "y": x + np.cos(9 * x)})
        >>> fit = sf.laws.fit_law(line, table, "y")
        >>> half = fit["b"].error / 2
        >>> sf.laws.rows_needed(fit, "b", half).repeated  # four times the rows: 30 more
        30
    """
    if not want > 0 or not np.isfinite(want):
        raise ValueError(f"want is {want:g}; expected a finite number above 0.")
    if not np.isfinite(fit[name].error):
        raise ValueError(
            f"{name} is not determined by these inputs: no number of rows at them "
            "helps. See which combination is, or design for it."
        )
    law, x, where = candidates_of(fit, region, pool)
    now, errors = _wanted(fit, fit[name], want, interval)
    note = " ".join(filter(None, (law.note, OPEN * (interval and any(fit[name].open)))))
    about = {"name": name, "now": now, "want": want, "interval": interval}
    about["note"] = note or None
    if now <= want:
        return RowsNeeded(
            planned=0, by_determinant=0, repeated=0, uniform=0, x=x[:0], **about
        )
    index, values = law.names.index(name), np.asarray(law.values)
    scale = 1.0 if values[index] == 0 else abs(float(values[index]))
    limits = (errors / (fit.noise * scale)) ** 2
    weight = fit.data.typical
    own, joint = (
        goal_of(law, x, fit.data, weight, np.ones(len(x)), criterion, values[None])
        for criterion in (name, "D")
    )
    order, together = _order(own, index, limits), _order(joint, index, limits)
    even = _evenly(x) if where is not None and where.box else x
    slopes = relative_slopes(law, even, values, weight)
    before = own.before[0] + own.ridge[0]
    key = jax.random.key(0) if key is None else key
    share = fit.rows / (fit.rows + np.arange(MOST + 1))  # of the variance now
    return RowsNeeded(
        planned=None if order is None else len(order),
        by_determinant=None if together is None else len(together),
        repeated=_first(fit[name].error ** 2 * share <= errors**2),
        uniform=_uniform(slopes, before, index, limits, key),
        x=x[order or []],
        **about,
    )


def _wanted(
    fit: LawFit, estimate: ParameterEstimate, want: float, interval: bool
) -> tuple[float, Float[np.ndarray, " more"]]:
    """The error now, and the standard error that is enough after so many more rows."""
    if not interval or estimate.error == 0:
        return estimate.error, np.full(MOST + 1, want)
    value, reach = estimate.value, estimate.linear[1] - estimate.value
    ends = np.subtract(estimate.interval, value)
    now = reach if any(estimate.open) else float(max(abs(ends)))
    quantile = reach / estimate.error
    if not fit.data.known:
        tail = scipy.stats.t.sf(quantile, fit.left)
        more = fit.data.y.shape[1] * np.arange(MOST + 1)
        quantile = scipy.stats.t.isf(tail, fit.left + more)
    farther = max(now / reach, 1.0)  # the profile than the linearised law
    return now, np.broadcast_to(want / farther / quantile, MOST + 1)


def _first(enough: Bool[np.ndarray, " more"]) -> int | None:
    """The first number of rows that is enough."""
    return int(enough.argmax()) if enough.any() else None


def _order(goal, index: int, limits: Float[np.ndarray, " more"]) -> list[int] | None:
    """Greedy rows until the variance of a parameter is below its limit."""
    chosen: list[int] = []
    information = goal.before[0]
    rows = greedy(goal)
    while (
        np.linalg.inv(information + goal.ridge[0])[index, index] > limits[len(chosen)]
    ):
        if len(chosen) == MOST:
            return None
        best, after = next(rows)
        chosen.append(best)
        information = after[0] - goal.ridge[0]
    return chosen


def _evenly(x: np.ndarray) -> np.ndarray:
    """Inputs spread evenly over the box of the candidates."""
    unit = qmc.Sobol(x.shape[1], seed=0).random(SPREAD)
    return x.min(0) + unit * np.ptp(x, axis=0)


def _uniform(slopes, before, index: int, limits, key) -> int | None:
    """The median number of rows at random inputs."""
    rng = numpy_rng(key)
    counts = []
    for _ in range(REPEATS):
        rows = slopes[rng.integers(len(slopes), size=MOST)]
        total = np.cumsum(np.einsum("coi,coj->cij", rows, rows), axis=0)
        total = np.concatenate([np.zeros_like(total[:1]), total]) + before
        enough = _first(np.linalg.inv(total)[:, index, index] <= limits)
        counts.append(MOST + 1 if enough is None else enough)
    median = float(np.median(counts))
    return int(np.ceil(median)) if median <= MOST else None
