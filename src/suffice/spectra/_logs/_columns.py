"""Which column of a log holds what, from the names that loggers use."""

import re
from collections.abc import Mapping

import pandas as pd

from suffice._core.tables import check_columns, TableError

PARTS = {
    "train": {"train", "training"},
    "test": {"test", "val", "valid", "validation", "eval", "evaluation", "dev"},
}
MEASURES = {"loss": {"loss", "mse", "nll", "ce"}, "accuracy": {"acc", "accuracy"}}
NEEDED = ("train_loss", "test_loss")
CURVES = (*NEEDED, "train_accuracy", "test_accuracy")
STEPS = ("step", "global step", "trainer global step", "iteration", "iter", "epoch")
RUNS = ("run", "run name", "run id", "dir name")
_OF_RUN = re.compile(r"(?P<run>.+) - (?P<column>.+)")  # as Weights & Biases exports
_LIMITS = re.compile(r".*__(MIN|MAX)")


def columns_of(
    frame: pd.DataFrame, source: str, chosen: Mapping[str, str]
) -> dict[str, str]:
    """Return the column of the table for `step` and for every curve that it has.

    Args:
        frame: The table of one run, or of several one below the other.
        source: The file, for messages.
        chosen: Columns that were named, by `step` or curve.

    Raises:
        TableError: A column is missing, or several may be meant.
    """
    check_columns(frame, chosen.values(), source, "such")
    found = {name: _candidates(frame, name) for name in ("step", *CURVES)}
    for name, columns in found.items():
        if name not in chosen and len(columns) > 1:
            raise TableError(
                f"{source} has several columns that may be {_said(name)}: "
                f"{', '.join(columns)}. {_remedy(name)}"
            )
    columns = {name: columns[0] for name, columns in found.items() if columns}
    columns |= chosen
    for name in ("step", *NEEDED):
        if name not in columns:
            raise TableError(
                f"{source} has no column that may be {_said(name)}; its columns are "
                f"{', '.join(frame.columns[:20])}. {_remedy(name)}"
            )
    return columns


def by_run(frame: pd.DataFrame, source: str) -> dict[str, pd.DataFrame]:
    """Return the table of each run, by its name.

    Runs are named by a column `run`, or by the names of columns, `RUN - train_loss`; a
    single one is named by its file. A table of the columns `step`, `tag` and `value`
    gets one column for each tag.
    """
    words = {" ".join(_words(name)): name for name in frame.columns}
    run = next((words[name] for name in RUNS if name in words), None)
    if {"step", "tag", "value"} <= set(words):
        index = [words["step"], *([run] if run else [])]
        frame = frame.drop_duplicates([*index, words["tag"]], keep="last")
        frame = frame.pivot(index=index, columns=words["tag"], values=words["value"])
        frame = frame.reset_index().fillna("")
    if run:
        names = frame[run].astype(object).where(frame[run].notna(), "").map(str)
        parts = frame.groupby(names, sort=False)
        return {name or f"{source}, no name": part for name, part in parts}
    wide = {name: _OF_RUN.fullmatch(name) for name in frame.columns}
    split = {
        name: match
        for name, match in wide.items()
        if match and not _LIMITS.fullmatch(name)
    }
    if not split:
        return {source: frame}
    shared = [name for name, match in wide.items() if not match]
    runs = {}
    for name, match in split.items():
        part = runs.setdefault(match["run"], frame[shared].copy())
        if _words(match["column"]) != ["step"] or "Step" not in shared:
            part[match["column"]] = frame[name]
    return runs


def _candidates(frame: pd.DataFrame, name: str) -> list[str]:
    if name == "step":
        words = {" ".join(_words(column)): column for column in frame.columns}
        return [words[step] for step in STEPS if step in words][:1]
    part, measure = name.split("_")
    found = [c for c in frame.columns if _is(_words(c), PARTS[part], MEASURES[measure])]
    if part == "train" and not found:  # as Keras names them
        found = [c for c in frame.columns if c.casefold() in MEASURES[measure]]
    return found


def _is(words: list[str], part: set[str], measure: set[str]) -> bool:
    return len(words) == 2 and any(
        one in part and other in measure for one, other in (words, words[::-1])
    )


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", str(name).casefold())


def _said(name: str) -> str:
    return f"the {name.replace('_', ' ')}"


def _remedy(name: str) -> str:
    return f"Name it with --{name.replace('_', '-')}."
