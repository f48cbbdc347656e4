"""Columns of a table that say something of their own."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from suffice._core.tables import TableError

DEPENDENT = 1e-9


def independent(numbers: pd.DataFrame, names: list[str], notes: list[str]) -> list[str]:
    """Drop constant columns and columns that are affine functions of earlier ones."""
    kept: list[str] = []
    basis = np.full((len(numbers), 1), len(numbers) ** -0.5)
    for name in names:
        column = numbers[name].to_numpy()
        largest = np.abs(column).max()
        column = column / largest if largest else column
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        if np.ptp(column) == 0:
            notes.append(f"column {name!r} is constant: dropped.")
        elif np.linalg.norm(rest) <= DEPENDENT * np.linalg.norm(column - column.mean()):
            notes.append(f"column {name!r} {_copies(numbers, name, kept)}: dropped.")
        else:
            kept.append(name)
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    if not kept:
        raise TableError("every input column is constant; expected one that varies.")
    return kept


def affine(
    numbers: pd.DataFrame, name: str, kept: list[str]
) -> Float[np.ndarray, " dim_and_one"]:
    """Return a dropped column as an affine function of the kept ones, constant last."""
    x = numbers[kept].to_numpy()
    mean, spread = x.mean(0), x.std(0)
    design = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    theta = np.linalg.lstsq(design, numbers[name].to_numpy())[0]
    theta[np.abs(theta) <= DEPENDENT * np.abs(theta).max(initial=0.0)] = 0.0
    factors = theta[:-1] / spread
    return np.append(factors, theta[-1] - factors @ mean)


def _copies(numbers, name, kept) -> str:
    for other in kept:
        if numbers[name].equals(numbers[other]):
            return f"equals column {other!r}"
        if abs(np.corrcoef(numbers[name], numbers[other])[0, 1]) > 1 - DEPENDENT:
            return f"is an affine function of column {other!r}"
    if len(kept) > 4:
        return "is an affine function of other columns"
    return f"is an affine function of the columns {', '.join(map(repr, kept))}"
