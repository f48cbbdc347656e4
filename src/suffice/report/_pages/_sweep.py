"""The page of a sweep: its study, and how often the target was recovered."""

import json

import numpy as np
import xarray

from suffice._core import plural, short
from suffice._core.literature import bases, publication
from suffice.recovery import Study, summary
from suffice.recovery._shared import first_reaching
from suffice.report._figures._sweep import (
    error_map,
    fraction_map,
    outcome_bars,
)
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
from suffice.report._page._describe import Bullets, Card, Page, Picture, Section
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered
from suffice.training import Outcome

from ._sweep_words import asked

LIMITS = (
    "A run is recovered when its relative test error is small, whether or not training "
    "has ended. Runs that ran out of steps, stalled or met a kink without that are "
    "undetermined: the interval counts them as failures at its lower end, as successes "
    "at its upper end.",
    "Lines of theory hold for almost every choice of samples. Separation says that a "
    "neighbourhood of a branch recovers the target; whether training goes there "
    "depends on the initialisation.",
    "The flow is followed to its limit. Descent with a large learning rate may end "
    "elsewhere.",
)

LISTED = 2000  # rows of the table of cells, with which a page still opens at once


def sweep_page(
    results: xarray.Dataset, *, study: Study | None = None, command: str = ""
) -> str:
    """The page of a sweep, one self-contained HTML document.

    Args:
        results: A store as `open_store` returns it, finished or not.
        study: The study of these results; None takes it from their attributes.
        command: The command line that made the page; it is printed at the end.

    Raises:
        ValueError: The results belong to no study of recovery, or nothing is varied.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> three = LinearSpec(3), RandomNetwork(), Random(3)
        >>> study = sf.Study(*three, grid={"samples.size": (2, 3, 4)}, seeds=4)
        >>> done = sf.sweep(study, "linear.store")
        >>> results = sf.open_store("linear.store")
        >>> page = sf.report.sweep_page(results, command="by hand")
        >>> page.startswith("<!doctype html>"), "by hand" in page
        (True, True)
    """
    summarised = summary(results)
    pictures = views(
        summarised, study or study_of(summarised), trusted=study is not None
    )
    drawn = [part for i, view in enumerate(pictures) for part in _drawings(view, i)]
    limits = (bases.SIZE, bases.SEPARATION)
    return rendered(
        Page(
            title="Does training recover the target?",
            subtitle=asked(study or study_of(summarised), summarised),
            cards=_cards(summarised, pictures[0]),
            lead=(_unfinished(results),),
            sections=(
                *drawn,
                _theory(pictures),
                _cells(summarised),
                Section("What these answers rest on", (Bullets(LIMITS),), limits),
            ),
            command=command,
            cited=(publication("2307.08921"),),
            details=(("The whole study", _plain_study(summarised)),),
            remarks=(f"Computed with {_versions(summarised)}.",),
        )
    )


def _cards(summarised: xarray.Dataset, view: SweepView) -> tuple[Card, ...]:
    runs, recovered, undetermined = (
        int(summarised[name].sum()) for name in ("runs", "recovered", "undetermined")
    )
    cells = plural(summarised["runs"].size, "cell")
    ended = "out of steps or stalled"
    cards = [
        Card("runs", f"{runs:,}", cells, bases.PHASES),
        Card("recovered", _share(recovered, runs), f"{recovered:,} runs", bases.PHASES),
        Card("undetermined", _share(undetermined, runs), ended, bases.PHASES),
    ]
    for line in view.lines[:1]:
        size = f"{line.at[0]:.0f}"
        cards.append(Card("optimistic sample size", size, "theory", bases.SIZE))
    half = _half(summarised)
    if half:
        measured = "samples on, measured"
        cards.append(Card("half recover from", half, measured, bases.PHASES))
    return tuple(cards)


def _half(summarised: xarray.Dataset) -> str:
    size = [
        str(dim)
        for dim in summarised["fraction"].dims
        if field_of(summarised, str(dim)) == SIZE
    ]
    if not size:
        return ""
    values = first_reaching(summarised, size[0]).to_numpy().ravel()
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


