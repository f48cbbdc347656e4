"""Columns of a table that say something of their own."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float

from suffice._core.tables import drop_flag, TableError

DEPENDENT = 1e-9


def independent(
    numbers: pd.DataFrame, blocks: Mapping[str, list[str]], notes: list[str]
) -> list[str]:
    """Drop constant inputs and inputs that are affine functions of others.

    Inputs of many words come first, so that one whose words are finer stays.

    Args:
        numbers: All columns.
        blocks: Names of the columns of every input.
        notes: Where it is said what is dropped.

    Raises:
        TableError: No input varies, or the words of one tell a part of another's.
    """
    kept: list[str] = []
    basis = np.full((len(numbers), 1), len(numbers) ** -0.5)
    for name in sorted(blocks, key=lambda name: -len(blocks[name])):
        block, new = blocks[name], []
        for column in block:
            rest, size = _rest(numbers[column].to_numpy(), basis)
            if size and np.linalg.norm(rest) > DEPENDENT * size:
                new.append(column)
                basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
        if 0 < len(new) < len(block):
            raise TableError(
                f"the words of column {name!r} follow in part from other columns; pass "
                f"{drop_flag(name)}, or leave the others out."
            )
        if not new:
            same = all(np.ptp(numbers[column]) == 0 for column in block)
            why = "is constant" if same else _copies(numbers, name, block, kept)
            notes.append(f"column {name!r} {why}: dropped.")
        kept += new
    if not kept:
        raise TableError("every input column is constant; expected one that varies.")
    return [column for block in blocks.values() for column in block if column in kept]


def _rest(column: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, float]:
    """What a basis leaves of a column of size one, and the spread of the column."""
    column = column / (np.abs(column).max() or 1.0)
    rest = column - basis @ (basis.T @ column)
    rest = rest - basis @ (basis.T @ rest)
    spread = np.linalg.norm(column - column.mean()) if np.ptp(column) else 0.0
    return rest, float(spread)


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


def _copies(numbers, name, block, kept) -> str:
    if len(block) > 1 or name not in numbers:
        return "follows from other columns"
    for other in kept:
        if numbers[name].equals(numbers[other]):
            return f"equals column {other!r}"
        if abs(np.corrcoef(numbers[name], numbers[other])[0, 1]) > 1 - DEPENDENT:
            return f"is an affine function of column {other!r}"
    if len(kept) > 4:
        return "is an affine function of other columns"
    return f"is an affine function of the columns {', '.join(map(repr, kept))}"
