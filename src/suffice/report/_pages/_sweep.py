"""The page of a sweep: what was asked, and how often the target was recovered."""

import html
import json

import numpy as np
import xarray

from suffice._core import plural, short
from suffice.recovery import Study, summary
from suffice.recovery._shared import first_reaching
from suffice.report._figures._sweep import error_map, fraction_map, outcome_bars
from suffice.report._figures._sweep_view import (
    axis_name,
    field_of,
    grid_dims,
    label,
    SIZE,
    study_of,
    SweepView,
    views,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import card, document, drawn, paragraph, table
from suffice.training import Outcome

LIMITS = (
    "A run is recovered when its relative test error is small, whether or not training "
    "has ended. Runs out of steps or stalled without that are undetermined: the "
    "interval counts them as failures at its lower end, as successes at its upper end.",
    "Lines of theory hold for almost every choice of samples. Separation says that a "
    "neighbourhood of a branch recovers the target; whether training goes there "
    "depends on the initialisation.",
    "The flow is followed to its limit. Descent with a large learning rate may end "
    "elsewhere.",
)


def sweep_page(
    results: xarray.Dataset, *, study: Study | None = None, command: str = ""
) -> str:
    """The page of a sweep, one self-contained HTML document.

    Args:
        results: A store as `open_store` returns it, finished or not.
        study: Whose results they are; found in their attributes otherwise.
        command: The command line that made the page, printed at the end.

    Raises:
        ValueError: The results belong to no study of recovery, or nothing is varied.
    """
    found = summary(results)
    study = study_of(found) if study is None else study
    pictures = views(found, study)
    body = [
        "<h1>Does training recover the target?</h1>",
        paragraph(_asked(study), "soft"),
        _cards(found, pictures[0]),
        paragraph(_unfinished(results)),
        *(
            part
            for index, view in enumerate(pictures)
            for part in _drawings(view, index)
        ),
        *_theory(pictures),
        "<h2>Every cell</h2>",
        table(_cell_grid(found)),
        "<h2>What these answers rest on</h2>",
        f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in LIMITS)}</ul>",
        _footer(found, command),
    ]
    return document("Does training recover the target?", "\n".join(body))


def _asked(study: Study) -> str:
    return (
        f"{_spoken(study.model)} learns {_spoken(study.target)}. Samples: "
        f"{study.sampling}. Start: {_spoken(study.initialisation)}. Method: "
        f"{_spoken(study.method)}. Recovered: relative test error up to "
        f"{short(study.recover)}."
    )


def _spoken(part) -> str:
    """A part of a study in words: its kind, and the fields that are not defaults."""
    import dataclasses

    name = "".join(f" {c.lower()}" if c.isupper() else c for c in type(part).__name__)
    said = []
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if value not in (None, False) and value != field.default and value != {}:
            text = str(value) if len(str(value)) < 40 else "given"
            said.append(f"{field.name.replace('_', ' ')} {text}")
    return name.strip() + (f" ({', '.join(said)})" if said else "")


def _cards(found: xarray.Dataset, view: SweepView) -> str:
    runs = int(found["runs"].sum())
    recovered = int(found["recovered"].sum())
    undetermined = int(found["undetermined"].sum())
    cards = [
        card("runs", f"{runs:,}", plural(found["runs"].size, "cell")),
        card("recovered", _share(recovered, runs), f"{recovered:,} runs"),
        card("undetermined", _share(undetermined, runs), "out of steps or stalled"),
    ]
    for line in view.lines[:1]:
        cards.append(card("optimistic sample size", f"{line.at[0]:.0f}", "theory"))
    half = _half(found)
    if half:
        cards.append(card("half recover from", half, "samples on, measured"))
    return f'<div class="cards">{"".join(cards)}</div>'


def _half(found: xarray.Dataset) -> str:
    size = [
        str(dim) for dim in found["fraction"].dims if field_of(found, str(dim)) == SIZE
    ]
    if not size:
        return ""
    values = first_reaching(found, size[0]).to_numpy().ravel()
    if np.isnan(values).all():
        return "never"
    low, high = np.nanmin(values), np.nanmax(values)
    return label(int(low)) if low == high else f"{int(low)} to {int(high)}"


