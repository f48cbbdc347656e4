"""The tables of an audit, for page and terminal alike."""

from suffice._core import bounded, percent, short
from suffice.auditing import Audit
from suffice.auditing._shared import readable
from suffice.report._page._grid import Grid


def width_grid(audit: Audit) -> Grid:
    """Error of every model of the ladder."""
    w = audit.widths
    models = zip(
        w.names,
        w.parameters,
        w.error,
        w.behind,
        w.behind_error,
        w.train_error,
        strict=True,
    )
    rows = [
        (name, str(count), percent(error), _difference(late, sem), percent(train))
        for name, count, error, late, sem, train in models
    ]
    others = audit.references
    for name, error, late, sem in zip(
        others.names, others.error, others.behind, others.behind_error, strict=True
    ):
        rows.append((f"({name})", "", percent(error), _difference(late, sem), ""))
    head = (
        "model",
        "parameters",
        "unseen samples",
        "behind the best",
        "fitted",
    )
    return Grid(head, tuple(rows), w.chosen)


def _difference(value: float, error: float) -> str:
    """A difference of errors with its standard error, both in percent."""
    same = percent(value) == percent(error) == percent(0.0)
    return "" if same else f"{percent(value)} ± {percent(error)}"


def learning_grid(audit: Audit) -> Grid:
    """Error on unseen samples for every number of samples."""
    curve = audit.learning
    columns: dict[str, list[str]] = {
        "samples": [str(n) for n in curve.n],
        "mean error": list(map(percent, curve.error)),
        "median": list(map(percent, curve.median)),
        "10th percentile": list(map(percent, curve.low)),
        "90th percentile": list(map(percent, curve.high)),
    }
    if curve.name != "linear":
        columns["linear, mean"] = list(map(percent, curve.linear))
    columns["unseen rows"] = [str(count) for count in curve.unseen]
    if audit.widths.exact:
        columns["met to rounding"] = [
            f"{count} of {scored}"
            for count, scored in zip(curve.recovered, curve.scored, strict=True)
        ]
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
    columns: dict[str, list[str]] = {
        "order": [str(place + 1) for place in range(len(proposed.x))],
        **{
            name: [v if isinstance(v, str) else f"{v:.6g}" for v in values]
            for name, values in readable(
                proposed.inputs, proposed.categories, proposed.x
            ).items()
        },
    }
    if proposed.repeats.any():
        columns["measured before"] = [
            f"{count}" if count else "" for count in proposed.repeats
        ]
    if proposed.cost is not None:
        columns["cost"] = list(map(short, proposed.cost))
    columns["kappa after it"] = list(map(short, proposed.kappa))
    if proposed.error is not None and not audit.widths.exact:
        columns["error after it"] = [bounded(e, audit.unit) for e in proposed.error]
    return Grid(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def verdict_grid(audit: Audit) -> Grid:
    """Whether the samples suffice, and how much noise reaches a prediction."""
    sufficiency, guarantee = audit.sufficiency, audit.sufficiency.guarantee
    rows = []
    if guarantee is not None:
        rows += [
            ("directions seen", f"{guarantee.rank_s} of {guarantee.rank}"),
            ("amplification kappa", short(guarantee.kappa)),
        ]
    if audit.data.kind != "number":
        return Grid(("", ""), (*rows, *_error_rows(audit)))
    if not audit.widths.exact:
        rows += _noise_rows(audit)
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


def _noise_rows(audit: Audit) -> list[tuple[str, str]]:
    noise = audit.sufficiency.noise
    rows = [
        (f"noise, from {noise.source}", short(noise.value)),
        ("the same, in 95 of 100 tables", f"{short(noise.low)} - {short(noise.high)}"),
    ]
    if noise.pure_error is not None:
        freedom = f"{noise.freedom} degrees of freedom"
        rows.append((f"spread of repeats ({freedom})", short(noise.pure_error)))
    if noise.lack_of_fit is not None:
        rows.append(("misfit by chance, probability", f"{noise.lack_of_fit:.2g}"))
    rows += [
        ("fitted samples are off by", short(noise.residual)),
        ("unseen samples are off by", short(noise.unseen)),
    ]
    if noise.declared is not None:
        rows.append(("measurement errors given, typically", short(noise.declared)))
    return rows + _error_rows(audit)


def _error_rows(audit: Audit) -> list[tuple[str, str]]:
    sufficiency = audit.sufficiency
    errors = {
        "the function is off at the rows by": sufficiency.typical_error,
        "the same over the region": sufficiency.region_error,
        "at the most, over both": sufficiency.worst_error,
    }
    return [
        (name, bounded(e, audit.unit)) for name, e in errors.items() if e is not None
    ]


def relevance_grid(audit: Audit) -> Grid:
    """How much worse unseen samples are predicted where an input says nothing."""
    found = audit.relevance
    if found is None:
        return Grid(("input", "error without it", "p"), ())
    error = audit.widths.error[audit.widths.chosen]
    rows = zip(found.inputs, found.rise, found.p, strict=True)
    return Grid(
        ("input", "error without it", "p"),
        tuple((name, percent(error + rise), f"{p:.3f}") for name, rise, p in rows),
    )
