"""The data of one picture of a sweep: two axes, a summary, lines of theory."""

import dataclasses
import itertools
import json
from typing import Any

import numpy as np
import xarray

from suffice._core import short
from suffice.landscape._shared import SeparationThreshold
from suffice.recovery import Study, theory_lines
from suffice.sweeps import with_field
from suffice.sweeps._shared import from_plain

STUDIES = [f'"suffice.recovery{module}:Study"' for module in ("", "._study")]
SIZE = "samples.size"
PREFERRED = ("initialisation.scale", "model.width", "model.inner")
DRAWN = (
    "optimistic",
    "extra neurons silent",
    "extra neurons merged",
    "merged with equal signs",
    "parameters",
)
NAMES = {
    SIZE: "sample size n",
    "initialisation.scale": "initialisation scale",
    "model.width": "width",
    "model.inner": "inner dimension",
    "initialisation.ratio": "imbalance ratio",
}


@dataclasses.dataclass(frozen=True)
class Line:
    """A threshold of theory, row by row.

    Attributes:
        name: Name of the threshold.
        row: The threshold in the first row.
        at: Sample size in each row of the picture; NaN where there is none.
    """

    name: str
    row: SeparationThreshold
    at: np.ndarray


@dataclasses.dataclass(frozen=True)
class SweepView:
    """A summary over at most two dimensions, as arrays `(rows, columns)`.

    Attributes:
        title: Values of the dimensions that are fixed, or empty.
        x: Name of the horizontal axis.
        columns: Its values.
        y: Name of the vertical axis, or None.
        rows: Its values; one empty row without an axis.
        summary: The summary of the sweep; its dimensions have this order.
        lines: Thresholds of theory.
    """

    title: str
    x: str
    columns: tuple[Any, ...]
    y: str | None
    rows: tuple[Any, ...]
    summary: xarray.Dataset
    lines: tuple[Line, ...]

    def values(self, name: str) -> np.ndarray:
        """A variable of the summary, `(rows, columns, ...)`."""
        array = self.summary[name].to_numpy()
        return array if self.y is not None else array[None]


def staircases(view: SweepView) -> list[tuple[np.ndarray, str]]:
    """The places of thresholds in a heat map, each with the names of its thresholds.

    Columns are one unit wide. A threshold runs along the left edge of the first column
    that reaches it, row by row; NaN where it lies outside.
    """
    columns = np.asarray(view.columns, float) if view.lines else np.zeros(0)
    shared: dict[tuple, list[Line]] = {}
    for line in view.lines:
        place = np.searchsorted(columns, line.at)
        inside = np.isfinite(line.at) & (place < len(columns)) & (line.at > columns[0])
        if inside.any() and line.name in DRAWN:
            edge = np.where(inside, place - 0.5, -1.0)
            shared.setdefault(tuple(edge), []).append(line)
    return [
        (np.where(np.array(edge) < 0, np.nan, edge), _named(lines))
        for edge, lines in shared.items()
    ]


def _named(lines: list[Line]) -> str:
    """The names of thresholds that share a place, with the sizes that do not vary."""
    texts: dict[str, list[str]] = {}
    for line in lines:
        constant = np.all(line.at == line.at[0])
        texts.setdefault(f"{line.at[0]:.0f} " if constant else "", []).append(line.name)
    return ", ".join(size + ", ".join(names) for size, names in texts.items())


