"""Laws in files that hold numbers and names, but no code."""

import dataclasses
import os
import re
import typing
from pathlib import Path
from typing import Any

import numpy as np

from suffice._core import ArchiveKind, damaged
from suffice.auditing._candidates import size_of
from suffice.auditing._category import Category, column_names
from suffice.auditing._targets._kind import Kind

from ._predictor import Predictor

KIND = ArchiveKind("suffice predictor", 1, "suffice audit --model")
ARRAYS = ("theta", "mean", "spread", "low", "high", "factor", "shape")
MODEL = re.compile(r"constant|linear|width [1-9]\d{0,2}")


def save_predictor(
    predictor: Predictor, path: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    """Write the law of an audit to a file, from which `suffice predict` predicts.

    The file is an `.npz` archive of arrays, with a JSON header that holds the names of
    the columns and the units; a seal over all of it shows damage. It is written
    completely or not at all.

    Args:
        predictor: `Audit.predictor`.
        path: Path of the file, which is used without adding a suffix.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The path.

    Raises:
        FileExistsError: The file exists and `overwrite` is False.

    Examples:
        >>> import pandas as pd
        >>> x = np.arange(12.0)
        >>> quick = {"max_width": 1, "folds": 2, "restarts": 1, "splits": 2}
        >>> report = sf.audit(pd.DataFrame({"x": x, "y": 2 * x}), "y", **quick)
        >>> path = sf.auditing.save_predictor(report.predictor, "law.npz")
        >>> print(sf.auditing.load_predictor(path).headline())
        width 1: the mean of y from x, fitted to 12 rows.
    """
    names = {f.name for f in dataclasses.fields(Predictor)} - set(ARRAYS)
    header = {name: getattr(predictor, name) for name in sorted(names)}
    header["categories"] = [dataclasses.asdict(c) for c in predictor.categories]
    arrays = {name: getattr(predictor, name) for name in ARRAYS}
    return KIND.write(path, header, arrays, overwrite=overwrite)


def load_predictor(path: str | os.PathLike[str]) -> Predictor:
    """Read a law that `save_predictor` or `suffice audit --model` wrote.

    No code in the file is executed, and what it holds is checked.

    Args:
        path: Path of the file.

    Returns:
        The law; its `predict` gives bitwise what the audit predicts.

    Raises:
        ValueError: The file holds no law, is damaged, or has another version.
        FileNotFoundError: There is no such file.

    Examples:
        >>> import pandas as pd
        >>> x = np.arange(12.0)
        >>> quick = {"max_width": 1, "folds": 2, "restarts": 4, "splits": 2}
        >>> report = sf.audit(pd.DataFrame({"x": x, "y": np.tanh(x - 6)}), "y", **quick)
        >>> path = sf.auditing.save_predictor(report.predictor, "law.npz")
        >>> law = sf.auditing.load_predictor(path)
        >>> law.predict(np.array([[6.5]])).value.round(2)  # tanh 0.5
        array([0.46])
    """
    header, arrays = KIND.read(path)
    try:
        return _checked(header, arrays)
    except (KeyError, TypeError, ValueError):
        raise damaged(path) from None


def _fits(category: Category, inputs: tuple[str, ...]) -> bool:
    names = column_names(category.name, category.levels)
    start = inputs.index(names[0])
    columns = tuple(range(start, start + len(names)))
    return category.columns == columns and list(inputs[start:][: len(names)]) == names


def _checked(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Predictor:
    """The law, after a check of every field that later code relies on."""
    fields: dict[str, Any] = {**header, **arrays}
    for name in ("inputs", "classes"):
        fields[name] = fields[name] and tuple(fields[name])
    fields["categories"] = tuple(
        Category(c["name"], tuple(c["levels"]), tuple(c["columns"]))
        for c in fields["categories"]
    )
    got = Predictor(**fields)
    numbers = (
        got.noise,
        got.offset,
        got.unit,
        got.reach,
        got.scatter,
        got.freedom,
    )
    texts = (
        got.target,
        got.name,
        *got.inputs,
        *(got.classes or ()),
        *(text for c in got.categories for text in (c.name, *c.levels)),
    )
    dim = len(got.inputs)
    good = (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(number, float | int) for number in (*numbers, got.rows))
        and np.isfinite(numbers).all()
        and min(got.noise, got.scatter, got.reach) >= 0
        and got.unit > 0
        and got.freedom >= 1
        and got.kind in typing.get_args(Kind)
        and (got.kind == "class") == (got.classes is not None and len(got.classes) == 2)
        and all(_fits(category, got.inputs) for category in got.categories)
        and MODEL.fullmatch(got.name)
        and all(np.isfinite(array).all() for array in arrays.values())
    )
    if not good:
        raise ValueError
    p = size_of(got.name, dim)
    shapes = [(p,), *[(dim,)] * 4, (p, p), (dim, dim)]
    if [arrays[name].shape for name in ARRAYS] != shapes:
        raise ValueError
    if not (got.factor.diagonal().all() and got.shape.diagonal().all()):
        raise ValueError
    if (got.spread <= 0).any():
        raise ValueError
    return got
