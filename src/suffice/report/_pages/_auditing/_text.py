"""An audit as text for a terminal."""

import textwrap

from suffice.auditing import Audit
from suffice.auditing._shared import counted
from suffice.report._page._grid import Grid, is_numeric

from . import _advice, _answer
from ._tables import (
    learning_grid,
    next_grid,
    relevance_grid,
    threshold_grid,
    verdict_grid,
    width_grid,
)

COLUMNS = 88


def audit_text(audit: Audit, *, brief: bool = False) -> str:
    """The whole audit as text.

    Args:
        audit: The result of `suffice.audit`.
        brief: Leave out the tables.

    Examples:
        >>> x = np.arange(12.0)
        >>> table = sf.auditing.Table(("x",), "y", x[:, None], np.tanh(x - 6))
        >>> quick = {"max_width": 1, "folds": 2, "restarts": 4, "splits": 2}
        >>> text = sf.report.audit_text(sf.audit(table, **quick), brief=True)
        >>> print(text[text.index("Inputs") : text.index("Learning")].strip())
        Inputs that matter
          The law uses x.
    """
    about = ", ".join(filter(None, (audit.source, f"{counted(audit)} samples")))
    title = f"{audit.target}  ({about})"
    parts = [title, *(wrapped(f"Note: {note}") for note in audit.notes)]
    sections = [
        (
            "Intrinsic width",
            [*_answer.laws(audit), _answer.diagnosis(audit)],
            width_grid(audit),
        ),
        ("Samples needed", [_answer.need(audit)], threshold_grid(audit)),
        (
            "Do yours suffice",
            [_answer.verdict(audit), _answer.asked(audit), _answer.fewest(audit)],
            verdict_grid(audit),
        ),
        ("Inputs that matter", [_answer.relevance(audit)], relevance_grid(audit)),
        (
            "Learning curve",
            [_advice.jump(audit), _advice.continued(audit)],
            learning_grid(audit),
        ),
        (
            "Measure next",
            [_advice.proposal(audit), _advice.more(audit)],
            next_grid(audit),
        ),
    ]
    for name, sentences, grid in sections:
        if not any(sentences):
            continue
        parts.append(f"\n{name}")
        parts += [wrapped(sentence) for sentence in sentences if sentence]
        if not brief and grid.rows:
            parts.append(aligned(_narrow(grid)))
    return "\n".join(parts)


def aligned(grid: Grid) -> str:
    """A table with aligned columns; numbers to the right, a star at the marked row."""
    table = [grid.head, *grid.rows] if any(grid.head) else list(grid.rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    right = [is_numeric(column) for column in zip(*grid.rows, strict=True)]
    lines = []
    for index, row in enumerate(table):
        cells = [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        ]
        star = grid.marked is not None and index == grid.marked + 1
        lines.append(f"  {'*' if star else ' '} {'  '.join(cells)}".rstrip())
    return "\n".join(lines)


def _narrow(grid: Grid) -> Grid:
    if grid.head[-1] != "source":
        return grid
    return Grid(grid.head[:-1], tuple(row[:-1] for row in grid.rows), grid.marked)


def wrapped(sentence: str) -> str:
    """A sentence in lines, indented."""
    return textwrap.fill(sentence, COLUMNS, initial_indent="  ", subsequent_indent="  ")
