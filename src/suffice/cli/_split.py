"""The division of the rows of a file into training and test set."""

import numpy as np
import pandas as pd

from suffice._core.tables import place

TRAIN, TEST = "train", "test"
VALIDATION = ("val", "valid", "validation", "dev", "eval")
WORDS = {TRAIN: TRAIN, "training": TRAIN, TEST: TEST, "testing": TEST}
FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
SPLIT_REMEDY = (
    "Name the column that says train or test with --split, or draw a share of the rows "
    "as the training set, --split 0.5."
)


def share_of(split: str) -> float | None:
    """Return the share of training rows that a split names, None for a name.

    Raises:
        ValueError: The split is a number that is no share.
    """
    try:
        share = float(split)
    except ValueError:
        return None
    if not 0 < share < 1:
        raise ValueError(
            f"split is {split}; expected the name of a column, or a share of training "
            "rows between 0 and 1."
        )
    return share


def pair_names() -> list[tuple[str, ...]]:
    """Return the names of four arrays that hold two sets, best first."""
    return [
        ("x_train", "y_train", f"x_{name}", f"y_{name}") for name in (TEST, *VALIDATION)
    ]


def divided(
    words: pd.Series | None, path: str, split: str, rows: int, seed: int
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return which rows are for training and for testing, and notes on both.

    Args:
        words: Names of the sets, or flags; None draws rows at random.
        path: Name of the file, for errors.
        split: A share, if rows are drawn.
        rows: How many there are.
        seed: Random seed of the rows that are drawn.

    Raises:
        ValueError: A row belongs to no set that is known.
    """
    if words is None:
        share = share_of(split) or 0.0
        count = round(share * rows)
        order = np.random.default_rng(seed).permutation(rows)
        chosen = np.isin(np.arange(rows), order[:count])
        note = f"{count} of {rows} rows, drawn at random, are the training set."
        return chosen, ~chosen, (note,)
    lower = words.astype(str).str.strip().str.lower()
    if lower.isin(list(FLAGS)).all() and lower.nunique() == 2:
        return _by_flags(lower, str(words.name))
    return _by_words(lower, words, path)


def _by_flags(lower, name):
    flags = lower.map(FLAGS).to_numpy(bool)
    chosen = flags if TRAIN in name.lower() else ~flags
    which = ("1", "0") if TRAIN in name.lower() else ("0", "1")
    note = f"column {name!r}: {which[0]} is read as train, {which[1]} as test."
    return chosen, ~chosen, (note,)


def _by_words(lower, words, path):
    known = lower.map(WORDS | dict.fromkeys(VALIDATION, VALIDATION[0]))
    wrong = known.isna().to_numpy()
    if wrong.any():
        raise ValueError(
            f"{path}, {place(words, wrong)}: column {words.name!r} says "
            f"{str(words[wrong].iloc[0])!r}; expected train or test (or val) in every "
            "row."
        )
    test = (known == TEST).to_numpy()
    other = (known == VALIDATION[0]).to_numpy()
    chosen = (known == TRAIN).to_numpy()
    if not other.any():
        return chosen, test, ()
    if not test.any():
        return chosen, other, ("the validation rows are the test set.",)
    note = f"{other.sum()} validation rows are left out; the test rows are used."
    return chosen, test, (note,)
