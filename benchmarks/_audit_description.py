"""Which description: the headline of an audit against what one would take otherwise.

Every table is cut into parts; each part is predicted from the others by the model that
an audit of these chooses, and by ridge regression, a quadratic, a power law, a Gaussian
process and boosted trees.
"""

import dataclasses
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd
from _audit.tables import tables
from _audit.widths import chosen_widths

from suffice.auditing import read_table, Table
from suffice.auditing._audit import _final
from suffice.auditing._candidates import predict_one
from suffice.auditing._memory import Memory
from suffice.auditing._references import _ladder, references
from suffice.auditing._standard import Standard
from suffice.auditing._width import folds_of, paired

ROWS = 150
PARTS = 4
FOLDED = {"folds": 5, "restarts": 4, "max_width": 3}


class Described(NamedTuple):
    """One table: errors on parts that no choice has seen, relative to the variance.

    Attributes:
        table: Its name.
        model: What the audit of the whole table chooses.
        error: Error of the audits of the parts.
        rival: The best of the other descriptions.
        rival_error: Its error.
        behind: Error of the audits minus that of the rival.
        behind_error: Standard error of this difference.
        said: Whether the headline of the whole table names a description that predicts
            better or as well.
    """

    table: str
    model: str
    error: float
    rival: str
    rival_error: float
    behind: float
    behind_error: float
    said: bool

    @property
    def wrong(self) -> bool:
        """Whether the audit loses by over one standard error without saying so."""
        return self.behind > self.behind_error and not self.said


def description(store: Path, folder: Path | None, *, quick: bool) -> list[str]:
    """Compare the headline with other descriptions; return the lines of a table.

    Args:
        store: Folder of finished tables, from which a stopped run goes on.
        folder: Folder of further tables; without it those of scikit-learn alone.
        quick: Whether the first two tables are enough.
    """
    store.mkdir(parents=True, exist_ok=True)
    found = []
    for name, x, y in itertools.islice(tables(folder), 2 if quick else None):
        path = store / f"{name}.json"
        if not path.exists():
            each = _compared(name, _table(x[:ROWS], y[:ROWS]))
            path.write_text(json.dumps(each))
        found.append(Described(*json.loads(path.read_text())))
    wrong = sum(each.wrong for each in found)
    head = "| table | audit | error | best other | its error | behind | said |"
    lines = [head, "|---" * 7 + "|", *map(_line, found)]
    return [*lines, "", f"Behind without saying so: {wrong} of {len(found)} tables."]


def _line(each: Described) -> str:
    cells = (
        each.table,
        each.model,
        f"{each.error:.3f}",
        each.rival,
        f"{each.rival_error:.3f}",
        f"{each.behind:.3f} ± {each.behind_error:.3f}",
        "yes" if each.said else "**no**" if each.wrong else "no",
    )
    return f"| {' | '.join(cells)} |"


def _table(x, y) -> Table:
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])])
    return dataclasses.replace(read_table(frame.assign(y=y), "y"), kind="number")


def _compared(name: str, table: Table) -> Described:
    data, key = Standard.of(table), jax.random.key(0)
    part = folds_of(data.groups, PARTS, key)
    squares: dict[str, np.ndarray] = {}
    for k in range(PARTS):
        for learner, predicted in _predicted(table, part != k, part == k, key):
            errors = squares.setdefault(learner, np.full(len(part), np.inf))
            errors[part == k] = ((predicted - table.y[part == k]) / data.unit) ** 2
    ours = squares.pop("audit")
    rival = min(squares, key=lambda learner: squares[learner].mean())
    behind, error = paired(ours, squares[rival], data.groups)
    widths = chosen_widths(data, key, **FOLDED)
    others = references(data, widths, key=key, memory=Memory(None))
    return Described(
        table=name,
        model=widths.name,
        error=float(ours.mean()),
        rival=rival,
        rival_error=float(squares[rival].mean()),
        behind=behind,
        behind_error=error,
        said=others.better is not None or others.level is not None,
    )


def _predicted(table, inside, outside, key) -> Iterator[tuple[str, np.ndarray]]:
    """Predictions of every learner outside of the rows from which it learns."""
    data = Standard.of(dataclasses.replace(table, x=table.x[inside], y=table.y[inside]))
    new = data.standard(table.x[outside])
    widths = chosen_widths(data, key, **FOLDED)
    model = _final(data, widths, FOLDED["restarts"], key)
    learned = {"audit": predict_one(model, new)}
    for name, learner in _ladder(data, widths.fold, key):
        learned[name] = learner(data.x, data.y, data.weights, new)
    for name, standard in learned.items():
        yield name, data.offset + data.unit * standard
