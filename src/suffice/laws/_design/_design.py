"""Where to measure, so that the parameters of a law are known best."""

import dataclasses
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import check_numbers, percent, plural, Result, short
from suffice._core.literature import bases
from suffice.auditing import Region
from suffice.laws._determined._places import Places, places
from suffice.laws._determined._words import joined
from suffice.laws._fit._bootstrap import bootstrapped
from suffice.laws._fit._law_fit import LawFit
from suffice.laws._formula._law import Law, law_of

from ._candidates import candidates
from ._exchange import exchanged, ordered
from ._information import Criterion, Goal, goal_of
from ._weights import best_weights, merged

DRAWS = 32


@dataclasses.dataclass(frozen=True)
class Design(Result):
    """Where to measure.

    Attributes:
        law: Name of the law.
        inputs: Names of the inputs.
        criterion: What it is best for: `D`, `A`, `I` or a parameter.
        x: Distinct inputs to measure at, one per row.
        share: Share of the measurements, or of the budget, at each of them.
        rows: Rows to take at each of them; None for a design in shares.
        batches: Rows to take at each of them in every batch; empty in shares.
        efficiency: A lower bound of its efficiency among all designs on the candidates;
            None for a design in rows.
        errors: Expected standard error of each parameter, relative to its value: after
            these rows and those before, or for a design in shares after one row, in
            units of the noise. With known standard deviations a new row has a typical
            one of the table.
        robust: Whether it is best on average over the uncertainty of the parameters.

    Examples:
        >>> def decay(t, a=2.0, k=0.5):
        ...     return a * jnp.exp(-k * t)
        >>> region = sf.auditing.Region(range={"t": (0.0, 10.0)})
        >>> best = sf.design(decay, size=6, region=region)
        >>> print(best.headline())
        Measure decay at t = 0 (3 rows) and at t = 2 (3 rows).
    """

    grounds = bases.LAW_DESIGN

    law: str
    inputs: tuple[str, ...]
    criterion: str
    x: Float[np.ndarray, "k inputs"]
    share: Float[np.ndarray, " k"]
    rows: tuple[int, ...] | None
    batches: tuple[tuple[int, ...], ...]
    efficiency: float | None
    errors: dict[str, float]
    robust: bool

    def headline(self) -> str:
        """The places and how often, in one sentence."""
        if self.rows is None:
            often = [percent(share) for share in self.share]
        else:
            often = [plural(count, "row") for count in self.rows]
        places = [
            f"at {self._place(x)} ({count})"
            for x, count in zip(self.x, often, strict=True)
        ]
        return f"Measure {self.law} {joined(places)}."

    def shown(self) -> dict[str, Any]:
        """The criterion, and the expected errors of a design in rows."""
        errors = {f"error of {name}": percent(e) for name, e in self.errors.items()}
        return {
            "criterion": self.criterion,
            "efficiency": self.efficiency and f"at least {percent(self.efficiency)}",
            "robust": self.robust,
            **(errors if self.rows is not None else {}),
        }

    def _place(self, x: np.ndarray) -> str:
        pairs = zip(self.inputs, x, strict=True)
        return " and ".join(f"{name} = {short(value, 4)}" for name, value in pairs)


def design(
    law: object,
    *,
    criterion: Criterion = "D",
    size: int | None = None,
    batches: int = 1,
    region: Region | None = None,
    pool: Float[np.ndarray, "candidates inputs"] | None = None,
    cost: Float[np.ndarray, " candidates"] | None = None,
    robust: bool = False,
    key: Key[Array, ""] | None = None,
) -> Design:
    """Choose where to measure, for a law at its values or after a fit.

    `D` makes the joint region of all parameters small, `A` their mean squared relative
    error, `I` the error of predictions over the candidates; the name of a parameter
    makes its own error small. Without a size the design is in shares, as if nothing
    was measured before, and comes with a certificate. With a size it is in rows, which
    add to those of the fit.

    The best places depend on the parameters: choose again after each batch, or let
    `robust` average over their uncertainty. A design for one parameter may not
    determine the others: add it to other measurements.

    Args:
        law: The law at values of its parameters that are about right, or a function, as
            for `identify`; or a fit.
        criterion: `D`, `A`, `I` or the name of a free parameter.
        size: Number of rows, at least 1; None for shares.
        batches: Into how many batches the rows are divided, at most `size`: the first
            ones serve best, should the others never be measured.
        region: Where one may measure, as for `sf.audit`; other inputs keep to their
            measured ranges.
        pool: The candidates themselves, in place of a region.
        cost: Cost of a row at each candidate of the pool; None takes equal costs.
        robust: Whether the criterion is averaged over 32 values of the parameters: the
            fit, and fits to tables that it could have given (a parametric bootstrap).
        key: Random key of these values; None takes `jax.random.key(0)`.

    Returns:
        The design.

    Raises:
        ValueError: An argument is out of range, or `robust` is asked for without a fit.

    Source:
        Fedorov 1972; Atkinson, Donev and Tobias, Optimum Experimental Designs, 2007.

    Examples:
        >>> def decay(t, a=2.0, k=0.5):
        ...     return a * jnp.exp(-k * t)
        >>> region = sf.auditing.Region(range={"t": (0.0, 10.0)})
        >>> best = sf.design(decay, region=region)
        >>> best.x.round(1).ravel().tolist(), best.share.round(2).tolist()
        ([0.0, 2.0], [0.5, 0.5])
    """
    if size is not None and size < 1:
        raise ValueError(f"size is {size}; expected at least 1.")
    if not 1 <= batches <= (size or 1):
        raise ValueError(
            f"batches is {batches}; expected at least 1, and at most the size of the "
            f"design, {size or 'which is not given'}."
        )
    law = law if isinstance(law, LawFit) else law_of(law)
    plain, x, where = candidates_of(law, region, pool)
    price = _checked_cost(cost, x, pool)
    drawn = _values(law, robust, jax.random.key(0) if key is None else key)
    data = law.data if isinstance(law, LawFit) else None
    weight = np.ones(1) if data is None else data.typical
    goal = goal_of(plain, x, data if size else None, weight, price, criterion, drawn)
    about = (plain, x, str(criterion), robust)
    if size is None:
        weights, efficiency = best_weights(goal)
        between = np.zeros(x.shape[1], bool) if where is None else where.between
        return _in_shares(*about, goal, weights, efficiency, between)
    order = ordered(goal, exchanged(goal, size))
    return _in_rows(*about, goal, np.array_split(order, batches), law)


