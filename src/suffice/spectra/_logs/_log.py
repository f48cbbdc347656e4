"""The curves of one run in a log, as numbers at common steps."""

import numpy as np
import pandas as pd

from suffice._core.tables import numeric, TableError

from ._columns import CURVES

_NOT_FINITE = {"nan", "inf", "+inf", "-inf", "infinity", "-infinity"}


def curves_of(
    frame: pd.DataFrame, columns: dict[str, str], source: str
) -> dict[str, np.ndarray]:
    """Return the steps at which every curve has a value, and the curves there.

    A training loss that is written as not finite, and never finite again, has diverged:
    all losses are infinite from there on. Other cells that are missing are no records.

    Raises:
        TableError: A cell is no number, no step has all curves, or an accuracy lies
            outside 0 to 1 and 0 to 100.
    """
    named = {name: columns[name] for name in ("step", *CURVES) if name in columns}
    table = pd.DataFrame(
        {name: _numbers(frame[column], source) for name, column in named.items()}
    )
    table = _ended(table, frame[columns["train_loss"]])
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
    return numeric(column.mask(_not_finite(column), ""), source, otherwise="")


def _not_finite(column: pd.Series) -> pd.Series:
    """Which cells are written as a number that is not finite."""
    return column.astype(str).str.strip().str.casefold().isin(_NOT_FINITE)


def _ended(table: pd.DataFrame, train: pd.Series) -> pd.DataFrame:
    """Make losses infinite from where the training loss is never finite again."""
    step, loss = table["step"], table["train_loss"]
    last = step[loss.notna()].max()
    lost = _not_finite(train).to_numpy() & ~(step <= last).to_numpy()
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
