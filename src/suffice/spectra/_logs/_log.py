"""The curves of one run in a log, as numbers at common steps."""

import numpy as np
import pandas as pd

from suffice._core.tables import numeric, TableError

from ._columns import CURVES

_INFINITE = {"inf", "+inf", "-inf", "infinity", "-infinity"}
_NOT_FINITE = _INFINITE | {"nan"}


def curves_of(
    frame: pd.DataFrame, columns: dict[str, str], source: str
) -> dict[str, np.ndarray]:
    """Return the steps at which every curve has a value, and the curves there.

    A training loss that is written as not finite, and never finite again, has diverged:
    all losses are infinite from there on. So has a test loss that is written as
    infinite. Other cells that are missing are no records.

    Raises:
        TableError: A cell is no number, no step has all curves, steps start again, a
            loss is negative, or an accuracy lies outside 0 to 1 and 0 to 100.
    """
    named = {name: columns[name] for name in ("step", *CURVES) if name in columns}
    table = pd.DataFrame(
        {name: _numbers(frame[column], source) for name, column in named.items()}
    )
    for name in CURVES[:2]:
        _check_loss(table[name], named[name], source)
        _check_start(table["step"], table[name], named[name], source)
    table = _ended(table, frame[columns["train_loss"]], _NOT_FINITE)
    table = _ended(table, frame[columns["test_loss"]], _INFINITE, "test_loss")
    table = table.dropna(subset="step").groupby("step").last().dropna()
    if table.empty:
        raise TableError(
            f"{source} has no step at which {', '.join(named.values())} all have a "
            "value; expected them in one row, or in rows of the same step."
        )
    if table.index[0] < 0:
        raise TableError(
            f"{source} has the step {table.index[0]:g}; expected steps >= 0."
        )
    found = {name: table[name].to_numpy() for name in table.columns}
    return {"step": table.index.to_numpy(float), **_shares(found, source)}


def _numbers(column: pd.Series, source: str) -> np.ndarray:
    return numeric(column.mask(_written(column, _NOT_FINITE), ""), source, otherwise="")


def _written(column: pd.Series, words: set[str]) -> pd.Series:
    """Which cells are written as one of the words."""
    return column.astype(str).str.strip().str.casefold().isin(words)


def _check_loss(loss: pd.Series, column: str, source: str) -> None:
    if loss.min() < 0:
        raise TableError(
            f"{source} has {loss.min():g} in {column}; expected losses >= 0, as "
            "squares and cross-entropies are; their logarithms will not do."
        )


def _check_start(steps: pd.Series, curve: pd.Series, column: str, source: str) -> None:
    """Refuse a curve whose first step comes a second time, after later steps."""
    steps = steps[curve.notna() & steps.notna()].to_numpy()
    again = np.flatnonzero(steps == steps.min(initial=np.inf))
    if again.size and again[-1] - again[0] >= again.size:
        raise TableError(
            f"{source} has the first step, {steps[again[0]]:g}, again after later ones "
            f"in {column}: give every run its own name in a column run, or its own "
            "file; where one training was resumed, count its steps on."
        )


def _ended(
    table: pd.DataFrame, cells: pd.Series, words: set[str], name: str = "train_loss"
) -> pd.DataFrame:
    """Make losses infinite where a loss is written as such and never finite again."""
    step, loss = table["step"], table[name]
    last = step[np.isfinite(loss)].max()
    lost = _written(cells, words).to_numpy() & ~(step <= last).to_numpy()
    return table.mask(lost[:, None] & (table.columns != "step"), np.inf)


def _shares(found: dict[str, np.ndarray], source: str) -> dict[str, np.ndarray]:
    """Return accuracies between 0 and 1, from per cent where one is above 1."""
    names = [name for name in found if name.endswith("accuracy")]
    if not names:
        return found
    finite = np.concatenate([found[name][np.isfinite(found[name])] for name in names])
    if finite.min() < 0 or finite.max() > 100:
        raise TableError(
            f"{source} has accuracies from {finite.min():g} to {finite.max():g}; "
            "expected shares from 0 to 1, or per cent."
        )
    unit = 100.0 if finite.max() > 1 else 1.0
    return found | {name: found[name] / unit for name in names}
