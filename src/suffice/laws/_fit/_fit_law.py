"""What a table says of the parameters of a law."""

import dataclasses

import jax
import numpy as np
import scipy.stats
from jaxtyping import Array, Key

from suffice._core import (
    EPS,
    lack_of_fit,
    plural,
    pure_error,
    short,
)
from suffice.laws._determined._structure import Determined, determined_at
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import predictions, slopes, with_values

from ._checks import residual_checks, UNSETTLED
from ._estimate import exact, ParameterEstimate, without_interval
from ._law_fit import LawFit
from ._least_squares import best_fit, Least, STARTS
from ._measurements import law_for, measured, Measurements, Table, Targets
from ._mirrors import mirrors
from ._profile import profile

HELD = 1e-3  # standard errors from a bound, below which a value stays there
ROUNDING = 1e-24  # of the squares of the data: below it a law meets them exactly


def fit_law(
    law: object,
    table: Table,
    target: Targets | None = None,
    *,
    error: Targets | None = None,
    level: float = 0.95,
    starts: int = STARTS,
    key: Key[Array, ""] | None = None,
) -> LawFit:
    """Fit a law to a table, from many starts, with intervals of its parameters.

    Every parameter comes with two intervals: one from the linearised law, and one from
    the profile of the sum of squares, whose ends may be open. Solutions that fit
    equally well are listed.

    Args:
        law: A `Law`, at whose values the fit starts and whose bounds it respects; or a
            function, whose arguments that are columns of the table are its inputs.
        table: A text or Parquet file, a data frame, or what was read already.
        target: Name of the target column; names where the law has several outputs.
        error: Name of a column of known standard deviations of the rows, or names, one
            for each target; without it all rows and targets count alike, and the noise
            comes from the residuals.
        level: Confidence of the intervals, between 0 and 1.
        starts: Number of starts, at least 1.
        key: Random key of the starts; None takes `jax.random.key(0)`.

    Returns:
        The fit.

    Raises:
        ValueError: There are fewer distinct inputs than parameters, or the law is
            finite at no start.
        TableError: The table cannot be read.

    Source:
        Bates and Watts, Nonlinear Regression Analysis, 1988.

    Examples:
        >>> import pandas as pd
        >>> def decay(t, a=1.0, k=1.0):
        ...     return a * jnp.exp(-k * t)
        >>> t = np.linspace(0.0, 3.0, 8)
        >>> table = pd.DataFrame({"t": t, "y": 2 * np.exp(-0.5 * t)})
        >>> fit = sf.laws.fit_law(decay, table, "y")
        >>> {name: round(value, 6) for name, value in fit.law.parameters.items()}
        {'a': 2.0, 'k': 0.5}
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}; expected a number between 0 and 1.")
    if starts < 1:
        raise ValueError(f"starts is {starts}; expected at least 1.")
    law = law_for(law, table, target, error)
    data = measured(law, table, target, error)
    key = jax.random.key(0) if key is None else key
    least = best_fit(law, data, starts=starts, key=key)
    distinct = np.unique(data.x, axis=0)
    rows = f"the {plural(len(distinct), 'distinct input')} of {data.source}"
    seen = determined_at(with_values(law, least.values), distinct, rows, key=key)
    return fitted(law, data, least, level, seen)


def fitted(
    law: Law,
    data: Measurements,
    least: Least,
    level: float,
    seen: Determined | None = None,
) -> LawFit:
    """The intervals and the checks of a fit that was found.

    Args:
        law: The law.
        data: The measurements.
        least: The best fit.
        level: Confidence of the intervals.
        seen: What these inputs determine; None takes that they determine everything.
    """
    names = law.names if seen is None else seen.determined
    rank = None if seen is None else seen.rank.lower
    j = slopes(with_values(law, least.values), data.x, data.weight)
    inverse = _inverse(j, rank)
    if _met(data, least):
        least = _without_rounding(data, least, inverse)
    law = with_values(law, least.values)
    p, outputs = len(law.names), len(data.targets)
    freedom = j.shape[0] - (p if rank is None else rank)
    noise = least.squares / freedom if freedom > 0 else np.inf
    noise = 1.0 if data.known else noise
    jumping = () if seen is None else seen.undecided
    about = names, jumping, noise, freedom, level
    estimates = _estimates(law, data, least, inverse, *about)
    spread, weakest = _weakest(_relative(j, law), noise)
    leverage = np.einsum("ij,jk,ik->i", j, inverse, j).reshape(-1, outputs)
    within, repeats = _repeats(data)
    sizes = np.sqrt(np.diag(inverse))
    sizes = np.where(sizes > 0, sizes, 1.0)
    return LawFit(
        law=law,
        data=data,
        table=data.source,
        rows=len(data.x),
        distinct=data.distinct,
        estimates=estimates,
        squares=least.squares,
        residual=(least.squares / freedom) ** 0.5 if freedom > 0 else None,
        pure_error=(within / repeats) ** 0.5 if repeats else None,
        freedom=repeats,
        misfit=_misfit(data, least.squares, within, repeats, freedom),
        correlations=inverse / sizes / sizes[:, None],
        spread=spread,
        weakest=dict(zip(law.names, map(float, weakest), strict=True)),
        leverage=leverage.max(1),
        others=tuple(
            dict(zip(law.names, map(float, values), strict=True))
            for values in (
                mirrors(law, data, least, inverse) if rank in (None, p) else ()
            )
        ),
        checks=(*_checks(law, data, least, leverage), *_at_bounds(law, estimates)),
        determined=seen,
    )


def _weakest(relative: np.ndarray, noise: float) -> tuple[float, np.ndarray]:
    """How unequally directions are seen, and one standard error of the worst one."""
    eigen, vectors = np.linalg.eigh(relative.T @ relative)
    worst = vectors[:, 0] * np.sign(vectors[np.abs(vectors[:, 0]).argmax(), 0])
    if not eigen[0] > EPS * eigen[-1]:
        return np.inf, worst
    size = (noise / eigen[0]) ** 0.5 if np.isfinite(noise) else 1.0
    return float(eigen[-1] / eigen[0]), worst * size


def _relative(j: np.ndarray, law: Law) -> np.ndarray:
    """Derivatives by the logarithms of the parameters."""
    values = np.asarray(law.values)
    return j * np.where(values == 0, 1.0, values)


def _inverse(j: np.ndarray, rank: int | None) -> np.ndarray:
    """The inverse of `J'J`, in the directions that are seen."""
    size = np.linalg.norm(j, axis=0)
    size = np.where(size > 0, size, 1.0)
    _, sigma, vectors = np.linalg.svd(j / size, full_matrices=False)
    kept = vectors[:rank] / sigma[:rank, None] / size
    return kept.T @ kept


def _repeats(data: Measurements) -> tuple[float, int]:
    """Squares and freedom of repeats, over all outputs."""
    weights = data.weight**2
    parts = [
        pure_error(y, data.groups, w) for y, w in zip(data.y.T, weights.T, strict=True)
    ]
    return sum(s for s, _ in parts), sum(f for _, f in parts)


def _misfit(data, squares, within, repeats, freedom) -> float | None:
    if data.known:
        return float(scipy.stats.chi2.sf(squares, freedom)) if freedom > 0 else None
    return lack_of_fit(squares, within, freedom - repeats, repeats)


def _checks(law, data, least, leverage) -> tuple[str, ...]:
    """What is wrong with a fit; rounding errors are no residuals."""
    if _met(data, least):
        return ()
    said = residual_checks(data, predictions(law, data.x), leverage, len(law.names))
    return said if least.settled else (UNSETTLED, *said)


def _at_bounds(law: Law, estimates: tuple[ParameterEstimate, ...]) -> list[str]:
    """Which parameters a bound holds."""
    return [
        f"{e.name} stays at its bound {short(bound, 4)}, where errors of the "
        "linearised law do not hold; without the bound the data may say another value."
        for e, bounds in zip(estimates, law.bounds, strict=True)
        for bound in bounds
        if np.isfinite(e.error) and abs(e.value - bound) < HELD * e.error
    ]


def _size(data: Measurements) -> float:
    """The weighted sum of squares of the data."""
    return float(((data.y * data.weight) ** 2).sum())


def _met(data: Measurements, least: Least) -> bool:
    """Whether the law meets the data to rounding."""
    return least.squares <= ROUNDING * _size(data)


def _without_rounding(data: Measurements, least: Least, inverse: np.ndarray) -> Least:
    """The fit with zeros in place of values that rounding errors of the data reach."""
    rounding = np.sqrt(ROUNDING * _size(data) * np.diag(inverse))
    values = np.where(np.abs(least.values) <= rounding, 0.0, least.values)
    return dataclasses.replace(least, values=values)


def _estimates(
    law, data, least, inverse, names, jumping, noise, freedom, level
) -> tuple[ParameterEstimate, ...]:
    """The intervals of all parameters."""
    tail = (1 - level) / 2
    normal = data.known or freedom <= 0
    t = float(
        scipy.stats.norm.isf(tail) if normal else scipy.stats.t.isf(tail, freedom)
    )
    found = []
    for index, name in enumerate(law.names):
        value = float(least.values[index])
        if name not in names or not np.isfinite(noise):
            seen = (name in names, name in jumping)
            found.append(without_interval(name, value, *seen))
            continue
        if _met(data, least) and not data.known:
            found.append(exact(name, value))
            continue
        error = float((noise * inverse[index, index]) ** 0.5)
        limit = least.squares + noise * t**2
        seen = profile(law, data, least, index, error, limit)
        found.append(
            ParameterEstimate(
                name,
                value,
                error,
                (value - t * error, value + t * error),
                (seen.low, seen.high),
                (seen.open_low, seen.open_high),
                True,
                seen,
            )
        )
    return tuple(found)