def _drawings(view: SweepView, index: int) -> list[Section]:
    title = f": {view.title}" if view.title else ""
    rests = (bases.PHASES, bases.BRANCHES) if view.lines else (bases.PHASES,)
    return [
        Section(f"How often it is recovered{title}", (_often(view, index),), rests),
        Section(f"How far off it is{title}", (_far(view, index),), (bases.PHASES,)),
        Section(f"How the runs ended{title}", (_ended(view, index),), (bases.PHASES,)),
    ]


def _over(view: SweepView) -> str:
    rows = f" and {view.y}" if view.y else ""
    return f"over {view.x}{rows}"


def _often(view: SweepView, index: int) -> Picture:
    where = (
        "The table of cells has its counts, intervals and outcomes; pale cells have "
        "not been run. "
        if view.y
        else "The band is made of intervals. "
    )
    lines = "Lines mark sample sizes of theory, listed below. " if view.lines else ""
    return Picture(
        f"fraction-{index}",
        fraction_map(view),
        f"Fraction of the runs that recovered the target {_over(view)}.",
        f"Fraction of the runs whose relative test error is small. {where}{lines}",
    )


def _far(view: SweepView, index: int) -> Picture:
    return Picture(
        f"error-{index}",
        error_map(view),
        f"Mean relative test error {_over(view)}.",
        "Relative test error, in root mean square: "
        + (
            "its mean over the runs."
            if view.y
            else "its mean and median over the runs."
        ),
    )


def _ended(view: SweepView, index: int) -> Picture:
    return Picture(
        f"outcomes-{index}",
        outcome_bars(view),
        f"Stacked bars: how many runs ended in which way over {view.x}.",
        f"Outcomes over {view.x}{', all rows together' if view.y else ''}.",
    )


def _theory(pictures: list[SweepView]) -> Section | None:
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
        return None
    head = ("samples", "threshold", "what happens there", "status", "source")
    return Section(
        "What theory predicts",
        (Grid(head, tuple(rows)),),
        (bases.SIZE, bases.SEPARATION, bases.BRANCHES),
    )


def _cells(summarised: xarray.Dataset) -> Section:
    """The cells that were run in a table; of very many, the first ones."""
    dims = grid_dims(summarised)
    numbers = {
        name: summarised[name].transpose(*dims).to_numpy()
        for name in ("runs", "fraction", "low", "high", "mean_error", "median_error")
    }
    run = np.argwhere(numbers["runs"])
    title, parts = "Every cell", ()
    if len(run) > LISTED:
        title = f"The first {LISTED:,} of {len(run):,} cells"
        parts = (
            "The command suffice export writes every run of all cells into a file.",
        )
    grid = _cell_grid(summarised, dims, numbers, run[:LISTED])
    return Section(title, (*parts, grid), (bases.PHASES,))


def _cell_grid(
    summarised: xarray.Dataset,
    dims: list[str],
    numbers: dict[str, np.ndarray],
    run: np.ndarray,
) -> Grid:
    others = [o for o in Outcome if o is not Outcome.recovered]
    chosen = {o: summarised["outcomes"].sel(outcome=o.name) for o in others}
    counts = {o: c.transpose(*dims).to_numpy() for o, c in chosen.items() if c.any()}
    labels = [[label(v) for v in summarised[dim].values.tolist()] for dim in dims]
    head = (
        *(axis_name(summarised, dim) for dim in dims),
        "runs",
        "recovered",
        "interval",
        "mean error",
        "median error",
        *(o.tested for o in counts),
    )
    rows = []
    for place in map(tuple, run.tolist()):
        at = {name: array[place].item() for name, array in numbers.items()}
        rows.append(
            (
                *(names[i] for names, i in zip(labels, place, strict=True)),
                str(at["runs"]),
                f"{at['fraction']:.3f}",
                f"{at['low']:.3f} - {at['high']:.3f}",
                short(at["mean_error"]),
                short(at["median_error"]),
                *(str(array[place]) for array in counts.values()),
            )
        )
    return Grid(head, tuple(rows))


def _plain_study(summarised: xarray.Dataset) -> str:
    return json.dumps(json.loads(summarised.attrs["study"]), indent=1)


def _versions(summarised: xarray.Dataset) -> str:
    versions = json.loads(summarised.attrs.get("versions", "{}"))
    return ", ".join(f"{name} {number}" for name, number in versions.items())
