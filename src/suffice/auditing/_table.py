"""Reading of a file of measurements, with a note for every repair."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from suffice._core import plural
from suffice._core.tables import (
    check_columns,
    drop_flag,
    place,
    read_frame,
    TableError,
)

from ._category import Category, grouped
from ._independent import affine, independent
from ._inputs import column_of, encoded, read_words, say_booleans
from ._targets._kind import Kind
from ._targets._read import check_classes, read_errors, read_target

ROW_NUMBERS = re.compile(  # names of columns, without blanks and marks
    "row(id|names?|number)?|case|id|index|no|nr|number|obs(ervation)?|unnamed0"
)
FEWEST = 10
FEWEST_INPUTS = 4


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """Measurements of one target at known inputs.

    Attributes:
        inputs: Names of the input columns, in the order of the columns of `x`.
        target: Name of the target column.
        x: Inputs, one row per measurement, in the units of the file.
        y: Targets, in the units of the file.
        notes: What was changed while reading, one sentence each.
        source: The file, or "a data frame".
        error: Standard deviation of the measurement error of every target; rows count
            in proportion to one over its square. None where all errors are alike.
        kind: What the target is: `number`, `class` (0 or 1) or `count`.
        classes: Names of the classes 0 and 1; None for other targets.
        all_rows: Number of rows before a random subset was drawn; None if none was.
        dropped: Columns of numbers that follow from the inputs and were left out, by
            name: one factor per input, and a constant.
        categories: Inputs whose values are words.

    Examples:
        >>> x = np.arange(12.0)[:, None]
        >>> table = sf.auditing.Table(("age",), "height", x, 80 + 6 * x[:, 0])
        >>> ages = sf.auditing.candidates(table)
        >>> bool(ages.min() >= 0), bool(ages.max() <= 11)
        (True, True)
    """

    inputs: tuple[str, ...]
    target: str
    x: Float[np.ndarray, "n dim"]
    y: Float[np.ndarray, " n"]
    notes: tuple[str, ...] = ()
    source: str = ""
    error: Float[np.ndarray, " n"] | None = None
    kind: Kind = "number"
    classes: tuple[str, str] | None = None
    all_rows: int | None = None
    dropped: Mapping[str, Float[np.ndarray, " dim_and_one"]] = dataclasses.field(
        default_factory=dict
    )
    categories: tuple[Category, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the input columns of the file; one of words is several inputs."""
        return tuple(name for _, name in grouped(self.inputs, self.categories))


def read_table(
    path: str | Path | pd.DataFrame,
    target: str,
    *,
    inputs: Sequence[str] = (),
    drop: Sequence[str] = (),
    error: str | None = None,
    repair: bool = False,
    distinct: bool = False,
    delimiter: str | None = None,
) -> Table:
    """Read measurements; rows and columns with information are dropped on request only.

    | problem | what happens |
    |---|---|
    | no such file, a folder, a spreadsheet, 0 bytes, blank lines only | error |
    | binary content, UTF-16, not UTF-8, not Parquet | error |
    | a single column, ragged rows, open quote | error |
    | header only, unnamed or repeated column, no header (numbers) | error |
    | target or input column not there (did you mean), target among the inputs | error |
    | fewer than ten rows (left), or fewer than input columns and two | error |
    | words in an input column: up to 20, each in 3 rows | note: an input of levels |
    | more words, rare words, dates | error; `repair` drops the column |
    | decimal commas between commas, or beside decimal points | error |
    | text among the numbers of a column | error |
    | target of two values, text or not | note: two classes, a logistic model |
    | fewer than five rows of one of them; target of more values of text | error |
    | target of whole numbers from 0, with zeros, that scatter | note: counts |
    | measurement error that is zero or negative | error |
    | infinite or huge numbers (above 1e100) | error |
    | constant target | error |
    | missing target or input | error; `repair` drops the rows and counts them |
    | rows that repeat the inputs of another row | note: repeated measurements |
    | more than half of the rows repeat another one exactly | note: pasted twice? |
    | fewer than four distinct inputs | error |
    | constant column, column equal to or affine in others | note: dropped |
    | `rownames`, `index`, `id`, ... that number the rows | note: dropped |
    | true/false | note: read as 1 and 0 |

    Args:
        path: Text file, plain or gzipped, Parquet file, or a pandas data frame.
        target: Name of the column to predict.
        inputs: Names of the columns to predict from; empty takes all others.
        drop: Names of columns to leave out.
        error: Name of the column with the measurement error of the target, a standard
            deviation per row, which is no input; None where all errors are alike.
        repair: Whether problems are repaired as the table above says, with a note,
            instead of raising an error.
        distinct: Whether one of each is kept of rows that are equal in the inputs and
            the target, as for a file that was pasted twice. By default they are
            repeated measurements, and all of them count.
        delimiter: Separator of the cells of a text file; None detects it.

    Returns:
        The inputs, the target and the notes.

    Raises:
        TableError: The file has one of the problems above.

    Examples:
        >>> import pandas as pd
        >>> x = np.arange(12.0)
        >>> table = sf.auditing.read_table(pd.DataFrame({"x": x, "y": 2 * x}), "y")
        >>> table.inputs, table.x.shape
        (('x',), (12, 1))
    """
    frame = read_frame(path, delimiter=delimiter)
    source = "a data frame" if isinstance(path, pd.DataFrame) else str(path)
    notes: list[str] = []
    names = _chosen(frame, source, target, inputs, drop, error)
    names = names if inputs else _without_row_numbers(frame, names, notes)
    words = read_words(frame, names, source, repair, notes)
    names = [name for name in names if name not in words or words[name]]
    say_booleans(frame[[name for name in names if name not in words]], notes)
    blocks, columns = encoded(frame, names, words, source)
    columns[target], kind, classes = read_target(
        column_of(frame, target), source, notes
    )
    if error is not None:
        columns[error] = read_errors(column_of(frame, error), source)
    numbers = pd.DataFrame(columns, index=frame.index)
    numbers = _without_missing(numbers, blocks, source, target, repair, notes)
    every = [column for block in blocks.values() for column in block]
    numbers = _repeats(numbers, every, distinct, notes)
    _check_size(numbers, every, target, source)
    check_classes(numbers[target].to_numpy(), target, classes)
    names = independent(numbers, blocks, notes)
    _check_inputs(numbers, names, source)
    return Table(
        inputs=tuple(names),
        target=target,
        x=numbers[names].to_numpy(),
        y=numbers[target].to_numpy(),
        notes=tuple(notes),
        source=source,
        error=None if error is None else numbers[error].to_numpy(),
        kind=kind,
        classes=classes,
        dropped={n: affine(numbers, n, names) for n in every if n not in names},
        categories=tuple(
            Category(name, levels, tuple(map(names.index, blocks[name])))
            for name, levels in words.items()
            if levels and set(blocks[name]) <= set(names)
        ),
    )


