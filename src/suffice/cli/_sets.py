"""Reading of a file of labelled inputs that are divided into training and test set."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from suffice._core import read_arrays
from suffice._core.tables import check_columns, is_text, numeric, place, read_frame

from ._split import divided, pair_names, share_of, SPLIT_REMEDY, TEST, TRAIN

PAIRS = ("x_train", "y_train", "x_test", "y_test")
TOGETHER = ("x", "y", "set")


@dataclasses.dataclass(frozen=True)
class Sets:
    """Training and test set of one file.

    Attributes:
        train: Inputs `(n, inputs)` and targets, `(n,)` or `(n, outputs)`; targets are
            whole numbers from 0 for classes.
        test: Inputs and targets of the test set, in the same form.
        classes: Names of the classes in order; None for other targets.
        notes: How the file was changed, one sentence each.
    """

    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    classes: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """Number of outputs of a network for these targets."""
        if self.classes is not None:
            return len(self.classes)
        return 1 if self.train[1].ndim == 1 else self.train[1].shape[1]


def read_sets(
    path: str,
    target: str | None,
    split: str,
    *,
    seed: int = 0,
    inputs: tuple[str, ...] = (),
    drop: tuple[str, ...] = (),
    classes: bool = False,
    delimiter: str | None = None,
) -> Sets:
    """Read a table, or the arrays of an npz file.

    Args:
        path: Text file, Parquet, or `.npz` with `x_train`, `y_train`, `x_test`,
            `y_test` (or `x_val`, `y_val`), or with `x`, `y` and `set`.
        target: For a table: name of the column to predict.
        split: For a table: name of the column that says `train` or `test`. For any file
            a share, as "0.5": so many rows, drawn at random, are the training set.
        seed: Random seed of the rows that are drawn.
        inputs: For a table: names of the columns to predict from; empty takes all
            others.
        drop: For a table: names of columns to leave out.
        classes: Whether targets are the names of classes.
        delimiter: Separator of the cells of a text file; None detects it.

    Raises:
        ValueError: The file cannot be read, lacks a column or an array, or holds cells
            that are not allowed.
    """
    if Path(path).suffix.lower() == ".npz":
        x, y, words = _read_npz(path, split)
        if target or inputs or drop:
            raise ValueError(
                f"{path} holds arrays, not columns: leave out --target, --inputs and "
                "--drop."
            )
    else:
        frame = read_frame(path, delimiter=delimiter)
        x, y, words = _read_table(frame, path, target, split, inputs, drop, classes)
    chosen, held, notes = divided(words, path, split, len(x), seed)
    for name, where in ((TRAIN, chosen), (TEST, held)):
        if where.sum() < 2:
            raise ValueError(
                f"{path} has {int(where.sum())} {name} rows; expected at least two."
            )
    names = None
    if classes:
        y, names = _numbered(path, y)
    elif y.dtype.kind not in "fiub":
        raise ValueError(f"{path} holds targets of type {y.dtype}; pass --classes.")
    else:
        y = y.astype(float)
    return Sets((x[chosen], y[chosen]), (x[held], y[held]), names, notes)


def _read_table(frame, path, target, split, inputs, drop, classes):
    if target is None:
        raise ValueError(
            f"{path} is a table: name the column to predict, --target NAME; the "
            f"columns are {', '.join(frame.columns[:20])}."
        )
    check_columns(frame, [target], path, "target")
    drawn = share_of(split) is not None and split not in frame.columns
    if not drawn:
        check_columns(frame, [split], path, "split", SPLIT_REMEDY)
    check_columns(frame, inputs, path, "input")
    check_columns(frame, drop, path, "dropped")
    words = None if drawn else frame[split]
    left_out = {target, split, *drop}
    names = [n for n in (inputs or frame.columns) if n not in left_out]
    if not names:
        raise ValueError(f"{path} has no input column left; expected at least one.")
    x = np.stack([numeric(frame[n], path, missing_ok=False) for n in names], axis=1)
    return x, _targets(frame[target], path, classes), words


def _targets(column: pd.Series, path: str, classes: bool) -> np.ndarray:
    if not classes:
        if is_text(column):
            raise ValueError(
                f"target {column.name!r} is text ({str(column.iloc[0])!r} in the first "
                "row); pass --classes, or name another column."
            )
        return numeric(column, path, missing_ok=False, otherwise="")
    missing = column.isna().to_numpy() | (column.astype(str).str.strip() == "")
    if missing.any():
        raise ValueError(
            f"target {column.name!r}, {place(column, np.asarray(missing))}: the class "
            "is missing."
        )
    return column.astype(str).str.strip().to_numpy(str)


def _read_npz(path: str, split: str):
    arrays = read_arrays(path)
    drawn = share_of(split) is not None
    pairs = next((names for names in pair_names() if set(names) <= set(arrays)), None)
    if pairs and not drawn:
        a, b, c, d = (arrays[name] for name in pairs)
        x, y = _joined(path, a, c, "x"), _joined(path, b, d, "y")
        words = pd.Series([TRAIN] * len(a) + [TEST] * len(c), name="set")
        lengths = (len(a), len(b)), (len(c), len(d))
    elif set(TOGETHER[: 2 if drawn else 3]) <= set(arrays):
        x, y = arrays["x"], arrays["y"]
        words = None if drawn else pd.Series(np.ravel(arrays["set"]), name="set")
        lengths = ((len(x), len(y)), (len(x), len(x if words is None else words)))
    elif pairs:
        raise ValueError(
            f"{path} is divided already, into {', '.join(pairs)}: leave out --split "
            f"{split}, or give x and y."
        )
    else:
        raise ValueError(
            f"{path} holds arrays {', '.join(arrays) or 'none'}; expected "
            f"{', '.join(PAIRS)}, or {', '.join(TOGETHER)} with the words train and "
            "test, or x and y with a share as --split 0.5."
        )
    for inputs, others in lengths:
        if inputs != others:
            raise ValueError(
                f"{path} holds {inputs} inputs but {others} targets or words train "
                "and test; expected one of each per input."
            )
    return _inputs(path, x), _finite(path, y), words


def _joined(path, first, second, name):
    if not first.ndim or first.shape[1:] != second.shape[1:]:
        raise ValueError(
            f"{path}: {name}_train has shape {first.shape} and {name}_test "
            f"{second.shape}; expected rows of one shape."
        )
    return np.concatenate([first, second])


def _inputs(path, x):
    if x.ndim == 0 or x.dtype.kind not in "fiub" or not x.size:
        raise ValueError(
            f"{path} holds inputs of type {x.dtype} and shape {x.shape}; expected "
            "numbers, one row per sample."
        )
    return _finite(path, x.reshape(len(x), -1).astype(float))


def _finite(path, values):
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise ValueError(
            f"{path} holds {count} numbers that are NaN or infinite; leave those "
            "samples out."
        )
    return values


def _numbered(path, y):
    rows = y.reshape(len(y), -1)
    if rows.shape[1] > 1:
        return _unit_vectors(path, rows), tuple(map(str, range(rows.shape[1])))
    names, numbers = np.unique(rows[:, 0], return_inverse=True)
    if not 2 <= len(names) <= len(y) / 2:
        raise ValueError(
            f"{path} has {len(names)} different targets in {len(y)} rows; expected at "
            "least two classes with several rows each: --classes is for names, not "
            "for measured numbers."
        )
    return numbers, tuple(map(str, names))


def _unit_vectors(path, rows):
    """Return the classes of one-hot rows."""
    one_hot = rows.dtype.kind in "fiub" and (
        np.isin(rows, (0, 1)).all() and (rows.sum(1) == 1).all()
    )
    if not one_hot:
        raise ValueError(
            f"{path} holds targets of shape {rows.shape}; with --classes expected one "
            "class per sample, or one-hot rows of zeros and a one."
        )
    return rows.argmax(1)
