"""What varies in a region: single inputs, or groups of them, with their values."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.optimize
from jaxtyping import Float

from suffice._core import did_you_mean
from suffice.auditing._category import grouped
from suffice.auditing._table import Table

from ._linear import Condition, conditions
from ._region import Region

FEW = 10  # a column with at most this many values keeps to them
DIGITS = 6  # after the point, up to which a common step of measured values is sought
FINEST = 100_000  # more steps than this are no lattice
NEAR = 1e-9  # relative rounding of a condition


class Factor(NamedTuple):
    """One or several inputs that vary together, between two ends or over values."""

    columns: tuple[int, ...]
    low: float
    high: float
    values: Float[np.ndarray, "levels columns"] | None = None


class Space(NamedTuple):
    """The factors that the user declared, those that the rows tell, and conditions."""

    declared: list[Factor]
    measured: list[Factor]
    conditions: list[Condition]


def space(table: Table, region: Region) -> Space:
    """Return what varies, after a check of the names and numbers of the region.

    Raises:
        ValueError: The region names no input of the table, or contradicts itself.
    """
    _check_names(table, region)
    known = named_columns(table)
    found = [c for text in region.require for c in conditions(text, known)]
    said = set(region.range) | set(region.levels) | set(region.fixed)
    named = {j for j, name in enumerate(table.inputs) if name in said}
    named |= {j for c in found for j in np.flatnonzero(c.normal)}
    found += _of_dropped(table, region, named)
    named |= {j for c in found for j in np.flatnonzero(c.normal)}
    declared, measured = [], []
    for columns, name in grouped(table.inputs, table.categories):
        own = name in said or not named.isdisjoint(columns)
        if name in _categories(table):
            (declared if own else measured).append(_levels(table, region, name))
        elif own:
            declared.append(_declared(table, region, min(columns)))
        else:
            measured.append(_measured(table, region, min(columns)))
    return Space(declared, _exclusive(measured, table.x), found)


def named_columns(table: Table) -> dict[str, Float[np.ndarray, " dim_and_one"]]:
    """Every column that a condition may name, as an affine function of the inputs."""
    unit = np.eye(len(table.inputs) + 1)
    words = _categories(table)
    numbers = {
        name: unit[columns[0]]
        for columns, name in grouped(table.inputs, table.categories)
        if name not in words
    }
    return numbers | dict(table.dropped)


def holds(points: np.ndarray, found: list[Condition]) -> np.ndarray:
    """Whether points fulfil all conditions, up to rounding."""
    fine = np.ones(len(points), bool)
    for condition in found:
        scale = np.abs(points) @ np.abs(condition.normal) + abs(condition.bound)
        excess = points @ condition.normal - condition.bound
        excess = np.abs(excess) if condition.equal else excess
        fine &= excess <= NEAR * scale
    return fine


def lattice(column: Float[np.ndarray, " n"]) -> Float[np.ndarray, " values"] | None:
    """Return the values that measured ones keep to: their own, or a common step."""
    values = np.unique(column)
    if len(values) <= FEW:
        return values
    for digits in range(DIGITS + 1):
        scaled = values * 10.0**digits
        whole = np.rint(scaled)
        if np.abs(whole).max() > 1e15:
            break
        if (np.abs(scaled - whole) <= 1e-9 * np.maximum(np.abs(scaled), 1)).all():
            step = int(np.gcd.reduce(np.diff(whole).astype(np.int64)))
            count = int(whole[-1] - whole[0]) // step + 1
            if count > FINEST:
                break
            return (whole[0] + step * np.arange(count)) / 10.0**digits
    return None


def _check_names(table: Table, region: Region) -> None:
    known = {*named_columns(table), *_categories(table)}
    fields = ("range", "integer", "step", "levels", "fixed")
    for field in fields:
        for name in getattr(region, field):
            if name not in known:
                hint = did_you_mean(name, known) or (
                    f"; the inputs are {', '.join(sorted(known))}."
                )
                raise ValueError(f"{field} names {name!r}, which is no input{hint}")
    for name, (low, high) in region.range.items():
        if not -np.inf < low <= high < np.inf:
            raise ValueError(
                f"range of {name!r} is {low:g} to {high:g}; expected two finite "
                "numbers in ascending order."
            )
    for name, step in region.step.items():
        if not 0 < step < np.inf:
            raise ValueError(
                f"step of {name!r} is {step:g}; expected a finite number above 0."
            )
    for name in [*region.levels, *region.fixed]:
        said = [f for f in fields if name in getattr(region, f)]
        if len(said) > 1:
            raise ValueError(
                f"{said[0]} and {said[1]} both name {name!r}; levels and a fixed value "
                "stand alone."
            )
    for name, levels in region.levels.items():
        if not levels:
            raise ValueError(f"levels of {name!r} are none; expected at least one.")


def _categories(table: Table) -> set[str]:
    return {category.name for category in table.categories}


def _of_dropped(table: Table, region: Region, named: set) -> Iterator[Condition]:
    """Ends of columns that follow from the inputs, as conditions on these.

    One without a range keeps its measured ends, where some of its inputs are declared.
    """
    for name, affine in table.dropped.items():
        asked = [f for f in ("integer", "step", "levels") if name in getattr(region, f)]
        if asked:
            raise ValueError(
                f"{asked[0]} names {name!r}, which follows from the other inputs; "
                "declare those instead."
            )
        normal, constant = affine[:-1], float(affine[-1])
        measured = table.x @ normal + constant
        low, high = region.range.get(name, (measured.min(), measured.max()))
        if name in region.fixed:
            low = high = _number(region.fixed[name], "fixed", name)
        own = name in region.fixed or name in region.range
        if not own and named.isdisjoint(np.flatnonzero(normal)):
            continue
        if not normal.any():
            if not low - NEAR <= constant <= high + NEAR:
                raise ValueError(
                    f"{name!r} is {constant:g} in every row, so that nothing is known "
                    "about other values; leave it out of the region."
                )
            continue
        text = f"{low:g} <= {name} <= {high:g}"
        if low == high:
            yield Condition(normal, low - constant, True, text)
        else:
            yield Condition(normal, high - constant, False, text)
            yield Condition(-normal, constant - low, False, text)


def _levels(table: Table, region: Region, name: str) -> Factor:
    """The levels of a category, as rows of its columns."""
    category = next(c for c in table.categories if c.name == name)
    for field in ("range", "integer", "step"):
        if name in getattr(region, field):
            raise ValueError(
                f"{field} names {name!r}, whose values are words; expected levels."
            )
    wanted = region.levels.get(name, category.levels)
    if name in region.fixed:
        wanted = (region.fixed[name],)
    values = np.stack([category.encoded(str(level)) for level in wanted])
    return Factor(category.columns, 0.0, 1.0, values)


def _declared(table: Table, region: Region, j: int) -> Factor:
    name, column = table.inputs[j], table.x[:, j]
    if name in region.fixed:
        value = _number(region.fixed[name], "fixed", name)
        return Factor((j,), value, value, np.array([[value]]))
    if name in region.levels:
        levels = [_number(v, "levels", name) for v in region.levels[name]]
        return _over(j, np.unique(levels))
    low, high = map(float, region.range.get(name, (column.min(), column.max())))
    return _gridded(region, name, j, low, high) or (
        Factor((j,), low, high) if low < high else _over(j, np.array([low]))
    )


def _measured(table: Table, region: Region, j: int) -> Factor:
    column = table.x[:, j]
    low, high = float(column.min()), float(column.max())
    if grid := _gridded(region, table.inputs[j], j, low, high):
        return grid
    values = lattice(column)
    return Factor((j,), low, high) if values is None else _over(j, values)


def _over(j: int, values: np.ndarray) -> Factor:
    return Factor((j,), float(values[0]), float(values[-1]), values[:, None])


def _gridded(region: Region, name: str, j: int, low, high) -> Factor | None:
    """The whole numbers or steps between two ends, if the user asks for them."""
    step = region.step.get(name, 1.0 if name in region.integer else None)
    if step is None:
        return None
    if name in region.integer and step != round(step):
        raise ValueError(
            f"step of {name!r} is {step:g}, and integer names it; expected a whole "
            "number of steps."
        )
    start = region.range[name][0] if name in region.range else 0.0
    start = np.ceil(start) if name in region.integer else start
    least = np.ceil((low - start) / step - NEAR)
    most = np.floor((high - start) / step + NEAR)
    if not least <= most < least + FINEST:
        few = "no value" if most < least else f"more than {FINEST} values"
        raise ValueError(
            f"{name!r} has {few} between {low:g} and {high:g} in steps of {step:g}; "
            "give another range or step."
        )
    return _over(j, start + step * np.arange(least, most + 1))


def _program(direction, found, bounds):
    """The linear program of least `direction @ x` under conditions and bounds."""
    sides = {}
    for key, equal in (("ub", False), ("eq", True)):
        rows = [c for c in found if c.equal == equal]
        if rows:
            sides[f"A_{key}"] = np.stack([c.normal for c in rows])
            sides[f"b_{key}"] = np.array([c.bound for c in rows])
    return scipy.optimize.linprog(direction, bounds=bounds, **sides)


def check_possible(found: list[Condition], factors: list[Factor], dim: int) -> None:
    """Raise an error if no point between the ends fulfils the conditions."""
    bounds = [(0.0, 0.0)] * dim
    for factor in factors:
        for place, j in enumerate(factor.columns):
            ends = (factor.low, factor.high)
            if factor.values is not None:
                ends = factor.values[:, place].min(), factor.values[:, place].max()
            bounds[j] = ends
    if found and _program(np.zeros(dim), found, bounds).status == 2:
        raise ValueError(
            "the conditions cannot hold together in this region: "
            f"{'; '.join(dict.fromkeys(c.text for c in found))}. Give wider ranges or "
            "fewer conditions."
        )


def _exclusive(factors: list[Factor], x: np.ndarray) -> list[Factor]:
    """Join columns of zeros and ones of which no row has two: they are one category."""
    marks = [f for f in factors if f.values is not None and len(f.columns) == 1
             and set(f.values.ravel()) == {0.0, 1.0}]  # fmt: skip
    groups: list[list[int]] = []
    for factor in marks:
        (j,) = factor.columns
        apart = [g for g in groups if not (x[:, [j]] * x[:, g]).any()]
        apart[0].append(j) if apart else groups.append([j])
    joined = [g for g in groups if len(g) > 1]
    single = {j for group in joined for j in group}
    kept = [f for f in factors if single.isdisjoint(f.columns)]
    return kept + [
        Factor(tuple(g), 0.0, 1.0, np.unique(x[:, g], axis=0)) for g in joined
    ]


def _number(value: float | int | str, field: str, name: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise ValueError(f"{field} of {name!r} is {value!r}; expected a finite number.")
    return number
