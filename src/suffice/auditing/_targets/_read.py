"""The column of the target: numbers, one of two classes, or counts."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from suffice._core import plural
from suffice._core.tables import is_missing, is_text, numeric, place, TableError

from ._kind import Kind

SECOND = {"yes", "y", "true", "t", "positive", "present", "success", "case"}
FEWEST = 5  # rows of each class
ZEROS = 0.05  # least share of zeros among counts
MANY = 20  # texts up to which they can be names of classes
SHOWN = 3

Classes = tuple[str, str]


def read_target(
    column: pd.Series, source: str, notes: list[str]
) -> tuple[Float[np.ndarray, " n"], Kind, Classes | None]:
    """Return the target as numbers, what they are, and the names of two classes.

    Two values, of whatever kind, are two classes: 0 and 1. Whole numbers from 0 on with
    a share of zeros and a variance as of counts are counts.

    Args:
        column: The cells; missing ones become NaN.
        source: The file, for messages.
        notes: Where it is said what the target is taken for.

    Raises:
        TableError: It is text with more than two values, or neither text nor numbers.
    """
    text = column.map(str).str.strip()
    names = sorted(set(text[~(column.isna() | is_missing(text.to_numpy(object)))]))
    if is_text(column):
        if 2 < len(names) <= MANY:
            raise TableError(_too_many(column.name, source, names))
        if len(names) != 2:
            numeric(column, source, otherwise="")
        values = text.map({name: float(i) for i, name in enumerate(names)}).to_numpy()
    else:
        values = numeric(column, source, otherwise="")
        if set(map(str.lower, names)) != {"false", "true"}:
            names = [f"{value:g}" for value in np.unique(values[~np.isnan(values)])]
    if len(names) == 2:
        return _two(column.name, values, names, notes)
    if _counts(values[~np.isnan(values)]):
        notes.append(
            f"{column.name!r} holds counts: its mean is described by a Poisson model."
        )
        return values, "count", None
    return values, "number", None


def _two(name, values, names, notes) -> tuple[np.ndarray, Kind, Classes]:
    low = np.nanmin(values)
    labels = np.where(np.isnan(values), np.nan, values != low)
    if names[0].lower() in SECOND and names[1].lower() not in SECOND:
        names, labels = names[::-1], 1 - labels
    notes.append(
        f"{name!r} has two values: the chance of {names[1]}, against {names[0]}, is "
        "described by a logistic model."
    )
    return labels.astype(float), "class", (names[0], names[1])


def check_classes(labels: np.ndarray, name: str, classes: Classes | None) -> None:
    """Raise a TableError if one of the two classes of a target has too few rows."""
    for which, label in enumerate(classes or ()):
        if (count := int((labels == which).sum())) < FEWEST:
            raise TableError(
                f"{plural(count, 'row')} of {len(labels)} are {label!r} in {name!r}, "
                f"which has two values; expected at least {FEWEST} rows of each."
            )


def read_errors(column: pd.Series, source: str) -> Float[np.ndarray, " n"]:
    """Return the measurement errors of the target, all above zero."""
    errors = numeric(column, source)
    if (wrong := errors <= 0).any():
        raise TableError(
            f"{source}, {place(column, wrong)}, column "
            f"{column.name!r}: the measurement error is {errors[wrong][0]:g}; expected "
            "a standard deviation above 0."
        )
    return errors


def _counts(values) -> bool:
    if not len(values) or values.min() != 0 or (values != np.round(values)).any():
        return False
    return bool(np.mean(values == 0) >= ZEROS and values.var() >= values.mean() / 2 > 0)


def _too_many(name, source, names) -> str:
    shown = ", ".join(names[:SHOWN]) + ", ..." * (len(names) > SHOWN)
    return (
        f"{source}: the target {name!r} is text with {len(names)} values ({shown}); "
        "an audit takes numbers or two classes. Audit one class against the rest (a "
        "column of yes and no), or use a classifier of scikit-learn for all of them."
    )