def stepped(edge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The corners of a staircase through rows one unit high."""
    height = np.arange(len(edge) + 1) - 0.5
    return np.repeat(edge, 2), np.repeat(height, 2)[1:-1]


def study_of(results: xarray.Dataset) -> Study:
    """The study of a store or of its summary.

    Raises:
        ValueError: The results belong to no study of recovery.
    """
    if results.attrs.get("class") not in STUDIES:
        raise ValueError(
            f"the store belongs to {results.attrs.get('class', 'no known study')}; "
            "phase diagrams are drawn of a suffice.recovery.Study."
        )
    return from_plain(Study, json.loads(results.attrs["study"]))


def field_of(summary: xarray.Dataset, dim: str) -> str:
    """The dotted field behind a dimension."""
    return summary[dim].attrs.get("field", dim) if dim in summary.coords else dim


def grid_dims(summary: xarray.Dataset) -> list[str]:
    """Dimensions of the grid: sample size first, then scale and width."""
    order = (SIZE, *PREFERRED)
    dims = [str(dim) for dim in summary["fraction"].dims]
    places = {dim: i for i, dim in enumerate(order)}
    return sorted(dims, key=lambda dim: places.get(field_of(summary, dim), len(order)))


def views(
    summary: xarray.Dataset, study: Study, *, trusted: bool = False
) -> list[SweepView]:
    """The pictures of a summary: one for each value of further dimensions.

    Args:
        summary: The summary of the results.
        study: Their study.
        trusted: Whether functions that the study names may run. A store may come from
            a stranger, so its own study is not trusted, and has no lines of theory
            where it names functions.
    """
    dims = grid_dims(summary)
    if not dims:
        raise ValueError("the study varies no field, so there is no axis to draw.")
    x, y, further = dims[0], dims[1] if len(dims) > 1 else None, dims[2:]
    result = []
    for choice in itertools.product(*(summary[dim].values for dim in further)):
        fixed = dict(zip(further, choice, strict=True))
        part = summary.sel(fixed).transpose(*([y] if y else []), x, ...)
        result.append(_view(summary, part, study, x, y, fixed, trusted))
    return result


def _view(summary, part, study, x, y, fixed, trusted) -> SweepView:
    rows = tuple(part[y].values.tolist()) if y else (None,)
    title = ", ".join(f"{axis_name(summary, d)} {label(v)}" for d, v in fixed.items())
    changes = {
        field_of(summary, d): plain_value(summary, d, v) for d, v in fixed.items()
    }
    lines: tuple[Line, ...] = ()
    if field_of(part, x) == SIZE:
        y_field = field_of(part, y) if y else None
        changed = [
            {y_field: plain_value(summary, y, row)} if y_field else {} for row in rows
        ]
        points = [changes | row for row in changed]
        lines = _lines(study, points, trusted)
    return SweepView(
        title,
        axis_name(part, x),
        tuple(part[x].values.tolist()),
        axis_name(part, y) if y else None,
        rows,
        part,
        lines,
    )


def plain_value(summary: xarray.Dataset, dim: str, shown: Any) -> Any:
    """The value of a field whose coordinate shows a number or a label for it."""
    tables = summary[dim].attrs.get("values")
    if tables is None:
        return shown.item() if isinstance(shown, np.generic) else shown
    return json.loads(tables)[summary[dim].values.tolist().index(shown)]


def axis_name(summary: xarray.Dataset, dim: str) -> str:
    """The name of an axis in words."""
    field = field_of(summary, dim)
    return NAMES.get(field, field.replace(".", " ").replace("_", " "))


def label(value: Any) -> str:
    """A value as it is written at an axis."""
    return short(value) if isinstance(value, float) else str(value)


def _lines(
    study: Study, points: list[dict[str, Any]], trusted: bool
) -> tuple[Line, ...]:
    """Thresholds by name, at each row; nothing where theory has no answer."""
    tables, known = [], {}
    for point in points:
        moved = study
        for field, value in point.items():
            if field.partition(".")[0] in ("model", "target"):
                moved = with_field(moved, field, value)
        key = (moved.model, moved.target)
        if key not in known:
            known[key] = _thresholds(moved) if trusted or not moved.named else ()
        tables.append(known[key])
    names = dict.fromkeys(row.name for table in tables for row in table)
    result = []
    for name in names:
        hits = [[row for row in table if row.name == name] for table in tables]
        at = np.array([hit[0].samples if hit else np.nan for hit in hits], float)
        result.append(Line(name, next(hit[0] for hit in hits if hit), at))
    return tuple(result)


def _thresholds(study: Study) -> tuple[SeparationThreshold, ...]:
    try:
        return theory_lines(study).rows
    except ValueError:  # a plain function, or a model that cannot express the target
        return ()