def _share(count: int, runs: int) -> str:
    return f"{short(100 * count / runs)} %" if runs else "none"


def _unfinished(results: xarray.Dataset) -> str | None:
    status = results["status"].to_numpy()
    pending, failed = int((status == 1).sum()), int((status == 3).sum())
    if not pending and not failed:
        return None
    return (
        f"The sweep is not whole: {plural(pending, 'run')} pending, {failed} failed. "
        "Run the same suffice sweep command again to go on."
    )


def _drawings(view: SweepView, index: int) -> list[str]:
    title = f": {view.title}" if view.title else ""
    where = (
        "Point at a cell for its counts, interval and outcomes. "
        if view.y
        else "Bars are intervals. "
    )
    lines = "Lines mark sample sizes of theory, listed below. " if view.lines else ""
    return [
        f"<h2>How often it is recovered{html.escape(title)}</h2>",
        drawn(
            fraction_map(view),
            f"fraction-{index}",
            f"Fraction of the runs whose relative test error is small. {where}{lines}"
            "Grey cells have not been run.",
        ),
        f"<h2>How far off it is{html.escape(title)}</h2>",
        drawn(
            error_map(view),
            f"error-{index}",
            "Mean over the runs of the relative RMS test error, logarithmic colours.",
        ),
        f"<h2>How the runs ended{html.escape(title)}</h2>",
        drawn(
            outcome_bars(view),
            f"outcomes-{index}",
            f"Outcomes over {view.x}{', all rows together' if view.y else ''}.",
        ),
    ]


def _theory(pictures: list[SweepView]) -> list[str]:
    rows = []
    seen = set()
    for view in pictures:
        for line in view.lines:
            low, high = np.nanmin(line.at), np.nanmax(line.at)
            sizes = f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"
            row = (sizes, line.name, line.row.meaning, line.row.status, line.row.source)
            if row not in seen:
                seen.add(row)
                rows.append(row)
    if not rows:
        return []
    head = ("samples", "threshold", "what happens there", "status", "source")
    return ["<h2>What theory predicts</h2>", table(Grid(head, tuple(rows)))]


def _cell_grid(found: xarray.Dataset) -> Grid:
    dims = grid_dims(found)
    found = found.transpose(*dims, ...)
    ended = [o for o in Outcome if int(found["outcomes"].sel(outcome=o.name).sum())]
    head = (
        *(axis_name(found, dim) for dim in dims),
        "runs",
        "recovered",
        "interval",
        "mean error",
        "median error",
        *(o.tested for o in ended if o is not Outcome.recovered),
    )
    rows = []
    for index in np.ndindex(*found["fraction"].shape):
        at = found.isel(dict(zip(dims, index, strict=True)))
        if not int(at["runs"]):
            continue
        rows.append(
            (
                *(label(at[dim].item()) for dim in dims),
                str(int(at["runs"])),
                f"{float(at['fraction']):.3f}",
                f"{float(at['low']):.3f} - {float(at['high']):.3f}",
                short(float(at["mean_error"])),
                short(float(at["median_error"])),
                *(
                    str(int(at["outcomes"].sel(outcome=o.name)))
                    for o in ended
                    if o is not Outcome.recovered
                ),
            )
        )
    return Grid(head, tuple(rows))


def _footer(found: xarray.Dataset, command: str) -> str:
    made = f"<p>Made by:</p><pre>{html.escape(command)}</pre>" if command else ""
    study = json.dumps(json.loads(found.attrs["study"]), indent=1)
    versions = json.loads(found.attrs.get("versions", "{}"))
    shown = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"<footer>{made}<details><summary>The whole study</summary><pre>"
        f"{html.escape(study)}</pre></details><p>Computed with {html.escape(shown)}."
        "</p><p>Sources: optimistic sample size, arXiv:2307.08921 and arXiv:2406.18035;"
        " separation, arXiv:2309.00508 and arXiv:2405.13787. The page needs no network."
        "</p></footer>"
    )
