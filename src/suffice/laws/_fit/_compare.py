"""Which of several laws a table supports, and what would tell them apart."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import scipy.stats
from jaxtyping import Array, Float, Key

from suffice._core import group_means, numpy_rng, Result, short
from suffice._core.literature import bases
from suffice.auditing import Region
from suffice.laws._determined._places import places
from suffice.laws._determined._words import joined
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import predictions, slopes, with_values

from ._least_squares import best_fit, descend, Least, STARTS
from ._measurements import law_for, measured, Measurements, Table, Targets

FOLDS = 10
NESTED = 1e-10  # share of the squares of a law that another one leaves of it
LEVEL = 0.05
PLACES = 512


@dataclasses.dataclass(frozen=True)
class Comparison(Result):
    """Several laws fitted to the same table.

    Attributes:
        names: The laws.
        parameters: Their numbers of free parameters.
        squares: Their weighted sums of squared residuals.
        aicc: Akaike's criterion for small samples, less that of the best law.
        unseen: Root mean square error on unseen inputs, by cross-validation over
            distinct inputs.
        behind: By how much the mean square on unseen inputs is above the least one.
        behind_error: Standard error of this difference, over distinct inputs.
        nested: For each pair of a law and one that contains it: their names, and the
            probability that the smaller one is left so far behind by chance (F-test).
        chosen: The law with the fewest parameters that is behind by at most one
            standard error.
        apart: The input at which a measurement tells the best two apart most clearly.
        difference: How far their predictions are apart there, in standard deviations of
            a measurement; None where the noise is not known.
    """

    grounds = bases.LAW_FIT

    names: tuple[str, ...]
    parameters: tuple[int, ...]
    squares: tuple[float, ...]
    aicc: tuple[float, ...]
    unseen: tuple[float, ...]
    behind: tuple[float, ...]
    behind_error: tuple[float, ...]
    nested: tuple[tuple[str, str, float], ...]
    chosen: str
    apart: dict[str, float]
    difference: float | None

    def headline(self) -> str:
        """The law, by how much, and what would tell."""
        place = self.names.index(self.chosen)
        where = joined([f"{name} = {short(x, 4)}" for name, x in self.apart.items()])
        told = f" Measurements at {where} tell them apart best." if self.apart else ""
        own, best = self.unseen[place], min(self.unseen)
        least = "the least" if own == best else f"and the best by {short(best)}"
        return (
            f"{self.chosen} is the law to take among {joined(self.names)}: on "
            f"unseen inputs it is off by {short(own)}, {least}.{told}"
        )

    def shown(self) -> dict[str, Any]:
        """Every law with its numbers, and the tests of nested ones."""
        numbers = zip(
            self.names, self.parameters, self.aicc, self.unseen, self.behind,
            self.behind_error, strict=True,
        )  # fmt: skip
        rows = {
            name: f"{p} parameters, AICc +{short(a)}, unseen {short(u)}, "
            f"mean square behind by {short(b)} ± {short(e)}"
            for name, p, a, u, b, e in numbers
        }
        tests = {
            f"{small} within {large}": f"p = {p:.2g}" for small, large, p in self.nested
        }
        return rows | tests


def compare_laws(
    laws: Sequence[object],
    table: Table,
    target: Targets | None = None,
    *,
    error: Targets | None = None,
    region: Region | None = None,
    starts: int = STARTS,
    key: Key[Array, ""] | None = None,
) -> Comparison:
    """Compare laws of the same inputs on one table.

    They are judged by cross-validation over distinct inputs with the same folds, by
    Akaike's criterion and, where one law contains another, by the F-test.

    Args:
        laws: At least two laws with different names and the same inputs; functions as
            for `fit_law`.
        table: A text or Parquet file, a data frame, or what was read already.
        target: Name of the target column, or names.
        error: Name of the column of known standard deviations of the rows; names, one
            for each target.
        region: Where a measurement could tell them apart; None takes the measured
            ranges.
        starts: Number of starts of each fit.
        key: Random key of the starts and folds; None takes `jax.random.key(0)`.

    Returns:
        Which law the table supports, and the evidence.

    Raises:
        ValueError: There are fewer than two laws, their names repeat, or their inputs
            differ.

    Source:
        Burnham and Anderson 2002 (AICc); Breiman et al. 1984 (one standard error);
        Atkinson and Fedorov 1975 (discrimination).

    Examples:
        >>> import pandas as pd
        >>> def line(t, a=1.0, b=1.0):
        ...     return a + b * t
        >>> def decay(t, a=1.0, k=1.0):
        ...     return a * jnp.exp(-k * t)
        >>> t = np.linspace(0.0, 3.0, 8)
        >>> table = pd.DataFrame({"t": t, "y": 2 * np.exp(-t)})
        >>> sf.laws.compare_laws([line, decay], table, "y").chosen
        'decay'
    """
    laws = [law_for(law, table, target, error) for law in laws]
    names = [law.name for law in laws]
    if len(laws) < 2 or len(set(names)) < len(names):
        raise ValueError(
            f"laws are {joined(names) or 'none'}; expected at least two of different "
            "names."
        )
    if any(law.inputs != laws[0].inputs for law in laws):
        raise ValueError(
            f"{names[0]} has the inputs {', '.join(laws[0].inputs)}, and another law "
            "has others; name them in the same order."
        )
    key = jax.random.key(0) if key is None else key
    data = measured(laws[0], table, target, error)
    for law in laws:
        measured(law, data, None, None)
    fits = [best_fit(law, data, starts=starts, key=key) for law in laws]
    best = [with_values(law, fit.values) for law, fit in zip(laws, fits, strict=True)]
    errors = np.stack([_unseen(law, data, key) for law in best])
    return _judged(best, data, fits, errors, region)


def _judged(
    laws: list[Law],
    data: Measurements,
    fits: list[Least],
    errors: np.ndarray,
    region: Region | None,
) -> Comparison:
    counts = [len(law.names) for law in laws]
    mean = errors.mean(1)
    leader = int(mean.argmin())
    apart = errors - errors[leader]
    error = apart.std(1, ddof=1) / apart.shape[1] ** 0.5
    behind = mean - mean[leader]
    able = [i for i in range(len(laws)) if behind[i] <= error[i]]
    chosen = min(able, key=lambda i: (counts[i], mean[i]))
    aicc = np.array(
        [_aicc(f.squares, c, data) for f, c in zip(fits, counts, strict=True)]
    )
    second = int(np.argsort(mean)[1])
    place, difference = _telling(laws[leader], laws[second], data, fits[leader], region)
    return Comparison(
        names=tuple(law.name for law in laws),
        parameters=tuple(counts),
        squares=tuple(fit.squares for fit in fits),
        aicc=tuple(map(float, aicc - aicc.min())),
        unseen=tuple(map(float, mean**0.5)),
        behind=tuple(map(float, behind)),
        behind_error=tuple(map(float, error)),
        nested=tuple(_tests(laws, data, fits)),
        chosen=laws[chosen].name,
        apart=place,
        difference=difference,
    )


def _aicc(squares: float, parameters: int, data: Measurements) -> float:
    """The criterion; the noise is a parameter too unless it is known."""
    n, k = data.y.size, parameters + (not data.known)
    fit = squares if data.known else n * np.log(max(squares, 1e-300) / n)
    return fit + 2 * k + (2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf)


def _unseen(law: Law, data: Measurements, key) -> np.ndarray:
    """Mean squared weighted error at every distinct input, which was left out."""
    order = numpy_rng(key).permutation(data.distinct)
    fold = np.empty(data.distinct, int)
    fold[order] = np.arange(data.distinct) % min(FOLDS, data.distinct)
    squares = np.zeros(len(data.x))
    for number in range(fold.max() + 1):
        out = fold[data.groups] == number
        found = descend(law, data.only(~out), np.asarray(law.values))
        values = np.asarray(law.values) if found is None else found.values
        left = predictions(with_values(law, values), data.x[out]) - data.y[out]
        squares[out] = ((left * data.weight[out]) ** 2).mean(1)
    return group_means(squares, data.groups)


def _tests(laws: list[Law], data: Measurements, fits: list[Least]):
    for i, small in enumerate(laws):
        for j, large in enumerate(laws):
            p = len(large.names)
            freedom = data.y.size - p
            if len(small.names) >= p or freedom < 1:
                continue
            if not _contains(large, small, data):
                continue
            more = (fits[i].squares - fits[j].squares) / (p - len(small.names))
            left = fits[j].squares / freedom
            ratio = max(more, 0.0) / left if left > 0 else np.inf
            chance = scipy.stats.f.sf(ratio, p - len(small.names), freedom)
            yield small.name, large.name, float(chance)


def _contains(large: Law, small: Law, data: Measurements) -> bool:
    """Whether the larger law can take the values of the smaller one."""
    made = dataclasses.replace(data, y=predictions(small, data.x))
    found = best_fit(large, made, key=jax.random.key(1))
    total = float(((made.y * data.weight) ** 2).sum())
    return found.squares <= NESTED * total


def _telling(
    one: Law, other: Law, data: Measurements, fit: Least, region: Region | None
):
    """Where the predictions differ most, measured by their uncertainty."""
    where = places(one.inputs, region, data.ranges)
    x = where.spread(PLACES)
    if region is None:
        x = np.concatenate([x, np.unique(data.x, axis=0)])
    freedom = data.y.size - len(one.names)
    noise = 1.0 if data.known else (fit.squares / freedom if freedom > 0 else np.nan)
    gap = (predictions(one, x) - predictions(other, x)) * data.typical
    spread = sum(_variance(law, data, x) for law in (one, other))
    if not noise > 0:
        return {}, None
    size = (gap**2 / (noise * (1 + spread))).sum(1)
    if not np.isfinite(size).any():
        return {}, None
    best = int(np.nanargmax(size))
    place = dict(zip(one.inputs, map(float, x[best]), strict=True))
    return place, float(np.linalg.norm(gap[best]) / noise**0.5)


def _variance(law: Law, data: Measurements, x: Float[np.ndarray, "m inputs"]):
    """Variance of predictions, in units of the noise."""
    j = slopes(law, data.x, data.weight)
    near = slopes(law, x, np.broadcast_to(data.typical, (len(x), data.typical.size)))
    q = near @ np.linalg.pinv(j)
    return (q**2).sum(1).reshape(len(x), -1)