def _chosen(frame, source, target, inputs, drop, error) -> list[str]:
    roles = {"target": [target], "input": inputs, "dropped": drop}
    roles["measurement error"] = [] if error is None else [error]
    for role, asked in roles.items():
        check_columns(frame, asked, source, role)
    for role, name in (("target", target), ("measurement error", error)):
        if name in inputs:
            raise TableError(f"{name!r} is the {role} and cannot be an input too.")
    if error == target:
        raise TableError(f"{target!r} is the target and cannot be its error too.")
    others = {target, error, *drop}
    names = [name for name in (inputs or frame.columns) if name not in others]
    if not names:
        raise TableError("no input column is left; expected at least one.")
    return list(dict.fromkeys(names))


def _without_row_numbers(frame, names, notes) -> list[str]:
    """The names without those of columns that number the rows of the file."""
    counting = [
        name
        for name in names
        if ROW_NUMBERS.fullmatch(re.sub(r"\W|_", "", name.lower()))
        and _counts(frame, name)
    ]
    if len(counting) == len(names):
        return names
    notes += [
        f"column {n!r} numbers the rows: dropped; --inputs keeps it." for n in counting
    ]
    return [name for name in names if name not in counting]


def _counts(frame, name: str) -> bool:
    """Whether a column is 0, 1, 2, ... or 1, 2, 3, ... from row to row."""
    values = pd.to_numeric(column_of(frame, name), errors="coerce")
    numbers = np.arange(len(frame))
    return any(np.array_equal(values, numbers + first) for first in (0, 1))


def _without_missing(numbers, blocks, source, target, repair, notes) -> pd.DataFrame:
    inside = [column for block in blocks.values() for column in block]
    others = [n for n in numbers.columns if n not in (target, *inside)]
    inputs = {block[0]: name for name, block in blocks.items()}
    for role, names in (("target", [target]), ("input", [*inputs, *others])):
        holes = numbers[names].rename(columns=inputs).isna()
        rows = holes.any(axis=1)
        if not rows.any():
            continue
        worst = holes.sum().idxmax()
        leave = f", or {drop_flag(worst)}" if role == "input" else ""
        where = f"{int(rows.sum())} of {len(numbers)} rows lack the {role} "
        where += f"{worst!r}" if holes.any().sum() == 1 else f"(mostly {worst!r})"
        if not repair:
            raise TableError(
                f"{source}: {where}, the first in "
                f"{place(numbers, rows.to_numpy())}; "
                "pass --repair to drop these "
                f"rows{leave}."
            )
        numbers = numbers[~rows]
        notes.append(f"{where}: dropped.")
    return numbers


def _repeats(numbers, names, distinct, notes) -> pd.DataFrame:
    """Say what is repeated; rows that repeat exactly are dropped on request only."""
    n, equal = len(numbers), numbers.duplicated()
    if distinct and equal.any():
        notes.append(f"{int(equal.sum())} of {n} rows repeat another one: dropped.")
        return numbers[~equal]
    again = numbers.duplicated(subset=names)
    if again.any():
        notes.append(
            f"{n} rows have {plural(int((~again).sum()), 'distinct input')}: the "
            "others are repeated measurements, which are never split between fitting "
            "and testing."
        )
    if equal.sum() > n / 2:
        notes.append(
            f"{int(equal.sum())} of {n} rows repeat another one exactly. If the file "
            "was pasted twice, pass --distinct to keep one of each."
        )
    return numbers


def _check_size(numbers, names, target, path) -> None:
    if len(numbers) < FEWEST:
        raise TableError(
            f"{path} has {plural(len(numbers), 'usable row')}; expected "
            f"at least {FEWEST}. If you know the formula of the law, fewer rows can "
            "do: see suffice identify --help."
        )
    if len(numbers) < len(names) + 2:
        raise TableError(
            f"{path} has {len(numbers)} usable rows and {len(names)} input columns: "
            f"too few even for a linear model, which has {len(names) + 1} parameters; "
            "choose fewer columns with --inputs."
        )
    if np.ptp(numbers[target]) == 0:
        value = numbers[target].iloc[0]
        raise TableError(
            f"the target {target!r} is {value:g} in every row; there is nothing to "
            "learn."
        )


def _check_inputs(numbers, names, path) -> None:
    inputs = len(numbers[names].drop_duplicates())
    if inputs < FEWEST_INPUTS:
        raise TableError(
            f"{path} has only {plural(inputs, 'distinct input')} in {len(numbers)} "
            f"rows; expected at least {FEWEST_INPUTS}, to learn from some and to test "
            "on others."
        )
