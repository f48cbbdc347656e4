"""How many more rows until a parameter is known as well as wanted."""

import dataclasses

import jax
import numpy as np
from jaxtyping import Array, Float, Key
from scipy.stats import qmc

from suffice._core import numpy_rng, Result, short
from suffice._core.literature import bases
from suffice.auditing import Region
from suffice.laws._fit._law_fit import LawFit

from ._candidates import SPREAD
from ._design import candidates_of
from ._exchange import greedy
from ._information import goal_of, relative_slopes

MOST = 2000  # rows that are looked at
REPEATS = 100


@dataclasses.dataclass(frozen=True)
class RowsNeeded(Result):
    """How many more rows a parameter needs for a wanted standard error.

    Attributes:
        name: The parameter.
        now: Its standard error now.
        want: The standard error that is wanted.
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
    planned: int | None
    by_determinant: int | None
    repeated: int | None
    uniform: int | None
    x: Float[np.ndarray, "planned inputs"]
    note: str | None = None

    def headline(self) -> str:
        """The numbers of rows in one sentence."""
        if self.planned == 0:
            return f"{self.name} has a standard error of {short(self.now)} already."
        return (
            f"For a standard error of {short(self.want)} instead of "
            f"{short(self.now)}, {self.name} needs {_more(self.planned)} rows that are "
            f"planned for it, {_more(self.repeated)} if the measurements are repeated, "
            f"and {_more(self.uniform)} at random inputs."
        )


def _more(rows: int | None) -> str:
    return f"more than {MOST}" if rows is None else f"{rows} more"


def rows_needed(
    fit: LawFit,
    name: str,
    want: float,
    *,
    region: Region | None = None,
    pool: Float[np.ndarray, "candidates inputs"] | None = None,
    key: Key[Array, ""] | None = None,
) -> RowsNeeded:
    """Count the rows that a parameter needs for a wanted standard error.

    The noise of the fit and the linearised law foretell the error after more rows. A
    95 % interval reaches about two standard errors to each side.

    Args:
        fit: The fit.
        name: The parameter.
        want: The standard error that is wanted, above 0, in units of the parameter.
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
    """
    now = fit[name].error
    if not want > 0 or not np.isfinite(want):
        raise ValueError(f"want is {want:g}; expected a finite number above 0.")
    if not np.isfinite(now):
        raise ValueError(
            f"{name} is not determined by these inputs: no number of rows at them "
            "helps. See which combination is, or design for it."
        )
    law, x, between = candidates_of(fit, region, pool)
    if now <= want:
        return RowsNeeded(name, now, want, 0, 0, 0, 0, x[:0], law.note)
    index, values = law.names.index(name), np.asarray(law.values)
    scale = 1.0 if values[index] == 0 else abs(float(values[index]))
    limit = (want / (fit.noise * scale)) ** 2
    own, joint = (
        goal_of(law, x, fit.data.x, np.ones(len(x)), criterion, values[None])
        for criterion in (name, "D")
    )
    order = _order(own, index, limit)
    ratio = (now / want) ** 2
    repeated = max(int(np.ceil(fit.rows * (ratio - 1))), 0)
    even = _evenly(x) if between else x
    before = own.before[0] + own.ridge[0]
    key = jax.random.key(0) if key is None else key
    uniform = _uniform(law, even, before, index, limit, key)
    together = _order(joint, index, limit)
    return RowsNeeded(
        name=name,
        now=now,
        want=want,
        planned=None if order is None else len(order),
        by_determinant=None if together is None else len(together),
        repeated=repeated if repeated <= MOST else None,
        uniform=uniform,
        x=x[order or []],
        note=law.note,
    )


def _order(goal, index: int, limit: float) -> list[int] | None:
    """Greedy rows until the variance of a parameter is below a limit."""
    chosen: list[int] = []
    information = goal.before[0]
    rows = greedy(goal)
    while np.linalg.inv(information + goal.ridge[0])[index, index] > limit:
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


def _uniform(law, x, before, index: int, limit: float, key) -> int | None:
    """The median number of rows at random inputs."""
    rng = numpy_rng(key)
    slopes = relative_slopes(law, x, np.asarray(law.values))
    counts = []
    for _ in range(REPEATS):
        rows = slopes[rng.integers(len(slopes), size=MOST)]
        total = np.cumsum(np.einsum("coi,coj->cij", rows, rows), axis=0)
        total = np.concatenate([np.zeros_like(total[:1]), total]) + before
        enough = np.linalg.inv(total)[:, index, index] <= limit
        counts.append(int(enough.argmax()) if enough.any() else MOST + 1)
    median = float(np.median(counts))
    return int(np.ceil(median)) if median <= MOST else None
