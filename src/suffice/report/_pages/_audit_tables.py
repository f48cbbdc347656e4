"""The tables of an audit, for page and terminal alike."""

from typing import Any

from suffice._core import percent, short
from suffice.auditing import Audit
from suffice.report._page._grid import Grid


def width_grid(audit: Audit) -> Grid:
    """Error of every model of the ladder."""
    w = audit.widths
    rows = zip(
        w.names, w.parameters, w.error, w.standard_error, w.train_error, strict=True
    )
    return Grid(
        ("model", "parameters", "unseen samples", "± standard error", "fitted samples"),
        tuple(
            (name, str(count), percent(error), percent(sem), percent(train))
            for name, count, error, sem, train in rows
        ),
        w.chosen,
    )


def learning_grid(audit: Audit) -> Grid:
    """Error on unseen samples for every number of samples."""
    curve = audit.learning
    columns: dict[str, list[str]] = {
        "samples": [str(n) for n in curve.n],
        "median error": list(map(percent, curve.median)),
        "10th percentile": list(map(percent, curve.low)),
        "90th percentile": list(map(percent, curve.high)),
    }
    if curve.name != "linear":
        columns["linear, median"] = list(map(percent, curve.linear))
    if audit.widths.exact:
        counts = [f"{count} of {curve.splits}" for count in curve.recovered]
        columns["met to rounding"] = counts
    return Grid(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def threshold_grid(audit: Audit) -> Grid:
    """What the theory says happens at which number of samples."""
    return Grid(
        ("samples", "belongs to", "what happens there", "source"),
        tuple((str(t.n), t.name, t.meaning, t.source) for t in audit.thresholds),
    )


def next_grid(audit: Audit) -> Grid:
    """What to measure next."""
    proposed = audit.next
    if proposed is None:
        return Grid(("order",), ())
    rows: list[tuple[Any, ...]] = [
        (str(place), *(f"{value:.4g}" for value in x), short(kappa))
        for place, (x, kappa) in enumerate(
            zip(proposed.x, proposed.kappa, strict=True), 1
        )
    ]
    return Grid(("order", *proposed.inputs, "kappa after it"), tuple(rows))


def verdict_grid(audit: Audit) -> Grid:
    """Whether the samples suffice, and how much noise reaches a prediction."""
    sufficiency, guarantee = audit.sufficiency, audit.sufficiency.guarantee
    rows = []
    if guarantee is not None:
        rows += [
            ("directions seen", f"{guarantee.rank_s} of {guarantee.rank}"),
            ("amplification kappa", short(guarantee.kappa)),
        ]
    if not audit.widths.exact:
        rows.append(("one measurement off the fit", short(sufficiency.noise)))
    if not audit.widths.exact and guarantee is not None:
        rows += [
            ("typical error of prediction", short(sufficiency.typical_error)),
            ("worst error of prediction", short(sufficiency.worst_error)),
        ]
    fewer = sufficiency.one_less
    if fewer is not None:
        rows += [
            (
                f"the best {len(sufficiency.core)} of the rows alone",
                f"determine it, kappa {short(sufficiency.core_kappa)}",
            ),
            (
                f"the best {len(sufficiency.core) - 1} of them",
                f"see {fewer.rank_s} of {fewer.rank} directions: "
                f"{'determine it' if fewer.holds else 'do not determine it'}",
            ),
        ]
    return Grid(("", ""), tuple(rows))
