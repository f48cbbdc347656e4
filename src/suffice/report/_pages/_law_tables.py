"""The tables and sentences of a law, for page and terminal alike."""

import numpy as np

from suffice._core import percent, short
from suffice.laws import Comparison, Design, LawAnswer, LawFit
from suffice.laws._shared import joined, together
from suffice.report._page._grid import Grid

LARGE = 2.0  # times the mean leverage: rows that decide more than their share


def parameter_grid(fit: LawFit) -> Grid:
    """Value, errors and intervals of every parameter."""
    columns = {
        "parameter": [e.name for e in fit.estimates],
        "value": [short(e.value, 4) for e in fit.estimates],
        "standard error": [
            short(e.error) if np.isfinite(e.error) else "" for e in fit.estimates
        ],
        "interval of the profile": [
            e.between if e.determined else "" for e in fit.estimates
        ],
        "linear, where it differs": [
            f"[{short(e.linear[0], 4)}, {short(e.linear[1], 4)}]" if e.apart else ""
            for e in fit.estimates
        ],
        "verdict": [e.verdict for e in fit.estimates],
    }
    told = {head: cells for head, cells in columns.items() if any(cells)}
    return Grid(tuple(told), tuple(zip(*told.values(), strict=True)))


def noise_grid(fit: LawFit) -> Grid:
    """How large the noise is, and whether the law fits."""
    rows = [("rows", f"{fit.rows}, with {fit.distinct} distinct inputs")]
    if fit.residual is not None:
        over = ", over the given ones" if fit.data.known else ""
        rows.append((f"standard deviation of the residuals{over}", short(fit.residual)))
    if fit.pure_error is not None:
        freedom = f"{fit.freedom} degrees of freedom"
        rows.append((f"spread of repeats ({freedom})", short(fit.pure_error)))
    if fit.misfit is not None:
        rows.append(("misfit by chance, probability", f"{fit.misfit:.2g}"))
    return Grid(("", ""), tuple(rows))


def design_grid(design: Design) -> Grid:
    """Where to measure, and how often."""
    if design.rows is None:
        head, counts = ("share",), ([percent(s)] for s in design.share)
    elif len(design.batches) == 1:
        head, counts = ("rows",), ([str(n)] for n in design.rows)
    else:
        head = tuple(f"batch {k + 1}" for k in range(len(design.batches)))
        counts = (map(str, each) for each in zip(*design.batches, strict=True))
    rows = [
        (*(short(value, 4) for value in x), *often)
        for x, often in zip(design.x, counts, strict=True)
    ]
    return Grid((*design.inputs, *head), tuple(rows))


def comparison_grid(found: Comparison) -> Grid:
    """Every law with its errors."""
    columns = zip(
        found.names, found.parameters, found.aicc, found.unseen, found.behind,
        found.behind_error, strict=True,
    )  # fmt: skip
    rows = [
        (name, str(p), short(a), short(u), f"{short(b)} ± {short(e)}")
        for name, p, a, u, b, e in columns
    ]
    head = ("law", "parameters", "AICc above the best", "off on unseen inputs",
            "mean square behind the best")  # fmt: skip
    return Grid(head, tuple(rows), found.names.index(found.chosen))


def about_fit(fit: LawFit) -> tuple[str, ...]:
    """What a reader has to know of a fit beside its numbers."""
    said = []
    if fit.determined is not None and not fit.determined.whole:
        said.append(fit.determined.headline())
    known = all(e.error < np.inf for e in fit.estimates if e.determined)
    if known and (weak := together(fit.weakest)):
        said.append(
            f"The direction that the table sees worst, by one standard error: {weak}."
        )
    said += [_other(fit, values) for values in fit.others]
    if fit.misfit is not None and fit.misfit < 0.01:
        said.append(
            "The law misses the measurements by more than their noise explains "
            f"(p = {fit.misfit:.2g}): it is of another form."
        )
    large = np.flatnonzero(fit.leverage > LARGE * fit.leverage.mean())
    if 0 < len(large) < len(fit.leverage) / 2:
        lines = joined([fit.data.lines[row] for row in large[:5]])
        said.append(f"Rows that decide more than others: {lines}.")
    return (*said, *(check[:1].upper() + check[1:] for check in fit.checks))


def _other(fit: LawFit, values: dict[str, float]) -> str:
    named = joined([f"{name} = {short(value, 4)}" for name, value in values.items()])
    return f"Other values fit equally well: {named}. A bound on a parameter decides."


def about_combinations(answer: LawAnswer) -> tuple[str, ...]:
    """Directions in which nothing changes, where they have no formula."""
    return tuple(
        f"Of {joined(c.parameters)} {c.text.split(' of ')[0]} is seen: "
        f"{together({name: 0.1 * v for name, v in c.direction.items()})} changes "
        "nothing, to first order."
        for c in answer.determined.combinations
        if c.direction
    )