def _in_shares(
    law, x, criterion, robust, goal: Goal, weights, efficiency, between
) -> Design:
    places, share = merged(x, weights, between)
    information = goal.information(weights / goal.cost)
    return Design(
        law=law.name,
        inputs=law.inputs,
        criterion=criterion,
        x=places,
        share=share,
        rows=None,
        batches=(),
        efficiency=efficiency,
        errors=_errors(law, information[0], 1.0),
        robust=robust,
    )


def _in_rows(law, x, criterion, robust, goal: Goal, batches, fit) -> Design:
    each = np.stack([np.bincount(batch, minlength=len(x)) for batch in batches])
    counts = each.sum(0)
    (where,) = np.nonzero(counts)
    noise = fit.noise if isinstance(fit, LawFit) else 1.0
    information = goal.before + goal.information(counts.astype(float))
    return Design(
        law=law.name,
        inputs=law.inputs,
        criterion=criterion,
        x=x[where],
        share=counts[where] / counts.sum(),
        rows=tuple(map(int, counts[where])),
        batches=tuple(tuple(map(int, batch[where])) for batch in each),
        efficiency=None,
        errors=_errors(law, information[0], noise),
        robust=robust,
    )


def _errors(law: Law, information: np.ndarray, noise: float) -> dict[str, float]:
    """Standard errors of the logarithms; infinite where the design does not see one."""
    vectors, sigma, _ = np.linalg.svd(information)
    seen = sigma > 1e-12 * sigma[0]
    variance = (vectors[:, seen] ** 2 / sigma[seen]).sum(1)
    lost = (vectors[:, ~seen] ** 2).sum(1) > 1e-9
    errors = np.where(lost, np.inf, noise * np.sqrt(variance))
    return dict(zip(law.names, map(float, errors), strict=True))


def candidates_of(
    law: Law | LawFit, region: Region | None, pool: np.ndarray | None
) -> tuple[Law, Float[np.ndarray, "candidates inputs"], Places | None]:
    """The law, the inputs among which is chosen, and the places that they fill.

    A pool fills none.
    """
    plain = law.law if isinstance(law, LawFit) else law
    if pool is not None:
        if region is not None:
            raise ValueError(
                "region and pool are both given; the pool lists every candidate, so "
                "leave the region out."
            )
        check_numbers("pool", pool)
        pool = np.asarray(pool, float).reshape(len(pool), -1)
        if pool.shape[1] != len(plain.inputs) or not np.isfinite(pool).all():
            raise ValueError(
                f"pool has shape {pool.shape}; expected finite numbers with one "
                f"column for each of {', '.join(plain.inputs)}."
            )
        return plain, pool, None
    measured = law.data.ranges if isinstance(law, LawFit) else None
    where = places(plain.inputs, region, measured)
    return plain, candidates(where), where


def _checked_cost(cost, x, pool) -> np.ndarray:
    if cost is None:
        return np.ones(len(x))
    if pool is None:
        raise ValueError("cost is given without a pool, to whose rows it belongs.")
    cost = np.asarray(cost, float)
    if cost.shape != (len(x),) or not (cost > 0).all():
        raise ValueError(
            f"cost has shape {cost.shape}; expected one positive number for each of "
            f"{plural(len(x), 'candidate')}."
        )
    return cost


def _values(law: Law | LawFit, robust: bool, key) -> np.ndarray:
    """The values of the parameters at which a design is judged, the best one first."""
    if not isinstance(law, LawFit):
        if robust:
            raise ValueError(
                "robust needs the uncertainty of a fit; pass what fit_law returns."
            )
        return np.asarray(law.values)[None]
    best = np.asarray(law.law.values)
    if not robust:
        return best[None]
    if not np.isfinite([e.error for e in law.estimates]).all():
        raise ValueError(
            "robust needs a fit that determines every parameter; hold those that are "
            "not determined with fixed=."
        )
    return np.concatenate([best[None], bootstrapped(law, DRAWS - 1, key)])
